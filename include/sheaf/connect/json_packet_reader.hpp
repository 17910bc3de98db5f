#pragma once

#include <sheaf/config.hpp>
#include <sheaf/connect/json_packet_extractor.hpp>
#include <sheaf/connect/json_parser.hpp>
#include <sheaf/connect/json_read_error.hpp>
#include <sheaf/connect/json_scan.hpp>
#include <sheaf/packet.hpp>

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <system_error>
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
        if (parser_.prepare(text.size())) {
            std::vector<std::byte>{}.swap(binary_);
            std::vector<char>{}.swap(repaired_);
        }
        simdjson::dom::element root;
        const auto error = parser_.parse(text, root);
        if (error == simdjson::SUCCESS) {
            return detail::JsonPacketExtractor{text, false, binary_}.extract(root, values);
        }
        return error == simdjson::NUMBER_ERROR ? parse_repaired(text, values) : refusal(text, error);
    }

    /// simdjson refuses a text for any number beyond its types, also in a field that is ignored. Where the text is
    /// JSON all the same, such integers are marked, fractions (of no use to a packet) made harmless, and the text
    /// is read again.
    JsonReadStatus parse_repaired(std::string_view text, detail::JsonPacketValues& values) {
        repaired_.resize(text.size() + padding);
        std::copy(text.begin(), text.end(), repaired_.begin());
        NumberRepair repair{repaired_.data()};
        const detail::JsonFault fault = detail::JsonScan{text, repair}.run();
        if (fault.kind != detail::JsonFault::Kind::none) { return detail::status_of(fault); }
        simdjson::dom::element root;
        if (const auto error = parser_.parse({repaired_.data(), text.size()}, root)) {
            return refusal(text, error);
        }
        return detail::JsonPacketExtractor{text, true, binary_}.extract(root, values);
    }

    struct NumberRepair {
        char* text;
        void member(std::size_t, std::size_t, std::size_t) const noexcept {}
        void number(std::size_t offset, std::size_t size, bool is_integer) const noexcept {
            char* const begin = text + offset;
            if (is_integer && fits(begin, begin + size)) { return; }
            // No mark is longer than what it replaces: a fraction has 3 characters, such an integer at least 20.
            const std::string_view mark = !is_integer ? "0.5" : *begin == '-' ? "-1e300" : "1e300";
            std::fill(std::copy(mark.begin(), mark.end(), begin), begin + size, ' ');
        }
        [[nodiscard]] static bool fits(const char* begin, const char* end) noexcept {
            std::uint64_t natural = 0;
            std::int64_t integer = 0;
            return std::from_chars(begin, end, natural).ec == std::errc{} ||
                   std::from_chars(begin, end, integer).ec == std::errc{};
        }
    };

    struct NoVisitor {
        void member(std::size_t, std::size_t, std::size_t) const noexcept {}
        void number(std::size_t, std::size_t, bool) const noexcept {}
    };

    /// What is wrong with a text that simdjson refused, and where.
    static JsonReadStatus refusal(std::string_view text, simdjson::error_code error) {
        NoVisitor visitor;
        const detail::JsonFault fault = detail::JsonScan{text, visitor}.run();
        if (fault.kind != detail::JsonFault::Kind::none) { return detail::status_of(fault); }
        // Not reached as long as the scan and simdjson agree on what is JSON.
        return {error == simdjson::DEPTH_ERROR ? JsonError::too_deep : JsonError::malformed,
                {},
                "not valid JSON"};
    }

    std::size_t max_size_;
    detail::JsonParser parser_{};
    std::vector<char> repaired_{};
    std::vector<std::byte> binary_{};
};

SHEAF_NAMESPACE_END
