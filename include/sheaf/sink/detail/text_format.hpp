#pragma once

#include <sheaf/config.hpp>

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// Integers in the sense of numbers: neither truth values nor characters.
template <class T>
concept NumberLike =
    std::same_as<T, std::byte> ||
    (std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> && !std::same_as<T, wchar_t> &&
     !std::same_as<T, char8_t> && !std::same_as<T, char16_t> && !std::same_as<T, char32_t>);

template <class R>
concept NumberRange = std::ranges::input_range<const R> && NumberLike<std::ranges::range_value_t<const R>>;

/// Room for any 64-bit integer with its sign.
inline constexpr std::size_t max_number_length = 20;

/// Writes `value` in decimal to `first`, where there must be room for it; returns the end.
template <class T>
[[nodiscard]] char* write_number(char* first, T value) noexcept {
    if constexpr (std::same_as<T, std::byte>) {
        return write_number(first, std::to_integer<unsigned>(value));
    } else {
        return std::to_chars(first, first + max_number_length, value).ptr;
    }
}

template <class T>
void append_number(std::string& text, T value) {
    char digits[max_number_length];
    text.append(digits, write_number(digits, value));
}

/// Appends the numbers, each followed by `separator`; returns whether there were any. Collected in a block
/// on the stack: the string then grows by large steps, and is not checked for room at each number.
template <NumberRange Numbers>
bool append_numbers(std::string& text, const Numbers& numbers, char separator) {
    char block[1024];
    char* next = block;
    for (const auto number : numbers) {
        if (static_cast<std::size_t>(block + sizeof block - next) <= max_number_length) {
            text.append(block, next);
            next = block;
        }
        next = write_number(next, number);
        *next++ = separator;
    }
    text.append(block, next);
    return std::ranges::begin(numbers) != std::ranges::end(numbers);
}

/// What a byte sequence at the beginning of a text is.
struct Utf8Prefix {
    std::size_t length;  ///< Of the well-formed code point or of what stands for one replacement character.
    bool valid;
};

/// Well-formed sequences are those of table 3-7 of the Unicode standard; what is not is divided into "maximal
/// subparts", the division that it recommends for replacement. Precondition: `text` is not empty.
[[nodiscard]] inline Utf8Prefix utf8_prefix(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byte(0);
    if (lead < 0x80) { return {1, true}; }
    if (lead < 0xC2 || lead > 0xF4) { return {1, false}; }
    const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    // The second byte is restricted further where the code point would be overlong, a surrogate or too high.
    const unsigned lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (text.size() < 2 || byte(1) < lowest || byte(1) > highest) { return {1, false}; }
    for (std::size_t i = 2; i < length; ++i) {
        if (i >= text.size() || (byte(i) & 0xC0U) != 0x80) { return {i, false}; }
    }
    return {length, true};
}

/// Appends `text` as a JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD.
inline void append_json_string(std::string& out, std::string_view text) {
    constexpr std::string_view hex = "0123456789abcdef";
    out += '"';
    while (!text.empty()) {
        const auto c = static_cast<unsigned char>(text.front());
        std::size_t length = 1;
        if (c == '"' || c == '\\') {
            out += '\\';
            out += text.front();
        } else if (c < 0x20) {
            out += "\\u00";
            out += hex[c >> 4U];
            out += hex[c & 15U];
        } else {
            const Utf8Prefix prefix = utf8_prefix(text);
            length = prefix.length;
            out += prefix.valid ? text.substr(0, length) : std::string_view{"\xEF\xBF\xBD"};
        }
        text.remove_prefix(length);
    }
    out += '"';
}

/// Appends `bytes` in base64 (RFC 4648, section 4), padded.
inline void append_base64(std::string& out, std::span<const std::byte> bytes) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const auto value = [&](std::size_t i) { return std::to_integer<std::uint32_t>(bytes[i]); };
    const auto put = [&](std::uint32_t bits) { out += alphabet[bits & 63U]; };
    std::size_t i = 0;
    for (; i + 3 <= bytes.size(); i += 3) {
        const std::uint32_t group = value(i) << 16U | value(i + 1) << 8U | value(i + 2);
        put(group >> 18U);
        put(group >> 12U);
        put(group >> 6U);
        put(group);
    }
    const std::size_t rest = bytes.size() - i;
    if (rest == 0) { return; }
    const std::uint32_t group = value(i) << 16U | (rest == 2 ? value(i + 1) << 8U : 0U);
    put(group >> 18U);
    put(group >> 12U);
    if (rest == 2) {
        put(group >> 6U);
    } else {
        out += '=';
    }
    out += '=';
}

}  // namespace detail

SHEAF_NAMESPACE_END
