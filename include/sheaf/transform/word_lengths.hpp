#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/throw.hpp>
#include <sheaf/transform/detail/text_masks.hpp>
#include <sheaf/transform/detail/word_scan.hpp>

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
    /// What the length of a word counts.
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
/// The text is read by 32 bytes at a time on x86-64 processors with AVX2, BMI1 and POPCNT, by 16 on others, by 8
/// elsewhere; the processor decides when the program runs, so that one build serves all. No byte beyond the
/// payload is read.
///
/// Thread safety: immutable; called concurrently.
///
/// Throws: `std::length_error` for a payload of more than 2^32-1 bytes, `std::bad_alloc`.
///
/// Complexity: linear.
class WordLengths {
public:
    /// See `PureTransform`.
    static constexpr bool is_pure = true;

    constexpr WordLengths() noexcept = default;
    /// Counts as `options` say.
    constexpr explicit WordLengths(WordLengthsOptions options) noexcept
        : options_{options} {}

    /// The lengths, by one allocation of exactly the size needed.
    [[nodiscard]] std::vector<std::uint32_t> operator()(std::span<const std::byte> payload) const {
        std::vector<std::uint32_t> lengths;
        transform_into(payload, lengths);
        return lengths;
    }

    /// Replaces what `lengths` holds by the lengths. Allocates only where its capacity does not suffice, then once
    /// and exactly what is needed. Of a payload of more than 64 bytes, elements that are there are written over, so
    /// do not clear it before: new ones are written twice.
    ///
    /// If it throws: after `std::length_error` `lengths` is as it was, after `std::bad_alloc` it holds the lengths
    /// of the first words, or none.
    void transform_into(std::span<const std::byte> payload, std::vector<std::uint32_t>& lengths) const {
        if (payload.size() > (std::numeric_limits<std::uint32_t>::max)()) {
            detail::throw_length_error("sheaf: WordLengths: a payload has more than 2^32-1 bytes");
        }
        const bool code_points = options_.unit == LengthUnit::code_points;
        detail::measure_words(detail::fastest_text_path(), {code_points, options_.skip_empty_words}, payload,
                              lengths);
    }

private:
    WordLengthsOptions options_{};
};

SHEAF_NAMESPACE_END
