#include <sheaf/connect/json_segment_reader.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using sheaf::JsonError;
using sheaf::JsonSegmentReader;

using Integers = std::vector<std::int64_t>;

/// The message of what is refused; of what is read the segment itself.
std::string read_segment(JsonSegmentReader& reader, std::string_view text) {
    sheaf::Packet<> packet;
    packet.resource_id = 99;
    const auto status = reader.read(text, packet);
    if (!status.ok()) {
        CHECK(packet.resource_id == 99);
        return status.message();
    }
    std::string said = std::to_string(packet.resource_id) + '/' + std::to_string(packet.index) +
                       (packet.last ? "!" : "") + ':';
    for (const std::int64_t value : sheaf::SegmentIntegers{}(packet.payload.bytes())) {
        said += ' ' + std::to_string(value);
    }
    return said;
}

}  // namespace

TEST_CASE("JsonSegmentReader reads segments, with fields in any order and other fields") {
    JsonSegmentReader reader;
    CHECK(read_segment(reader, R"({"batch_id": 1, "segment_id": 0, "data": [3, 4, 6, 6]})") ==
          "1/0: 3 4 6 6");
    CHECK(
        read_segment(
            reader,
            R"( {"x":[{"data":[9,1]}],"data":[],"segment_id":7,"batch_id":18446744073709551615,"last":true} )") ==
        "18446744073709551615/7!:");
    CHECK(
        read_segment(
            reader,
            R"({"data":[-9223372036854775808,0,9223372036854775807],"segment_id":0,"batch_id":0,"last":false})") ==
        "0/0: -9223372036854775808 0 9223372036854775807");
    CHECK(sheaf::SegmentIntegers{}({}).empty());
}

TEST_CASE("JsonSegmentReader does not look at numbers in other fields, however large") {
    JsonSegmentReader reader;
    CHECK(read_segment(reader, R"({"batch_id":1,"segment_id":1,"x":99999999999999999999,"data":[4,5]})") ==
          "1/1: 4 5");
    CHECK(read_segment(reader, R"({"batch_id":1,"segment_id":1,"x":[-1e999,{"y":1e-999}],"data":[4,5]})") ==
          "1/1: 4 5");
    CHECK(read_segment(reader, R"({"batch_id":1,"segment_id":1,"x":1e999,"data":[4,1e305]})") ==
          "batch 1, segment 1, position 1: data must be integers without fraction or exponent (byte 49)");
    CHECK(read_segment(reader, "1161e999860366") == "a JSON object is expected (byte 0)");
}

TEST_CASE("JsonSegmentReader knows the last segment by the number of segments") {
    JsonSegmentReader reader{3};
    CHECK(read_segment(reader, R"({"batch_id":1,"segment_id":1,"data":[],"last":true})") == "1/1:");
    CHECK(read_segment(reader, R"({"batch_id":1,"segment_id":2,"data":[]})") == "1/2!:");
    CHECK(read_segment(reader, R"({"batch_id":1,"segment_id":3,"data":[]})") ==
          "batch 1, segment 3: segment_id is not below the number of segments (byte 27)");
}

