#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/load_word.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// The parts of a number as JSON writes it.
struct NumberParts {
    bool is_negative = false;
    std::string_view whole{};     ///< Its digits before the point.
    std::string_view fraction{};  ///< Those after it.
    std::int64_t exponent = 0;    ///< At most 10^9 either way, which is as good as any beyond.
};

[[nodiscard]] constexpr std::string_view take_digits(std::string_view& text) noexcept {
    std::size_t size = 0;
    while (size < text.size() && text[size] >= '0' && text[size] <= '9') { ++size; }
    const std::string_view digits = text.substr(0, size);
    text.remove_prefix(size);
    return digits;
}

/// Nothing where the text is no number (RFC 8259, section 6).
[[nodiscard]] constexpr std::optional<NumberParts> parts_of_number(std::string_view text) noexcept {
    NumberParts parts;
    const auto take = [&text](char letter) {
        if (text.empty() || text.front() != letter) { return false; }
        text.remove_prefix(1);
        return true;
    };
    parts.is_negative = take('-');
    parts.whole = take_digits(text);
    if (parts.whole.empty() || (parts.whole.size() > 1 && parts.whole.front() == '0')) {
        return std::nullopt;
    }
    if (take('.')) {
        parts.fraction = take_digits(text);
        if (parts.fraction.empty()) { return std::nullopt; }
    }
    if (take('e') || take('E')) {
        const bool is_negative = take('-');
        if (!is_negative) { static_cast<void>(take('+')); }
        const std::string_view digits = take_digits(text);
        if (digits.empty()) { return std::nullopt; }
        constexpr std::int64_t most = 1'000'000'000;
        for (const char digit : digits) {
            parts.exponent = parts.exponent * 10 + (digit - '0');
            if (parts.exponent > most) { parts.exponent = most; }
        }
        if (is_negative) { parts.exponent = -parts.exponent; }
    }
    if (!text.empty()) { return std::nullopt; }
    return parts;
}

/// The number that eight decimal digits are, which stand as bytes in a word, the first one lowest; nothing where one is none. Pairs,
/// then fours of digits are put together by multiplications (D. Lemire, "Quickly parsing eight digits", 2018).
[[nodiscard]] constexpr std::optional<std::uint64_t> eight_digits(std::uint64_t word) noexcept {
    constexpr std::uint64_t zeros = 0x3030'3030'3030'3030U;
    // The high half of each byte must be 3, and must still be so when 6 is added: the low half is at most 9.
    constexpr std::uint64_t high = 0xF0F0'F0F0'F0F0'F0F0U;
    constexpr std::uint64_t six = 0x0606'0606'0606'0606U;
    if (((word & high) ^ zeros) != 0 || (((word + six) & high) ^ zeros) != 0) { return std::nullopt; }
    word -= zeros;
    word = (word * 10 + (word >> 8U)) & 0x00FF'00FF'00FF'00FFU;
    word = (word * 100 + (word >> 16U)) & 0x0000'FFFF'0000'FFFFU;
    return (word * 10'000 + (word >> 32U)) & 0xFFFF'FFFFU;
}

/// A whole number of at most 18 digits without a sign, as nearly all times are; nothing where the text is another, or none.
[[nodiscard]] constexpr std::optional<std::int64_t> plain_json_number(std::string_view text) noexcept {
    constexpr std::size_t most_digits = 18;
    if (text.empty() || text.size() > most_digits || (text.front() == '0' && text.size() > 1)) {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    std::size_t at = 0;
    for (; text.size() - at >= 8; at += 8) {
        const auto digits = eight_digits(load_word(text.data() + at));
        if (!digits) { return std::nullopt; }
        number = number * 100'000'000 + *digits;
    }
    for (; at < text.size(); ++at) {
        const char letter = text[at];
        if (letter < '0' || letter > '9') { return std::nullopt; }
        number = number * 10 + static_cast<std::uint64_t>(letter - '0');
    }
    return static_cast<std::int64_t>(number);
}

}  // namespace detail

/// Whether a text is a number as JSON writes it, of any size. Complexity: linear in the text.
[[nodiscard]] constexpr bool is_json_number(std::string_view text) noexcept {
    return detail::parts_of_number(text).has_value();
}

/// The greatest integer that is not greater than the number which a text says, exactly: `1468244384`, `1468244384.75` and
/// `1.468244384e9` are all the same. Nothing where the text is no JSON number, or one beyond 64 bits.
///
/// Complexity: linear in the text.
[[nodiscard]] constexpr std::optional<std::int64_t> floor_of_json_number(std::string_view text) noexcept {
    if (const auto plain = detail::plain_json_number(text)) { return plain; }
    const auto parts = detail::parts_of_number(text);
    if (!parts) { return std::nullopt; }
    // The digits in a row, of which so many stand before the point.
    const std::size_t size = parts->whole.size() + parts->fraction.size();
    const auto digit = [&](std::size_t at) {
        const char letter =
            at < parts->whole.size() ? parts->whole[at] : parts->fraction[at - parts->whole.size()];
        return static_cast<std::uint64_t>(letter - '0');
    };
    const std::int64_t point = static_cast<std::int64_t>(parts->whole.size()) + parts->exponent;
    std::size_t first = 0;
    while (first < size && digit(first) == 0) { ++first; }
    if (first == size) { return 0; }
    constexpr auto most = static_cast<std::uint64_t>((std::numeric_limits<std::int64_t>::max)());
    std::uint64_t number = 0;
    std::size_t at = first;
    for (; static_cast<std::int64_t>(at) < point; ++at) {
        const std::uint64_t next = at < size ? digit(at) : 0;
        if (number > (most + 1 - next) / 10) { return std::nullopt; }
        number = number * 10 + next;
    }
    bool is_whole = true;
    for (; at < size; ++at) { is_whole = is_whole && digit(at) == 0; }
    if (!parts->is_negative) {
        return number > most ? std::nullopt : std::optional{static_cast<std::int64_t>(number)};
    }
    if (!is_whole) { ++number; }
    if (number > most + 1) { return std::nullopt; }
    return number == 0 ? 0 : -static_cast<std::int64_t>(number - 1) - 1;
}

SHEAF_NAMESPACE_END
