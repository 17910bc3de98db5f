#pragma once

#include <sheaf/config.hpp>
#include <sheaf/connect/json_parser.hpp>
#include <sheaf/connect/json_read_error.hpp>
#include <sheaf/connect/json_scan.hpp>
#include <sheaf/connect/json_segment_places.hpp>
#include <sheaf/detail/throw.hpp>
#include <sheaf/packet.hpp>

#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

SHEAF_NAMESPACE_BEGIN

/// How the read of a segment ended: as `JsonReadStatus`, and which segment it was and where in its data, as far as
/// that is known.
///
/// Thread safety: a plain value; its views are of string literals.
struct [[nodiscard]] JsonSegmentStatus {
    /// What is wrong, about which field (`batch_id`, `segment_id`, `data`, `last`), and where in the text.
    JsonReadStatus read{};
    /// The segment's batch, where that could be read.
    std::optional<std::uint64_t> batch_id{};
    /// The segment, where that could be read.
    std::optional<std::uint64_t> segment_id{};
    /// Which of the integers is wrong, counted from 0, where one is.
    std::optional<std::size_t> position{};

    /// A segment was read.
    [[nodiscard]] constexpr bool ok() const noexcept { return read.ok(); }

    /// One line for people, e.g. `batch 3, segment 2, position 4: data must ascend (byte 52)`.
    ///
    /// Throws: `std::bad_alloc`.
    [[nodiscard]] std::string message() const {
        std::string text;
        const auto add = [&text](std::string_view word, std::uint64_t number) {
            text += (text.empty() ? "" : ", ") + std::string{word} + ' ' + std::to_string(number);
        };
        if (batch_id) { add("batch", *batch_id); }
        if (segment_id) { add("segment", *segment_id); }
        if (position) { add("position", *position); }
        return (text.empty() ? text : text + ": ") + read.message();
    }
};

/// Transform: the integers of a segment out of the payload that `JsonSegmentReader` makes. For `MergeSorted`.
///
/// Thread safety: a function without state.
struct SegmentIntegers {
    /// Throws: `std::invalid_argument` for a payload that is no whole number of integers; `std::bad_alloc`.
    /// Complexity: linear.
    [[nodiscard]] std::vector<std::int64_t> operator()(std::span<const std::byte> payload) const {
        if (payload.size() % sizeof(std::int64_t) != 0) {
            detail::throw_invalid_argument(
                "sheaf::SegmentIntegers: the payload is no array of 64-bit integers");
        }
        std::vector<std::int64_t> integers(payload.size() / sizeof(std::int64_t));
        if (!integers.empty()) { std::memcpy(integers.data(), payload.data(), payload.size()); }
        return integers;
    }
};

/// Reads sorted segments of batches from JSON texts, one object each, by simdjson:
///
///     {"batch_id": 1, "segment_id": 0, "data": [3, 4, 6, 6]}
///
/// `batch_id` is from 0 to 2^64-1, `segment_id` from 0 to 2^63-1, and `data` an array of integers from -2^63 to
/// 2^63-1 that ascend, equal ones included. `last` is `true` in the last segment of a batch, where the number of
/// segments is not known. The order of fields is free and other fields are ignored, but the whole text must be JSON,
/// in UTF-8, and nothing may follow the object.
///
/// A segment becomes a packet: its payload are the integers as they are in memory, so equal segments have equal
/// payloads however they are written. `SegmentIntegers` is the transform that belongs to it.
///
/// Thread safety: one object, one thread at a time.
class JsonSegmentReader {
public:
    /// How many bytes after a text `read_padded` must be able to read.
    static constexpr std::size_t padding = detail::JsonParser::padding;

    /// `segments`: how many each batch has, so that the last of them is known by its id; 0: `last` says so.
    /// `max_size`: how many bytes one text may have.
    explicit JsonSegmentReader(std::uint64_t segments = 0,
                               std::size_t max_size = std::size_t{16} << 20U) noexcept
        : segments_{segments}
        , max_size_{max_size} {}

    /// Reads one text into `packet`: all fields but the receipt, which is left alone. After an error the packet is
    /// unchanged. The payload borrows from the reader: it is valid until the next call, or the end of the reader.
    ///
    /// Throws: `std::bad_alloc`; the packet is unchanged then and the reader usable.
    template <class Receipt>
    JsonSegmentStatus read(std::string_view text, Packet<std::uint64_t, Receipt>& packet) {
        if (text.size() > max_size_) { return too_long(); }
        return read_padded(parser_.pad(text), packet);
    }

    /// The same without a copy of the text. Precondition: the `padding` bytes after the end of `text` can be read;
    /// what they hold does not matter.
    ///
    /// Throws: as `read`.
    template <class Receipt>
    JsonSegmentStatus read_padded(std::string_view text, Packet<std::uint64_t, Receipt>& packet) {
        if (text.size() > max_size_) { return too_long(); }
        Segment segment;
        const JsonSegmentStatus status = parse(text, segment);
        if (status.ok()) {
            packet.resource_id = segment.batch_id;
            packet.index = segment.segment_id;
            packet.payload = Payload{std::as_bytes(std::span<const std::int64_t>{values_})};
            packet.last = segment.last;
        }
        return status;
    }

private:
    using Element = simdjson::dom::element;

    struct Segment {
        std::uint64_t batch_id = 0;
        std::uint64_t segment_id = 0;
        bool last = false;
    };
    /// A field, where it is present, and the place of its member among those of the object.
    struct Field {
        std::string_view name;
        std::optional<Element> value{};
        std::size_t ordinal = 0;
    };
    struct Fields {
        Field batch_id{"batch_id"};
        Field segment_id{"segment_id"};
        Field data{"data"};
        Field last{"last"};
    };

