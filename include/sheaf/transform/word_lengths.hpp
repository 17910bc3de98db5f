#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/throw.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

SHEAF_NAMESPACE_BEGIN

/// What the length of a word counts.
enum class LengthUnit : std::uint8_t {
    code_points,  ///< Unicode code points of UTF-8 text.
    bytes,        ///< Bytes.
};

/// What can be set of `WordLengths`.
struct WordLengthsOptions {
    LengthUnit unit = LengthUnit::code_points;
    /// Leaves empty words out, so that runs of spaces count as one and spaces at the ends as none.
    bool skip_empty_words = false;
};

/// Transform: the lengths of the words of a text, in order. Words are what stands between single spaces
/// (0x20, no other white space), so n spaces make n + 1 words: an empty word counts as 0 and an empty
/// payload gives `[0]`. With `skip_empty_words` neither appears, and an empty payload gives `[]`.
///
/// A code point is counted at each byte that is not a UTF-8 continuation byte (10xxxxxx). The text is not
/// validated: in invalid UTF-8 a truncated sequence counts as one, a stray continuation byte as none. A
/// word of nothing but stray continuation bytes has length 0 and is not an empty word.
///
/// Thread safety: immutable; called concurrently.
///
/// Throws: `std::length_error` for a payload of more than 2^32-1 bytes, `std::bad_alloc`.
///
/// Complexity: linear, two passes; one allocation, of exactly the size needed.
class WordLengths {
public:
    constexpr WordLengths() noexcept = default;
    constexpr explicit WordLengths(WordLengthsOptions options) noexcept
        : options_{options} {}

    [[nodiscard]] std::vector<std::uint32_t> operator()(std::span<const std::byte> payload) const {
        if (payload.size() > (std::numeric_limits<std::uint32_t>::max)()) {
            detail::throw_length_error("sheaf: WordLengths: a payload has more than 2^32-1 bytes");
        }
        if (options_.unit == LengthUnit::bytes) {
            return options_.skip_empty_words ? split<false, true>(payload) : split<false, false>(payload);
        }
        return options_.skip_empty_words ? split<true, true>(payload) : split<true, false>(payload);
    }

private:
    static constexpr std::byte space{0x20};

    /// Bytes are added up instead of branched on, and the count of words comes first, so that compilers can
    /// vectorise that pass and the output never grows.
    template <bool CodePoints, bool SkipEmpty>
    [[nodiscard]] static std::vector<std::uint32_t> split(std::span<const std::byte> payload) {
        std::vector<std::uint32_t> lengths(count_words<SkipEmpty>(payload));
        std::uint32_t* next = lengths.data();
        std::uint32_t length = 0;
        bool in_word = false;
        for (const std::byte byte : payload) {
            if (byte == space) {
                if (!SkipEmpty || in_word) { *next++ = length; }
                length = 0;
                in_word = false;
            } else {
                const bool continues = CodePoints && (byte & std::byte{0xC0}) == std::byte{0x80};
                length += continues ? 0U : 1U;
                in_word = true;
            }
        }
        if (!SkipEmpty || in_word) { *next = length; }
        return lengths;
    }

    template <bool SkipEmpty>
    [[nodiscard]] static std::size_t count_words(std::span<const std::byte> payload) noexcept {
        // 32 bits, which the check of the size makes enough: a 64-bit sum halves what a vector holds.
        std::uint32_t count = 0;
        if constexpr (SkipEmpty) {
            // A word begins at each byte that is not a space and follows one, or the beginning.
            count = !payload.empty() && payload.front() != space ? 1U : 0U;
            for (std::size_t i = 1; i < payload.size(); ++i) {
                const auto begins = static_cast<unsigned>(payload[i] != space) &
                                    static_cast<unsigned>(payload[i - 1] == space);
                count += begins;
            }
            return count;
        } else {
            for (const std::byte byte : payload) { count += byte == space ? 1U : 0U; }
            return std::size_t{count} + 1;
        }
    }

    WordLengthsOptions options_{};
};

SHEAF_NAMESPACE_END
