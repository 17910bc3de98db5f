#pragma once

#include <sheaf/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// Values of the standard base64 alphabet; 64 and more for all other bytes.
inline constexpr auto base64_values = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(0x80U);
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t i = 0; i < alphabet.size(); ++i) {
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    }
    return values;
}();

/// The most bytes that `size` characters of base64 can stand for.
[[nodiscard]] constexpr std::size_t base64_decoded_bound(std::size_t size) noexcept { return size / 4 * 3; }

inline constexpr std::size_t base64_invalid = static_cast<std::size_t>(-1);

/// Decodes standard base64 with its padding, nothing else: no line breaks, no other alphabet, no stray bits, so that
/// each payload has exactly one text. Returns the number of bytes written to `out`, which has room for
/// `base64_decoded_bound(text.size())`, or `base64_invalid`.
[[nodiscard]] inline std::size_t base64_decode(std::string_view text, std::byte* out) noexcept {
    if (text.size() % 4 != 0) { return base64_invalid; }
    const std::size_t padding = text.ends_with("==") ? 2U : text.ends_with('=') ? 1U : 0U;
    const std::size_t whole = text.size() - (padding == 0 ? 0 : 4);
    const auto value = [&](std::size_t at) -> std::uint32_t {
        return base64_values[static_cast<unsigned char>(text[at])];
    };
    std::byte* to = out;
    std::uint32_t seen = 0;
    for (std::size_t i = 0; i < whole; i += 4) {
        const std::uint32_t a = value(i), b = value(i + 1), c = value(i + 2), d = value(i + 3);
        seen |= a | b | c | d;
        const std::uint32_t bits = a << 18U | b << 12U | c << 6U | d;
        *to++ = static_cast<std::byte>(bits >> 16U & 0xFFU);
        *to++ = static_cast<std::byte>(bits >> 8U & 0xFFU);
        *to++ = static_cast<std::byte>(bits & 0xFFU);
    }
    if (padding != 0) {
        const std::uint32_t a = value(whole), b = value(whole + 1), c = padding == 1 ? value(whole + 2) : 0U;
        seen |= a | b | c;
        const std::uint32_t bits = a << 18U | b << 12U | c << 6U;
        *to++ = static_cast<std::byte>(bits >> 16U & 0xFFU);
        if (padding == 1) { *to++ = static_cast<std::byte>(bits >> 8U & 0xFFU); }
        const std::uint32_t stray = padding == 1 ? bits & 0xFFU : bits & 0xFFFFU;
        seen |= stray != 0 ? 0x80U : 0U;
    }
    return (seen & 0x80U) != 0 ? base64_invalid : static_cast<std::size_t>(to - out);
}

}  // namespace detail

SHEAF_NAMESPACE_END