    static JsonSegmentStatus too_long() noexcept {
        return {{JsonError::line_too_long, {}, "longer than the limit"}, {}, {}, {}};
    }

    JsonSegmentStatus parse(std::string_view text, Segment& segment) {
        // An integer takes two bytes of a text at least.
        if (detail::JsonParser::is_outgrown(2 * values_.capacity(), text.size())) {
            std::vector<std::int64_t>{}.swap(values_);
        }
        Element root;
        if (const JsonReadStatus status = parser_.parse(text, root); !status.ok()) {
            detail::JsonSegmentIds ids{text};
            static_cast<void>(detail::JsonScan{text, ids}.run());
            return {status, ids.batch_id, ids.segment_id, {}};
        }
        JsonSegmentStatus result;
        Fields fields;
        result.read = collect(text, root, fields);
        if (result.read.error == JsonError::not_an_object) { return result; }
        // Both ids, also behind an error, because they name the segment.
        const auto batch_status = natural(text, fields.batch_id, segment.batch_id, result.batch_id);
        const auto segment_status = natural(text, fields.segment_id, segment.segment_id, result.segment_id);
        if (result.read.ok()) { result.read = batch_status; }
        if (result.read.ok()) { result.read = segment_status; }
        if (result.read.ok()) { result.read = last_flag(text, fields, segment); }
        if (result.read.ok()) { result.read = integers(text, fields.data, result.position); }
        return result;
    }

    /// Finds the fields; goes on behind one that is there twice.
    static JsonReadStatus collect(std::string_view text, Element root, Fields& fields) {
        simdjson::dom::object object;
        if (root.get(object) != simdjson::SUCCESS) {
            return {
                JsonError::not_an_object, {}, "a JSON object is expected", text.find_first_not_of(" \t\r\n")};
        }
        JsonReadStatus status;
        std::size_t ordinal = 0;
        for (const auto member : object) {
            for (Field* const field : {&fields.batch_id, &fields.segment_id, &fields.data, &fields.last}) {
                if (member.key != field->name) { continue; }
                if (field->value && status.ok()) {
                    status = wrong(text, {field->name, member.value, ordinal}, JsonError::repeated_field,
                                   "is there twice");
                }
                if (!field->value) { *field = {field->name, member.value, ordinal}; }
            }
            ++ordinal;
        }
        return status;
    }

    JsonReadStatus natural(std::string_view text,
                           const Field& field,
                           std::uint64_t& out,
                           std::optional<std::uint64_t>& known) const {
        if (!field.value) { return missing(field); }
        const JsonReadStatus status = parser_.natural(*field.value, field.name, out);
        if (!status.ok()) { return wrong(text, field, status.error, status.detail); }
        known = out;
        return {};
    }

    JsonReadStatus last_flag(std::string_view text, const Fields& fields, Segment& segment) const {
        bool is_last = false;
        if (fields.last.value && fields.last.value->get(is_last) != simdjson::SUCCESS) {
            return wrong(text, fields.last, JsonError::wrong_type, "must be true or false");
        }
        if (segments_ == 0 ? segment.segment_id > max_index : segment.segment_id >= segments_) {
            return wrong(text, fields.segment_id, JsonError::over_large,
                         segments_ == 0 ? "is too large" : "is not below the number of segments");
        }
        segment.last = segments_ == 0 ? is_last : segment.segment_id + 1 == segments_;
        return {};
    }

    JsonReadStatus integers(std::string_view text, const Field& field, std::optional<std::size_t>& position) {
        if (!field.value) { return missing(field); }
        simdjson::dom::array array;
        if (field.value->get(array) != simdjson::SUCCESS) {
            return wrong(text, field, JsonError::wrong_type, "must be an array of integers");
        }
        values_.clear();
        auto least = (std::numeric_limits<std::int64_t>::min)();
        for (const Element element : array) {
            std::int64_t value = 0;
            position = values_.size();
            if (element.get(value) != simdjson::SUCCESS) {
                if (element.is_uint64() || parser_.over_large(element) != 0) {
                    return wrong(text, field, JsonError::over_large, "must be integers from -2^63 to 2^63-1",
                                 position);
                }
                if (element.is_double()) {
                    return wrong(text, field, JsonError::not_an_integer,
                                 "must be integers without fraction or exponent", position);
                }
                return wrong(text, field, JsonError::wrong_type, "must be integers");
            }
            if (value < least) { return wrong(text, field, JsonError::unsorted, "must ascend", position); }
            least = value;
            values_.push_back(value);
        }
        position.reset();
        return {};
    }

    static JsonReadStatus missing(const Field& field) noexcept {
        return {JsonError::missing_field, field.name, "is missing"};
    }

    /// An error of a field that is there; `number`: of the number in it that is wrong.
    static JsonReadStatus wrong(std::string_view text,
                                const Field& field,
                                JsonError error,
                                std::string_view what,
                                std::optional<std::size_t> number = {}) noexcept {
        detail::JsonPlaceFinder finder{field.ordinal, number};
        // The text has been parsed, so the scan finds nothing wrong.
        static_cast<void>(detail::JsonScan{text, finder}.run());
        return {error, field.name, what, finder.place()};
    }

    std::uint64_t segments_;
    std::size_t max_size_;
    detail::JsonParser parser_{};
    std::vector<std::int64_t> values_{};
};

SHEAF_NAMESPACE_END