TEST_CASE("JsonSegmentReader names batch, segment, position and byte of what is wrong") {
    JsonSegmentReader reader;
    const auto of_data = [&](const std::string& data) {
        return read_segment(reader, R"({"batch_id":7,"segment_id":2,"data":)" + data + "}");
    };
    CHECK(of_data("[1,5,3]") == "batch 7, segment 2, position 2: data must ascend (byte 41)");
    CHECK(of_data("[1,2.5]") ==
          "batch 7, segment 2, position 1: data must be integers without fraction or exponent (byte 39)");
    CHECK(of_data("[1,2,9223372036854775808]") ==
          "batch 7, segment 2, position 2: data must be integers from -2^63 to 2^63-1 (byte 41)");
    CHECK(of_data("[1,2,99999999999999999999]") ==
          "batch 7, segment 2, position 2: data must be integers from -2^63 to 2^63-1 (byte 41)");
    CHECK(of_data("[-99999999999999999999]") ==
          "batch 7, segment 2, position 0: data must be integers from -2^63 to 2^63-1 (byte 37)");
    CHECK(of_data(R"([1,"2"])") == "batch 7, segment 2, position 1: data must be integers (byte 36)");
    CHECK(of_data("[1,[2]]") == "batch 7, segment 2, position 1: data must be integers (byte 36)");
    CHECK(of_data("[1,null]") == "batch 7, segment 2, position 1: data must be integers (byte 36)");
    CHECK(of_data("5") == "batch 7, segment 2: data must be an array of integers (byte 36)");
    CHECK(of_data("[1,]") == "batch 7, segment 2: a value is expected (byte 39)");
    CHECK(of_data("[1] ,\"data\":[2]") == "batch 7, segment 2: data is there twice (byte 48)");

    CHECK(read_segment(reader, R"({"data":[2,1],"segment_id":4,"batch_id":3})") ==
          "batch 3, segment 4, position 1: data must ascend (byte 11)");
    CHECK(read_segment(reader, R"({"segment_id":4,"data":[1]})") == "segment 4: batch_id is missing");
    CHECK(read_segment(reader, R"({"batch_id":4,"data":[1]})") == "batch 4: segment_id is missing");
    CHECK(read_segment(reader, R"({"batch_id":4,"segment_id":1})") == "batch 4, segment 1: data is missing");
    CHECK(read_segment(reader, R"({"batch_id":-4,"segment_id":1,"data":[]})") ==
          "segment 1: batch_id must not be negative (byte 12)");
    CHECK(read_segment(reader, R"({"batch_id":4,"segment_id":"1","data":[]})") ==
          "batch 4: segment_id must be a number (byte 27)");
    CHECK(read_segment(reader, R"({"batch_id":4,"segment_id":1e0,"data":[]})") ==
          "batch 4: segment_id must be an integer without fraction or exponent (byte 27)");
    CHECK(read_segment(reader, R"({"batch_id":99999999999999999999,"segment_id":1,"data":[]})") ==
          "segment 1: batch_id is too large (byte 12)");
    CHECK(read_segment(reader, R"({"batch_id":1,"segment_id":9223372036854775808,"data":[]})") ==
          "batch 1, segment 9223372036854775808: segment_id is too large (byte 27)");
    CHECK(read_segment(reader, R"({"batch_id":1,"segment_id":1,"data":[],"last":1})") ==
          "batch 1, segment 1: last must be true or false (byte 46)");
    CHECK(read_segment(reader,
                       R"({"batch_id":99999999999999999999,"segment_id":-99999999999999999999,"data":[]})") ==
          "batch_id is too large (byte 12)");
    CHECK(read_segment(reader, R"({"batch\u005fid":"a","segment_id":1,"data":[]})") ==
          "segment 1: batch_id must be a number (byte 17)");
    CHECK(read_segment(reader, R"({"batch_id":1,"segment_id":1,"data":[]}x)") ==
          "batch 1, segment 1: something follows the object (byte 39)");
    CHECK(of_data(R"(["x",99999999999999999999])") ==
          "batch 7, segment 2, position 0: data must be integers (byte 36)");
    CHECK(read_segment(reader, R"({"batch_id":[7],"segment_id":1,"data":[]})") ==
          "segment 1: batch_id must be a number (byte 12)");
    CHECK(read_segment(reader, R"({"\"batch_id":7,"batch_id":-1,"segment_id":1,"data":[]})") ==
          "segment 1: batch_id must not be negative (byte 27)");
    CHECK(read_segment(reader, R"({"batch_id":1,"segment_id":1,"data":[],"last":-99999999999999999999})") ==
          "batch 1, segment 1: last must be true or false (byte 46)");
    CHECK(read_segment(reader, R"({"batch_id":2,"segment_id":4,"batch_id":7,"segment_id":-0,"x":1.})") ==
          "batch 2, segment 4: an invalid number (byte 62)");
    CHECK(read_segment(reader, "[1]") == "a JSON object is expected (byte 0)");
    CHECK(read_segment(reader, "") == "the text ends too early (byte 0)");
    CHECK(read_segment(reader, "{\"batch_id\":1,\"x\":\"\xFF\"}") == "batch 1: invalid UTF-8 (byte 19)");
}

TEST_CASE("JsonSegmentReader: equal segments have equal payloads, and long texts are refused") {
    JsonSegmentReader reader{0, 60};
    sheaf::Packet<> packet;
    REQUIRE(reader.read(R"({"batch_id":1,"segment_id":1,"data":[1,2]})", packet).ok());
    const std::vector<std::byte> first{packet.payload.bytes().begin(), packet.payload.bytes().end()};
    REQUIRE(reader.read(R"({"data" : [ 1, 2 ],"segment_id":1,"batch_id":1})", packet).ok());
    CHECK(std::vector<std::byte>{packet.payload.bytes().begin(), packet.payload.bytes().end()} == first);
    const auto status = reader.read(std::string(61, ' '), packet);
    CHECK(status.read.error == JsonError::line_too_long);
    CHECK(status.message() == "longer than the limit");
}

TEST_CASE("SegmentIntegers refuses what is no array of integers") {
    const std::vector<std::byte> odd(15);
    CHECK_THROWS_WITH_AS(static_cast<void>(sheaf::SegmentIntegers{}(odd)),
                         "sheaf::SegmentIntegers: the payload is no array of 64-bit integers",
                         std::invalid_argument);
}
