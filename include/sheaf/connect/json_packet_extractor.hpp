#pragma once

#include <sheaf/config.hpp>
#include <sheaf/connect/base64_decode.hpp>
#include <sheaf/connect/json_packet_fields.hpp>
#include <sheaf/connect/json_parser.hpp>
#include <sheaf/connect/json_read_error.hpp>
#include <sheaf/connect/json_scan.hpp>
#include <sheaf/packet.hpp>

#include <simdjson.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// What a packet's JSON says.
struct JsonPacketValues {
    std::uint64_t resource_id = 0;
    std::uint64_t index = 0;
    std::string_view payload{};
    bool last = false;
};

/// Gets a packet's values out of one parsed text. Lives for one text.
class JsonPacketExtractor {
public:
    /// `line` is the text as it was given, for the places of errors, and `parser` has parsed it. `binary` receives a
    /// decoded payload.
    JsonPacketExtractor(std::string_view line,
                        const JsonParser& parser,
                        std::vector<std::byte>& binary) noexcept
        : line_{line}
        , parser_{parser}
        , binary_{binary} {}

    /// Fills `out`, or says what is wrong.
    ///
    /// Throws: `std::bad_alloc`.
    JsonReadStatus extract(simdjson::dom::element root, JsonPacketValues& out) {
        simdjson::dom::object object;
        if (root.get(object) != simdjson::SUCCESS) {
            return {JsonError::not_an_object,
                    {},
                    "a JSON object is expected",
                    line_.find_first_not_of(" \t\r\n")};
        }
        JsonReadStatus status = collect(object);
        if (status.ok()) { status = integer(JsonField::id, out.resource_id); }
        if (status.ok()) { status = integer(JsonField::index, out.index); }
        if (status.ok() && out.index > max_index) {
            status = wrong(JsonField::index, JsonError::over_large, "is too large");
        }
        if (status.ok()) { status = flag(out.last); }
        if (status.ok()) { status = payload(out.payload); }
        return status;
    }

private:
    /// A value and the place of its member among those of its object.
    struct Slot {
        simdjson::dom::element value{};
        std::size_t ordinal = 0;
        bool is_present = false;
    };

    [[nodiscard]] const Slot& slot(JsonField field) const noexcept {
        return slots_[static_cast<std::size_t>(field)];
    }

    /// Finds the fields: in the object, or in the packet inside it where the object is an envelope.
    JsonReadStatus collect(simdjson::dom::object object) {
        Slot type;
        Slot data;
        std::size_t ordinal = 0;
        bool has_fields = false;
        for (const auto member : object) {
            const JsonField field = json_field(member.key);
            if (field != JsonField::other) {
                has_fields = true;
                if (auto status = take(field, {member.value, ordinal, true}); !status.ok()) { return status; }
            } else if (member.key == "type") {
                type = {member.value, ordinal, true};
            } else if (member.key == "data") {
                data = {member.value, ordinal, true};
            }
            ++ordinal;
        }
        if (has_fields || !type.is_present) { return {}; }
        std::string_view name;
        if (type.value.get(name) != simdjson::SUCCESS || name != "packet") {
            return {JsonError::not_a_packet, {}, "'type' is not \"packet\"", offset_of(type)};
        }
        if (!data.is_present || data.value.get(object) != simdjson::SUCCESS) {
            return {
                JsonError::not_a_packet, {}, "a packet's envelope without an object 'data'", offset_of(type)};
        }
        is_envelope_ = true;
        data_ordinal_ = data.ordinal;
        ordinal = 0;
        for (const auto member : object) {
            const JsonField field = json_field(member.key);
            if (field != JsonField::other) {
                if (auto status = take(field, {member.value, ordinal, true}); !status.ok()) { return status; }
            }
            ++ordinal;
        }
        return {};
    }

