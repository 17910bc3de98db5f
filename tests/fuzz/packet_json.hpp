#pragma once

#include <sheaf/packet.hpp>
#include <sheaf/sink/detail/text_format.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fuzz {

[[nodiscard]] inline std::string_view payload_text(const sheaf::Packet<>& packet) {
    const auto bytes = packet.payload.bytes();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

[[nodiscard]] inline bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto prefix = sheaf::detail::utf8_prefix(text);
        if (!prefix.valid) { return false; }
        text.remove_prefix(prefix.length);
    }
    return true;
}

[[nodiscard]] inline std::string base64(std::string_view bytes) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        std::uint32_t bits = 0;
        for (std::size_t i = at; i < at + 3; ++i) {
            bits = bits << 8U | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U);
        }
        const std::size_t characters = bytes.size() - at + 1;
        for (std::size_t i = 0; i < 4; ++i) {
            text += i < characters ? alphabet[bits >> (18U - 6U * i) & 63U] : '=';
        }
    }
    return text;
}

[[nodiscard]] inline std::string quoted(std::string_view text) {
    constexpr std::string_view hex = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20U || c == '"' || c == '\\') {
            out += "\\u00";
            out += hex[byte >> 4U];
            out += hex[byte & 15U];
        } else {
            out += c;
        }
    }
    return out + '"';
}

enum class Form { text, base64, envelope, with_huge_number };

/// A packet written as JSON again.
[[nodiscard]] inline std::string json_of(const sheaf::Packet<>& packet, Form form) {
    const std::string_view payload = payload_text(packet);
    const std::string fields = "\"resource_id\":" + std::to_string(packet.resource_id) +
                               ",\"packet_index\":" + std::to_string(packet.index) +
                               ",\"last_chunk_flag\":" + (packet.last ? "true" : "false");
    const std::string in_base64 = fields + ",\"payload_base64\":\"" + base64(payload) + '"';
    switch (form) {
    case Form::text: return '{' + fields + ",\"payload\":" + quoted(payload) + '}';
    case Form::base64: return '{' + in_base64 + '}';
    case Form::envelope: return "{\"type\":\"packet\",\"data\":{" + in_base64 + "}}";
    case Form::with_huge_number: return "{\"other\":[1e999,-1e-999,99999999999999999999]," + in_base64 + '}';
    }
    return {};
}

}  // namespace fuzz
