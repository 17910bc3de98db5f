#pragma once

#include <sheaf/config.hpp>
#include <sheaf/connect/json_packet_extractor.hpp>
#include <sheaf/connect/json_parser.hpp>
#include <sheaf/connect/json_read_error.hpp>
#include <sheaf/connect/json_scan.hpp>
#include <sheaf/packet.hpp>

#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

SHEAF_NAMESPACE_BEGIN

/// Reads packets from JSON texts, one object each, by simdjson.
///
/// | field   | its names                                                                             | its value      |
/// |---------|---------------------------------------------------------------------------------------|----------------|
/// | id      | `resource_id`, `primary_resource_id`, `primary_id`, `resourceId`, `primaryResourceId` | 0 to 2^64-1    |
/// | index   | `packet_index`, `data_packet_index`, `index`, `dataPacketIndex`                       | 0 to 2^63-1    |
/// | payload | `payload`, `raw_payload`; or `payload_base64`, for bytes that are not UTF-8           | a string       |
/// | last    | `last_chunk_flag`, `last_chunk`, `isLastChunk`, `IsLastChunk`                         | `true`, `false`, `1`, `0`, `null`; missing is `false` |
///
/// The order of fields is free and other fields are ignored, but the whole text must be JSON, in UTF-8, and nothing
/// may follow the object. An object `{"type":"packet","data":{...}}` without packet fields of its own is an envelope,
/// and `data` is the packet.
///
/// Errors are values that name the field and the byte. Memory is bounded by the limit on the text, nesting by
/// `max_depth`.
///
/// Thread safety: one object, one thread at a time.
///
///     sheaf::JsonPacketReader reader;
///     sheaf::Packet<> packet;
///     if (const auto status = reader.read(line, packet); !status.ok()) { report(status.message()); }
class JsonPacketReader {
public:
    /// How deep arrays and objects may be nested; an empty one is not a level.
    static constexpr std::size_t max_depth = detail::json_scan_depth;
    /// How many bytes after a text `read_padded` must be able to read.
    static constexpr std::size_t padding = detail::JsonParser::padding;
    /// How many bytes a text may have where the constructor is not told: 16 MiB.
    static constexpr std::size_t default_max_size = std::size_t{16} << 20U;

    /// `max_size`: how many bytes one text may have.
    explicit JsonPacketReader(std::size_t max_size = default_max_size) noexcept
        : max_size_{max_size} {}

    /// Reads one text into `packet`: all fields but the receipt, which is left alone. After an error the packet is
    /// unchanged. The payload borrows from the reader: it is valid until the next call, or the end of the reader.
    ///
    /// Throws: `std::bad_alloc`; the packet is unchanged then and the reader usable.
    template <class Receipt>
    JsonReadStatus read(std::string_view text, Packet<std::uint64_t, Receipt>& packet) {
        if (text.size() > max_size_) { return too_long(); }
        return read_padded(parser_.pad(text), packet);
    }

    /// The same without a copy of the text. Precondition: the `padding` bytes after the end of `text` can be read;
    /// what they hold does not matter.
    ///
    /// Throws: as `read`.
    template <class Receipt>
    JsonReadStatus read_padded(std::string_view text, Packet<std::uint64_t, Receipt>& packet) {
        if (text.size() > max_size_) { return too_long(); }
        detail::JsonPacketValues values;
        const JsonReadStatus status = parse(text, values);
        if (status.ok()) {
            packet.resource_id = values.resource_id;
            packet.index = values.index;
            packet.payload = Payload{values.payload};
            packet.last = values.last;
        }
        return status;
    }

private:
    static constexpr JsonReadStatus too_long() noexcept {
        return {JsonError::line_too_long, {}, "longer than the limit"};
    }

    JsonReadStatus parse(std::string_view text, detail::JsonPacketValues& values) {
        if (detail::JsonParser::is_outgrown(binary_.capacity(), text.size())) {
            std::vector<std::byte>{}.swap(binary_);
        }
        simdjson::dom::element root;
        const JsonReadStatus status = parser_.parse(text, root);
        return status.ok() ? detail::JsonPacketExtractor{text, parser_, binary_}.extract(root, values)
                           : status;
    }

    std::size_t max_size_;
    detail::JsonParser parser_{};
    std::vector<std::byte> binary_{};
};

SHEAF_NAMESPACE_END
