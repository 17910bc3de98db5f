#pragma once

#include <array>
#include <bit>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <system_error>
#include <type_traits>

namespace driver {

// Integers as text, one a line, many millions a second: eight digits at a time, in one word.

/// What an integer and the end of its line take at most.
inline constexpr std::size_t longest_integer_line = 21;
/// How many bytes behind a text can be read, and before its end of a line.
inline constexpr std::size_t integer_text_padding = 8;

namespace detail {

inline constexpr std::array<std::uint64_t, 8> powers_of_ten{1,      10,      100,       1'000,
                                                            10'000, 100'000, 1'000'000, 10'000'000};

/// The first `count` bytes of a word, each the value of a digit, the first one in the lowest byte.
[[nodiscard]] inline std::uint64_t join_digits(std::uint64_t digits, unsigned count) noexcept {
    digits <<= 64U - 8U * count;
    digits = (digits * 10 + (digits >> 8U)) & 0x00FF00FF00FF00FFU;
    digits = (digits * 100 + (digits >> 16U)) & 0x0000FFFF0000FFFFU;
    return (digits * 10'000 + (digits >> 32U)) & 0xFFFFFFFFU;
}

inline constexpr std::uint64_t zero_digits = 0x3030303030303030U;

/// The values of eight digits; the highest bit of the first byte that is none is set in the result, which is 0 if all
/// are digits.
[[nodiscard]] inline std::uint64_t find_others(const char* at, std::uint64_t& digits) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    digits = word ^ zero_digits;
    // What a carry does to bytes behind the first does not matter.
    return ((digits + 0x7676767676767676U) | digits) & 0x8080808080808080U;
}

/// A number below 10^8 as eight bytes, each the value of a digit.
[[nodiscard]] inline std::uint64_t split_digits(std::uint64_t number) noexcept {
    // Divisions by multiplication, exact for numbers as small as these: of two numbers below 10,000, then of four
    // below 100.
    const std::uint64_t halves = number / 10'000 | (number % 10'000) << 32U;
    const std::uint64_t hundreds = ((halves * 10'486) >> 20U) & 0x0000007F0000007FU;
    const std::uint64_t pairs = hundreds | (halves - hundreds * 100) << 16U;
    const std::uint64_t tens = ((pairs * 103) >> 10U) & 0x000F000F000F000FU;
    return tens | (pairs - tens * 10) << 8U;
}

/// Writes a number below 10^8 without leading zeros.
[[nodiscard]] inline char* write_short(char* out, std::uint64_t number) noexcept {
    const std::uint64_t digits = split_digits(number);
    const auto zeros = number == 0 ? 7U : static_cast<unsigned>(std::countr_zero(digits)) / 8U;
    const std::uint64_t text = (digits | zero_digits) >> (8U * zeros);
    std::memcpy(out, &text, sizeof text);
    return out + (8U - zeros);
}
[[nodiscard]] inline char* write_eight(char* out, std::uint64_t number) noexcept {
    const std::uint64_t text = split_digits(number) | zero_digits;
    std::memcpy(out, &text, sizeof text);
    return out + 8;
}

}  // namespace detail

/// Reads one integer: an optional `-` if `Key` has a sign, and digits. Returns its end, or null where there is none
/// or it does not fit. Behind `end`, `integer_text_padding` bytes can be read.
template <std::integral Key>
    requires(sizeof(Key) == 8)
[[nodiscard]] const char* read_integer(const char* at, const char* end, Key& key) noexcept {
    const char* const begin = at;
    const bool is_negative = std::is_signed_v<Key> && *at == '-';
    at += is_negative ? 1 : 0;
    const char* const first_digit = at;
    std::uint64_t number = 0;
    if constexpr (std::endian::native == std::endian::little) {
        std::uint64_t digits = 0;
        // Branches, which are guessed, and not sums: so the next number is begun before the end of this one is
        // computed.
        std::uint64_t others = detail::find_others(at, digits);
        while (others == 0) {
            number = number * 100'000'000 + detail::join_digits(digits, 8);
            at += 8;
            others = detail::find_others(at, digits);
        }
        if (const auto count = static_cast<unsigned>(std::countr_zero(others)) / 8U; count != 0) {
            number = number * detail::powers_of_ten[count] + detail::join_digits(digits, count);
            at += count;
        }
    } else {
        while (*at >= '0' && *at <= '9') { number = number * 10 + static_cast<std::uint64_t>(*at++ - '0'); }
    }
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<Key>::max());
    // Nineteen digits cannot overflow the word.
    if (at != first_digit && at - first_digit <= 19 && number <= most + (is_negative ? 1U : 0U)) {
        key = static_cast<Key>(is_negative ? 0U - number : number);
        return at;
    }
    const auto [rest, error] = std::from_chars(begin, end, key);
    return error == std::errc{} ? rest : nullptr;
}

/// Writes an integer in decimal and the end of the line; returns the end. `out` has room for `longest_integer_line`
/// bytes and `integer_text_padding` more.
template <std::integral Key>
    requires(sizeof(Key) == 8)
[[nodiscard]] char* write_integer_line(char* out, Key key) noexcept {
    auto number = static_cast<std::uint64_t>(key);
    if (key < 0) {
        *out++ = '-';
        number = 0U - number;
    }
    if constexpr (std::endian::native == std::endian::little) {
        constexpr std::uint64_t eight = 100'000'000;
        if (number < eight) {
            out = detail::write_short(out, number);
        } else if (number < eight * eight) {
            out = detail::write_short(out, number / eight);
            out = detail::write_eight(out, number % eight);
        } else {
            out = detail::write_short(out, number / (eight * eight));
            out = detail::write_eight(out, number / eight % eight);
            out = detail::write_eight(out, number % eight);
        }
    } else {
        out = std::to_chars(out, out + longest_integer_line, number).ptr;
    }
    *out = '\n';
    return out + 1;
}

}  // namespace driver
