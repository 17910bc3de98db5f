#include "harness.hpp"

#include "json_errors.hpp"

#include <sheaf/connect/json_segment_reader.hpp>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using fuzz::fail;
using sheaf::JsonError;
using sheaf::JsonReadStatus;
using sheaf::JsonSegmentReader;
using sheaf::JsonSegmentStatus;
using sheaf::Packet;

std::vector<std::int64_t> integers_of(const Packet<>& packet) {
    return sheaf::SegmentIntegers{}(packet.payload.bytes());
}

void compare(const std::string& what, const Packet<>& actual, const Packet<>& expected) {
    if (actual.resource_id != expected.resource_id) { fail(what + ": another batch"); }
    if (actual.index != expected.index) { fail(what + ": another segment"); }
    if (actual.last != expected.last) { fail(what + ": another last flag"); }
    if (!std::ranges::equal(actual.payload.bytes(), expected.payload.bytes())) {
        fail(what + ": other integers");
    }
}

/// What is written again is the same segment.
void check_segment(const Packet<>& packet, std::uint64_t segments) {
    const std::vector<std::int64_t> integers = integers_of(packet);
    if (!std::is_sorted(integers.begin(), integers.end())) { fail("integers that do not ascend are taken"); }
    if (packet.index > sheaf::max_index || (segments != 0 && packet.index >= segments)) {
        fail("the segment is too large");
    }
    if (segments != 0 && packet.last != (packet.index + 1 == segments)) { fail("which is the last"); }
    std::string json = "{\"data\":[";
    for (const std::int64_t integer : integers) {
        json += (json.back() == '[' ? "" : ", ") + std::to_string(integer);
    }
    json += "],\"other\":[{\"data\":[2,1]},-1.5e3],\"last\":" + std::string{packet.last ? "true" : "false"} +
            ",\"segment_id\" : " + std::to_string(packet.index) +
            ",\"batch_id\":" + std::to_string(packet.resource_id) + '}';
    JsonSegmentReader reader{segments};
    Packet<> again;
    if (const auto status = reader.read(json, again); !status.ok()) {
        fail("refused: " + json + ": " + status.message());
    }
    compare("written again as " + json, again, packet);
}

/// An error is at a place within the text where there is what it is about.
void check_error(std::string_view text, const JsonSegmentStatus& status) {
    const JsonReadStatus& read = status.read;
    const std::string message = status.message();
    fuzz::check_place(text, read, message);
    const bool is_number = read.error == JsonError::unsorted || read.error == JsonError::negative ||
                           read.error == JsonError::not_an_integer || read.error == JsonError::over_large;
    if (is_number && text[read.offset] != '-' &&
        std::isdigit(static_cast<unsigned char>(text[read.offset])) == 0) {
        fail("no number is there: " + message);
    }
    if (status.position && read.field != "data") { fail("a position, but not of data: " + message); }
}

void check(std::string_view text, std::uint64_t segments) {
    JsonSegmentReader in_place{segments};
    JsonSegmentReader copying{segments};
    std::vector<char> padded(text.begin(), text.end());
    padded.insert(padded.end(), JsonSegmentReader::padding, '9');
    padded.shrink_to_fit();
    const Packet<> before{.resource_id = 77, .index = 78, .payload = "before", .last = true};
    for (int round = 0; round < 2; ++round) {  // the second time in memory that has been used
        Packet<> packet = before;
        Packet<> other = before;
        const JsonSegmentStatus status = in_place.read_padded({padded.data(), text.size()}, packet);
        const JsonSegmentStatus expected = copying.read(text, other);
        if (status.message() != expected.message()) {
            fail("in place: " + status.message() + ", from a copy: " + expected.message());
        }
        compare("in place", packet, other);
        if (status.ok()) {
            check_segment(packet, segments);
        } else {
            compare("after an error", packet, before);
            check_error(text, status);
        }
    }
}

}  // namespace

std::string fuzz::segment_reader(std::span<const std::byte> input) {
    if (input.empty()) { return {}; }
    const auto segments = std::to_integer<std::uint64_t>(input.back()) % 16;
    try {
        check({reinterpret_cast<const char*>(input.data()), input.size() - 1}, segments);
    } catch (const std::logic_error& wrong) { return wrong.what(); }
    return {};
}
