#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/load_word.hpp>
#include <sheaf/json/detail/json_masks.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// Whether one of the eight bytes of a word is that letter.
[[nodiscard]] constexpr bool has_byte(std::uint64_t word, char letter) noexcept {
    constexpr std::uint64_t each_byte = 0x0101'0101'0101'0101U;
    const std::uint64_t differences = word ^ (static_cast<unsigned char>(letter) * each_byte);
    // The lowest byte that is zero borrows, so that its highest bit becomes one; one that was one before does not
    // count.
    return ((differences - each_byte) & ~differences & 0x80 * each_byte) != 0;
}

/// The first bytes of a key as it is written, without escapes where it needs none, and of the quote behind it.
class KeyWord {
public:
    explicit KeyWord(std::string_view key) noexcept {
        const std::size_t escape = (std::min)(key.find_first_of("\"\\"), key.size());
        const std::size_t size = (std::min)(escape, sizeof word_);
        char bytes[sizeof word_ + 1] = {};
        char mask[sizeof mask_ + 1] = {};
        key.copy(bytes, size);
        bytes[size] = escape == key.size() ? '"' : '\\';
        std::memset(mask, 0xFF, size + 1);
        word_ = load_word(bytes);
        mask_ = load_word(mask);
        is_whole_ = escape == key.size() && key.size() < sizeof word_;
    }

    /// What the eight bytes begin may be the key, as it is written without needless escapes.
    [[nodiscard]] bool is_begin_of(std::uint64_t word) const noexcept { return (word & mask_) == word_; }
    /// Then it is.
    [[nodiscard]] bool is_whole() const noexcept { return is_whole_; }
    /// What they begin may be the key with escapes: the first byte that differs is a backslash. Precondition: one
    /// does.
    [[nodiscard]] bool may_escape(std::uint64_t word) const noexcept {
        const auto differs = static_cast<unsigned>(std::countr_zero((word & mask_) ^ word_));
        return (word >> (differs & 56U) & 0xFFU) == '\\';
    }

private:
    std::uint64_t word_ = 0;
    std::uint64_t mask_ = 0;
    bool is_whole_ = false;
};

/// A key, as it is meant.
struct RootKey {
    std::string_view text;
    KeyWord word;
};

}  // namespace detail

SHEAF_NAMESPACE_END
