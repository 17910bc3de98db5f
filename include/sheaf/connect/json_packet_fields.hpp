#pragma once

#include <sheaf/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// The fields of a packet in JSON.
enum class JsonField : std::uint8_t { id, index, payload, payload_base64, last, other };

inline constexpr std::size_t json_field_count = static_cast<std::size_t>(JsonField::other);

struct JsonFieldName {
    std::string_view name;
    JsonField field;
};

/// All names a field is known by. The first one of each field stands for it in messages.
inline constexpr JsonFieldName json_field_names[] = {
    {"resource_id", JsonField::id},
    {"packet_index", JsonField::index},
    {"payload", JsonField::payload},
    {"last_chunk_flag", JsonField::last},
    {"payload_base64", JsonField::payload_base64},
    {"index", JsonField::index},
    {"last_chunk", JsonField::last},
    {"resourceId", JsonField::id},
    {"isLastChunk", JsonField::last},
    {"IsLastChunk", JsonField::last},
    {"primary_id", JsonField::id},
    {"primary_resource_id", JsonField::id},
    {"primaryResourceId", JsonField::id},
    {"data_packet_index", JsonField::index},
    {"dataPacketIndex", JsonField::index},
    {"raw_payload", JsonField::payload},
};

/// Which field a name stands for. Comparing views compares their sizes first, which rules out nearly all.
[[nodiscard]] constexpr JsonField json_field(std::string_view name) noexcept {
    for (const JsonFieldName& known : json_field_names) {
        if (known.name == name) { return known.field; }
    }
    return JsonField::other;
}

/// The name of a field in messages.
[[nodiscard]] constexpr std::string_view json_field_name(JsonField field) noexcept {
    for (const JsonFieldName& known : json_field_names) {
        if (known.field == field) { return known.name; }
    }
    return {};
}

}  // namespace detail

SHEAF_NAMESPACE_END