    JsonReadStatus take(JsonField field, const Slot& found) {
        Slot& place = slots_[static_cast<std::size_t>(field)];
        const bool is_repeated = place.is_present;
        place = found;
        return is_repeated ? wrong(field, JsonError::repeated_field, "is there twice") : JsonReadStatus{};
    }

    JsonReadStatus integer(JsonField field, std::uint64_t& out) const {
        const Slot& found = slot(field);
        if (!found.is_present) { return {JsonError::missing_field, json_field_name(field), "is missing"}; }
        const JsonReadStatus status = parser_.natural(found.value, json_field_name(field), out);
        return status.ok() ? status : wrong(field, status.error, status.detail);
    }

    JsonReadStatus flag(bool& out) const {
        const Slot& found = slot(JsonField::last);
        std::uint64_t number = 0;
        if (!found.is_present || found.value.is_null()) {
            out = false;
        } else if (found.value.get(number) == simdjson::SUCCESS && number <= 1) {
            out = number == 1;
        } else if (found.value.get(out) != simdjson::SUCCESS) {
            return wrong(JsonField::last, JsonError::wrong_type, "must be true, false, 1, 0 or null");
        }
        return {};
    }

    JsonReadStatus payload(std::string_view& out) {
        const Slot& text = slot(JsonField::payload);
        const Slot& base64 = slot(JsonField::payload_base64);
        if (!text.is_present && !base64.is_present) {
            return {JsonError::missing_field, json_field_name(JsonField::payload), "is missing"};
        }
        if (text.is_present && base64.is_present) {
            return wrong(JsonField::payload_base64, JsonError::two_payloads, "is there beside payload");
        }
        const JsonField field = text.is_present ? JsonField::payload : JsonField::payload_base64;
        if (slot(field).value.get(out) != simdjson::SUCCESS) {
            return wrong(field, JsonError::wrong_type, "must be a string");
        }
        if (text.is_present) { return {}; }
        binary_.resize(base64_decoded_bound(out.size()));
        const std::size_t size = base64_decode(out, binary_.data());
        if (size == base64_invalid) {
            return wrong(field, JsonError::invalid_base64, "is not padded standard base64");
        }
        out = {reinterpret_cast<const char*>(binary_.data()), size};
        return {};
    }

    [[nodiscard]] JsonReadStatus wrong(JsonField field,
                                       JsonError error,
                                       std::string_view detail) const noexcept {
        return {error, json_field_name(field), detail, offset_in_packet(slot(field))};
    }

    /// Where the value of a member of the outermost object begins.
    [[nodiscard]] std::size_t offset_of(const Slot& member) const noexcept {
        return locate({member.ordinal, 0, 1});
    }
    /// Where the value of one of the packet's members begins.
    [[nodiscard]] std::size_t offset_in_packet(const Slot& member) const noexcept {
        return is_envelope_ ? locate({data_ordinal_, member.ordinal, 2}) : offset_of(member);
    }

    struct Finder {
        std::size_t outer;
        std::size_t inner;
        std::size_t wanted_depth;
        std::size_t found = JsonReadStatus::no_offset;
        std::size_t current = JsonReadStatus::no_offset;

        void number(std::size_t, std::size_t, bool) const noexcept {}
        void member(std::size_t depth, std::size_t ordinal, std::size_t offset) noexcept {
            if (depth == 1) { current = ordinal; }
            const bool is_it = depth == wanted_depth && current == outer && (depth == 1 || ordinal == inner);
            if (is_it && found == JsonReadStatus::no_offset) { found = offset; }
        }
    };
    [[nodiscard]] std::size_t locate(Finder finder) const noexcept {
        // The text has been parsed, so the scan finds nothing wrong.
        static_cast<void>(JsonScan{line_, finder}.run());
        return finder.found;
    }

    std::string_view line_;
    const JsonParser& parser_;
    std::vector<std::byte>& binary_;
    std::array<Slot, json_field_count> slots_{};
    std::size_t data_ordinal_ = 0;
    bool is_envelope_ = false;
};

}  // namespace detail

SHEAF_NAMESPACE_END
