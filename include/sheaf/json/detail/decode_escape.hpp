#pragma once

#include <sheaf/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// What an escape means, as UTF-8. `size`: how long it is as it is written; 0 where it is none.
struct DecodedEscape {
    std::size_t size = 0;
    std::size_t length = 0;
    char bytes[4] = {};

    [[nodiscard]] constexpr std::string_view utf8() const noexcept { return {bytes, length}; }
};

/// The number of four hexadecimal digits; 0x10000 where there are none.
[[nodiscard]] constexpr std::uint32_t hexadecimal_at(std::string_view text, std::size_t at) noexcept {
    constexpr std::uint32_t none = 0x10000;
    if (text.size() < at + 4) { return none; }
    std::uint32_t number = 0;
    for (const char letter : text.substr(at, 4)) {
        const auto byte = static_cast<unsigned char>(letter);
        const unsigned lower = byte | 0x20U;
        if (byte >= '0' && byte <= '9') {
            number = number * 16 + (byte - unsigned{'0'});
        } else if (lower >= 'a' && lower <= 'f') {
            number = number * 16 + (lower - unsigned{'a'} + 10);
        } else {
            return none;
        }
    }
    return number;
}

[[nodiscard]] constexpr DecodedEscape encode_utf8(std::uint32_t code, std::size_t size) noexcept {
    DecodedEscape escape{.size = size};
    const auto put = [&](std::uint32_t byte) { escape.bytes[escape.length++] = static_cast<char>(byte); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | code >> 6U);
        put(0x80 | (code & 0x3FU));
    } else if (code < 0x10000) {
        put(0xE0 | code >> 12U);
        put(0x80 | (code >> 6U & 0x3FU));
        put(0x80 | (code & 0x3FU));
    } else {
        put(0xF0 | code >> 18U);
        put(0x80 | (code >> 12U & 0x3FU));
        put(0x80 | (code >> 6U & 0x3FU));
        put(0x80 | (code & 0x3FU));
    }
    return escape;
}

/// The escape that begins with the backslash there. A surrogate without its other half is none (RFC 8259, section 8.2).
[[nodiscard]] constexpr DecodedEscape decode_escape(std::string_view text, std::size_t at) noexcept {
    if (text.size() < at + 2) { return {}; }
    const auto simple = [](char letter) { return DecodedEscape{.size = 2, .length = 1, .bytes = {letter}}; };
    switch (text[at + 1]) {
    case '"': return simple('"');
    case '\\': return simple('\\');
    case '/': return simple('/');
    case 'b': return simple('\b');
    case 'f': return simple('\f');
    case 'n': return simple('\n');
    case 'r': return simple('\r');
    case 't': return simple('\t');
    case 'u': break;
    default: return {};
    }
    const std::uint32_t unit = hexadecimal_at(text, at + 2);
    if (unit > 0xFFFF || (unit >= 0xDC00 && unit <= 0xDFFF)) { return {}; }
    if (unit < 0xD800 || unit > 0xDFFF) { return encode_utf8(unit, 6); }
    if (text.substr(at + 6, 2) != "\\u") { return {}; }
    const std::uint32_t low = hexadecimal_at(text, at + 8);
    if (low < 0xDC00 || low > 0xDFFF) { return {}; }
    return encode_utf8(0x10000 + ((unit - 0xD800) << 10U) + (low - 0xDC00), 12);
}

}  // namespace detail

SHEAF_NAMESPACE_END
