#pragma once

#include <sheaf/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

SHEAF_NAMESPACE_BEGIN

/// What is wrong with a text that was to be one packet, or one segment, in JSON.
enum class JsonError : std::uint8_t {
    none,              ///< Nothing.
    line_too_long,     ///< More bytes than the reader's limit.
    malformed,         ///< Not JSON.
    invalid_utf8,      ///< Bytes that are not UTF-8.
    too_deep,          ///< Arrays and objects nested deeper than the reader's limit.
    trailing_content,  ///< Something follows the object.
    not_an_object,     ///< JSON, but not an object.
    not_a_packet,      ///< An envelope whose `type` is not `packet`.
    missing_field,   ///< One of id, index and payload is not there; of a segment, one of its ids or the data.
    repeated_field,  ///< The same field twice, or under two of its names.
    two_payloads,    ///< Both a text and a base64 payload.
    wrong_type,      ///< A field of another JSON type than it must have.
    negative,        ///< An id or index below zero.
    not_an_integer,  ///< An id or index with a fraction or an exponent.
    over_large,  ///< An id above 2^64-1, an index above 2^63-1, or an integer of a segment that 64 bits do not hold.
    unsorted,        ///< The integers of a segment do not ascend.
    invalid_base64,  ///< `payload_base64` is not padded standard base64.
};

/// The enumerator's own name, for logs and metrics.
[[nodiscard]] constexpr std::string_view to_string(JsonError error) noexcept {
    switch (error) {
    case JsonError::none: return "none";
    case JsonError::line_too_long: return "line_too_long";
    case JsonError::malformed: return "malformed";
    case JsonError::invalid_utf8: return "invalid_utf8";
    case JsonError::too_deep: return "too_deep";
    case JsonError::trailing_content: return "trailing_content";
    case JsonError::not_an_object: return "not_an_object";
    case JsonError::not_a_packet: return "not_a_packet";
    case JsonError::missing_field: return "missing_field";
    case JsonError::repeated_field: return "repeated_field";
    case JsonError::two_payloads: return "two_payloads";
    case JsonError::wrong_type: return "wrong_type";
    case JsonError::negative: return "negative";
    case JsonError::not_an_integer: return "not_an_integer";
    case JsonError::over_large: return "over_large";
    case JsonError::unsorted: return "unsorted";
    case JsonError::invalid_base64: return "invalid_base64";
    }
    return "unknown";
}

/// How a read ended: `none`, or an error, what it is about and where it is.
///
/// Thread safety: a plain value; its views are of string literals.
struct [[nodiscard]] JsonReadStatus {
    /// The value of `offset` where the place is not known.
    static constexpr std::size_t no_offset = static_cast<std::size_t>(-1);

    /// What is wrong; `none` where a packet was read.
    JsonError error = JsonError::none;
    /// The first of the field's names (`resource_id`, `packet_index`, ...), or empty.
    std::string_view field{};
    /// The rest of the message: what was expected, or what is the matter.
    std::string_view detail{};
    /// Bytes from the start of the text to what the error is about.
    std::size_t offset = no_offset;

    /// A packet was read.
    [[nodiscard]] constexpr bool ok() const noexcept { return error == JsonError::none; }

    /// One line for people, e.g. `packet_index must not be negative (byte 33)`.
    ///
    /// Throws: `std::bad_alloc`.
    [[nodiscard]] std::string message() const {
        std::string text{field};
        if (!field.empty() && !detail.empty()) { text += ' '; }
        text += detail;
        if (offset != no_offset) {
            text += " (byte ";
            text += std::to_string(offset);
            text += ')';
        }
        return text;
    }
};

SHEAF_NAMESPACE_END
