#include <sheaf/connect/json_packet_reader.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using sheaf::JsonError;
using sheaf::JsonPacketReader;
using sheaf::Packet;

std::string payload_text(const Packet<>& packet) {
    const auto bytes = packet.payload.bytes();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) { all += text; }
    return all;
}

/// A packet whose fields are all there, with another text in place of one of them.
std::string with_id(std::string_view value) {
    return R"({"resource_id":)" + std::string{value} + R"(,"packet_index":1,"payload":"a"})";
}
std::string with_index(std::string_view value) {
    return R"({"resource_id":1,"packet_index":)" + std::string{value} + R"(,"payload":"a"})";
}
std::string with_last(std::string_view value) {
    return R"({"resource_id":1,"packet_index":1,"payload":"a","last_chunk_flag":)" + std::string{value} + "}";
}
std::string with_payload(std::string_view value) {
    return R"({"resource_id":1,"packet_index":1,"payload":)" + std::string{value} + "}";
}
std::string with_base64(std::string_view value) {
    return R"({"resource_id":1,"packet_index":1,"payload_base64":")" + std::string{value} + "\"}";
}
std::string with_extra(std::string_view value) {
    return R"({"resource_id":1,"extra":)" + std::string{value} + R"(,"packet_index":2,"payload":"a b"})";
}

struct Good {
    std::string text;
    std::uint64_t id;
    std::uint64_t index;
    std::string payload;
    bool last;
};

struct Bad {
    std::string text;
    JsonError error;
    std::string message;
};

void check(JsonPacketReader& reader, const Good& good) {
    CAPTURE(good.text);
    Packet<> packet;
    const auto status = reader.read(good.text, packet);
    CHECK_MESSAGE(status.ok(), status.message());
    CHECK(packet.resource_id == good.id);
    CHECK(packet.index == good.index);
    CHECK(payload_text(packet) == good.payload);
    CHECK(packet.last == good.last);
}

void check(JsonPacketReader& reader, const Bad& bad) {
    CAPTURE(bad.text);
    Packet<> packet{.resource_id = 77, .index = 78, .payload = "before", .last = true};
    const auto status = reader.read(bad.text, packet);
    CHECK(to_string(status.error) == to_string(bad.error));
    CHECK(status.message() == bad.message);
    CHECK(packet.resource_id == 77);
    CHECK(packet.index == 78);
    CHECK(payload_text(packet) == "before");
    CHECK(packet.last);
}

}  // namespace

TEST_CASE("a packet is read under every name of its fields") {
    JsonPacketReader reader;
    for (const char* id :
         {"resource_id", "primary_resource_id", "primary_id", "resourceId", "primaryResourceId"}) {
        for (const char* index : {"packet_index", "data_packet_index", "index", "dataPacketIndex"}) {
            for (const char* last : {"last_chunk_flag", "last_chunk", "isLastChunk", "IsLastChunk"}) {
                for (const char* payload : {"payload", "raw_payload"}) {
                    const auto quoted = [](const char* name) { return "\"" + std::string{name} + "\":"; };
                    check(reader, Good{"{" + quoted(last) + "true," + quoted(payload) + "\"x  y\"," +
                                           quoted(index) + "3," + quoted(id) + "9}",
                                       9, 3, "x  y", true});
                }
            }
        }
    }
}

TEST_CASE("good packets") {
    JsonPacketReader reader;
    const std::vector<Good> table{
        {R"({"resource_id":101,"payload":"Bat Ball","packet_index":1,"last_chunk_flag":true})", 101, 1,
         "Bat Ball", true},
        {R"({"type":"packet","data":{"resource_id":1,"payload":"pl 1 1","index":1,"last_chunk_flag":false}})",
         1, 1, "pl 1 1", false},
        {R"({"data":{"resource_id":1,"payload":"p","index":1,"type":7,"data":[]},"extra":0,"type":"packet"})",
         1, 1, "p", false},
        {R"({"type":"text/plain","data":4,"resource_id":1,"payload":"p","index":1})", 1, 1, "p", false},
        {"\t { \"resource_id\" : 1 , \"index\" : 0 , \"payload\" : \"\" } \r", 1, 0, "", false},
        {with_id("0"), 0, 1, "a", false},
        {with_id("-0"), 0, 1, "a", false},
        {with_id("18446744073709551615"), std::numeric_limits<std::uint64_t>::max(), 1, "a", false},
        {with_index("9223372036854775807"), 1, sheaf::max_index, "a", false},
        {with_last("true"), 1, 1, "a", true},
        {with_last("1"), 1, 1, "a", true},
        {with_last("false"), 1, 1, "a", false},
        {with_last("0"), 1, 1, "a", false},
        {with_last("null"), 1, 1, "a", false},
        {with_payload(R"("tab\t quote\" slash\/ \u00e9 \ud83d\ude00")"), 1, 1,
         "tab\t quote\" slash/ \u00e9 \U0001F600", false},
        {with_payload(R"("a\u0000b")"), 1, 1, std::string("a\0b", 3), false},
        {with_payload("\"Zürich 東京\""), 1, 1, "Zürich 東京", false},
        {with_base64(""), 1, 1, "", false},
        {with_base64("AA=="), 1, 1, std::string(1, '\0'), false},
        {with_base64("/+8="), 1, 1, "\xff\xef", false},
        {with_base64("c2hlYWY="), 1, 1, "sheaf", false},
        {with_base64("YWJj"), 1, 1, "abc", false},
        {with_extra("18446744073709551616"), 1, 2, "a b", false},
        {with_extra("-123456789012345678901234567890"), 1, 2, "a b", false},
        {with_extra("[1e400,{\"x\":[12345678901234567890123]},2.5]"), 1, 2, "a b", false},
        {with_extra(repeated("[", 60) + repeated("]", 60)), 1, 2, "a b", false},
    };
    for (const Good& good : table) { check(reader, good); }
}

TEST_CASE("texts that are not JSON") {
    JsonPacketReader reader;
    const std::vector<Bad> table{
        {"", JsonError::malformed, "the text ends too early (byte 0)"},
        {"   ", JsonError::malformed, "the text ends too early (byte 3)"},
        {"hello", JsonError::malformed, "a value is expected (byte 0)"},
        {std::string(1, '\0'), JsonError::malformed, "a value is expected (byte 0)"},
        {with_id("1") + '\0', JsonError::trailing_content, "something follows the object (byte 48)"},
        {with_payload(std::string("\"a\0b\"", 5)), JsonError::malformed,
         "a control character in a string (byte 46)"},
        {with_payload("\"a\tb\""), JsonError::malformed, "a control character in a string (byte 46)"},
        {R"({"resource_id":1)", JsonError::malformed, "the text ends too early (byte 16)"},
        {R"({"resource_id")", JsonError::malformed, "':' is expected after a field name (byte 14)"},
        {R"({"resource_id" 1})", JsonError::malformed, "':' is expected after a field name (byte 15)"},
        {R"({"resource_id":1,})", JsonError::malformed, "a field name in quotes is expected (byte 17)"},
        {R"({resource_id:1})", JsonError::malformed, "a field name in quotes is expected (byte 1)"},
        {R"({"resource_id":1 "index":1})", JsonError::malformed, "',' or '}' is expected (byte 17)"},
        {R"({"a":[1 2]})", JsonError::malformed, "',' or ']' is expected (byte 8)"},
        {R"({"a":tru})", JsonError::malformed, "a value is expected (byte 5)"},
        {R"({"a":01})", JsonError::malformed, "an invalid number (byte 5)"},
        {R"({"a":1.})", JsonError::malformed, "an invalid number (byte 5)"},
        {R"({"a":-})", JsonError::malformed, "an invalid number (byte 5)"},
        {R"({"a":"open)", JsonError::malformed, "a string is not closed (byte 5)"},
        {R"({"a":"\x"})", JsonError::malformed, "an invalid escape in a string (byte 6)"},
        {R"({"a":"\u12g4"})", JsonError::malformed, "an invalid escape in a string (byte 6)"},
        {R"({"a":"\ud800"})", JsonError::malformed, "half a surrogate pair in a string (byte 6)"},
        {R"({"a":"\udc00"})", JsonError::malformed, "half a surrogate pair in a string (byte 6)"},
        {R"({"a":18446744073709551616,})", JsonError::malformed,
         "a field name in quotes is expected (byte 26)"},
        {"{\"a\":\"\xff\"}", JsonError::invalid_utf8, "invalid UTF-8 (byte 6)"},
        {"{\"a\":\"\xc0\xaf\"}", JsonError::invalid_utf8, "invalid UTF-8 (byte 6)"},
        {"{\"a\":\"\xed\xa0\x80\"}", JsonError::invalid_utf8, "invalid UTF-8 (byte 6)"},
        {"{\"a\":\"\xf4\x90\x80\x80\"}", JsonError::invalid_utf8, "invalid UTF-8 (byte 6)"},
        {"{\"\xe2\x82\":1}", JsonError::invalid_utf8, "invalid UTF-8 (byte 2)"},
        {with_id("1") + "x", JsonError::trailing_content, "something follows the object (byte 48)"},
        {with_id("1") + with_id("2"), JsonError::trailing_content, "something follows the object (byte 48)"},
        {with_id("1") + ",", JsonError::trailing_content, "something follows the object (byte 48)"},
        {with_extra(repeated("[", 100) + repeated("]", 100)), JsonError::too_deep,
         "nested too deeply (byte 88)"},
        {repeated("[", 100000), JsonError::too_deep, "nested too deeply (byte 64)"},
        {repeated(R"({"a":)", 100000), JsonError::too_deep, "nested too deeply (byte 320)"},
    };
    for (const Bad& bad : table) { check(reader, bad); }
}

TEST_CASE("JSON that is not a packet") {
    JsonPacketReader reader;
    const std::string no_integer = "must be an integer without fraction or exponent";
    const std::vector<Bad> table{
        {" []", JsonError::not_an_object, "a JSON object is expected (byte 1)"},
        {"12", JsonError::not_an_object, "a JSON object is expected (byte 0)"},
        {"\"text\"", JsonError::not_an_object, "a JSON object is expected (byte 0)"},
        {"null", JsonError::not_an_object, "a JSON object is expected (byte 0)"},
        {"{}", JsonError::missing_field, "resource_id is missing"},
        {R"({"index":1,"payload":"a"})", JsonError::missing_field, "resource_id is missing"},
        {R"({"resourceId":1,"payload":"a"})", JsonError::missing_field, "packet_index is missing"},
        {R"({"resourceId":1,"index":1})", JsonError::missing_field, "payload is missing"},
        {R"({"resource_id":1,"index":1,"Payload":"a"})", JsonError::missing_field, "payload is missing"},
        {with_id("-1"), JsonError::negative, "resource_id must not be negative (byte 15)"},
        {with_id("-9223372036854775808"), JsonError::negative, "resource_id must not be negative (byte 15)"},
        {with_id("-9223372036854775809"), JsonError::negative, "resource_id must not be negative (byte 15)"},
        {with_id("18446744073709551616"), JsonError::over_large, "resource_id is too large (byte 15)"},
        {with_id("1.0"), JsonError::not_an_integer, "resource_id " + no_integer + " (byte 15)"},
        {with_id("1e300"), JsonError::not_an_integer, "resource_id " + no_integer + " (byte 15)"},
        {with_id("1e400"), JsonError::not_an_integer, "resource_id " + no_integer + " (byte 15)"},
        {with_id("\"101\""), JsonError::wrong_type, "resource_id must be a number (byte 15)"},
        {with_id("null"), JsonError::wrong_type, "resource_id must be a number (byte 15)"},
        {with_id("true"), JsonError::wrong_type, "resource_id must be a number (byte 15)"},
        {with_id("[1]"), JsonError::wrong_type, "resource_id must be a number (byte 15)"},
        {with_index("-1"), JsonError::negative, "packet_index must not be negative (byte 32)"},
        {with_index("1e3"), JsonError::not_an_integer, "packet_index " + no_integer + " (byte 32)"},
        {with_index("0.5"), JsonError::not_an_integer, "packet_index " + no_integer + " (byte 32)"},
        {with_index("9223372036854775808"), JsonError::over_large, "packet_index is too large (byte 32)"},
        {with_index("18446744073709551616"), JsonError::over_large, "packet_index is too large (byte 32)"},
        {with_index("{}"), JsonError::wrong_type, "packet_index must be a number (byte 32)"},
        {with_last("2"), JsonError::wrong_type,
         "last_chunk_flag must be true, false, 1, 0 or null (byte 66)"},
        {with_last("-1"), JsonError::wrong_type,
         "last_chunk_flag must be true, false, 1, 0 or null (byte 66)"},
        {with_last("1.0"), JsonError::wrong_type,
         "last_chunk_flag must be true, false, 1, 0 or null (byte 66)"},
        {with_last("\"true\""), JsonError::wrong_type,
         "last_chunk_flag must be true, false, 1, 0 or null (byte 66)"},
        {with_payload("1"), JsonError::wrong_type, "payload must be a string (byte 44)"},
        {with_payload("null"), JsonError::wrong_type, "payload must be a string (byte 44)"},
        {R"({"resource_id":1,"index":1,"payload_base64":7})", JsonError::wrong_type,
         "payload_base64 must be a string (byte 44)"},
        {R"({"resource_id":1,"index":1,"payload_base64":"","payload":""})", JsonError::two_payloads,
         "payload_base64 is there beside payload (byte 44)"},
        {R"({"resource_id":1,"resource_id":1,"index":1,"payload":"a"})", JsonError::repeated_field,
         "resource_id is there twice (byte 31)"},
        {R"({"resource_id":1,"primary_id":2,"index":1,"payload":"a"})", JsonError::repeated_field,
         "resource_id is there twice (byte 30)"},
        {R"({"resource_id":1,"index":1,"payload":"a","raw_payload":"a"})", JsonError::repeated_field,
         "payload is there twice (byte 55)"},
        {R"({"type":"exit"})", JsonError::not_a_packet, "'type' is not \"packet\" (byte 8)"},
        {R"({"data":{},"type":1})", JsonError::not_a_packet, "'type' is not \"packet\" (byte 18)"},
        {R"({"type":"packet"})", JsonError::not_a_packet,
         "a packet's envelope without an object 'data' (byte 8)"},
        {R"({"type":"packet","data":[]})", JsonError::not_a_packet,
         "a packet's envelope without an object 'data' (byte 8)"},
        {R"({"type":"packet","data":{}})", JsonError::missing_field, "resource_id is missing"},
        {R"({"type":"packet","data":{"resource_id":1,"index":-4,"payload":"a"}})", JsonError::negative,
         "packet_index must not be negative (byte 49)"},
    };
    for (const Bad& bad : table) { check(reader, bad); }
}

TEST_CASE("base64 that has another text is refused") {
    JsonPacketReader reader;
    for (const char* text :
         {"A", "AA", "AAA", "AA=", "A===", "====", "AB==", "AAB=", "AA==AA==", "AA-_", "AA A", "AA\\n="}) {
        check(reader, Bad{with_base64(text), JsonError::invalid_base64,
                          "payload_base64 is not padded standard base64 (byte 51)"});
    }
}

TEST_CASE("a text over the limit is refused, one at the limit is read") {
    JsonPacketReader reader{100};
    const std::string frame = with_payload("\"\"");
    const std::string fits = with_payload("\"" + std::string(100 - frame.size(), 'x') + "\"");
    REQUIRE(fits.size() == 100);
    check(reader, Good{fits, 1, 1, std::string(100 - frame.size(), 'x'), false});
    check(reader, Bad{fits + " ", JsonError::line_too_long, "longer than the limit"});
}

TEST_CASE("an empty container is not a level") {
    JsonPacketReader reader;
    const std::size_t inside = JsonPacketReader::max_depth - 1;  // the packet is a level itself
    for (const std::string empty : {"[]", "{ }", "[\t]"}) {
        const std::string deep = repeated("[", inside) + empty + repeated("]", inside);
        check(reader, Good{with_extra(deep), 1, 2, "a b", false});
        check(reader, Good{with_extra(deep + R"(,"huge":1e999)"), 1, 2, "a b", false});
        check(reader,
              Bad{with_id("1," + std::string{R"("extra":)"} + deep + R"(,"index":1)"),
                  JsonError::repeated_field,
                  "packet_index is there twice (byte " +
                      std::to_string(with_id("1,\"extra\":" + deep + ",\"index\":1").find("1,\"payload")) +
                      ")"});
        const std::string deeper = repeated("[", inside) + "[" + empty + "]" + repeated("]", inside);
        check(reader, Bad{with_extra(deeper), JsonError::too_deep,
                          "nested too deeply (byte " + std::to_string(25 + inside) + ")"});
    }
}

TEST_CASE("large and small texts in turn") {
    JsonPacketReader reader;
    const std::string large(std::size_t{3} << 20U, 'y');
    for (int round = 0; round < 3; ++round) {
        check(reader, Good{with_payload("\"" + large + "\""), 1, 1, large, false});
        check(reader, Good{with_payload("\"small\""), 1, 1, "small", false});
        check(reader, Good{with_extra("18446744073709551616"), 1, 2, "a b", false});
    }
}

TEST_CASE("reading in place reads nothing beyond the text") {
    JsonPacketReader reader;
    const std::string text = with_id("5");
    // What follows would change the meaning if it were read.
    std::string buffer = text + std::string(JsonPacketReader::padding, '9');
    Packet<> packet;
    CHECK(reader.read_padded(std::string_view{buffer}.substr(0, text.size()), packet).ok());
    CHECK(packet.resource_id == 5);
    CHECK_FALSE(reader.read_padded(std::string_view{buffer}.substr(0, text.size() - 1), packet).ok());
}

TEST_CASE("the scan and the parser agree on mutated texts") {
    struct Ignore {
        void member(std::size_t, std::size_t, std::size_t) const noexcept {}
        void number(std::size_t, std::size_t, bool) const noexcept {}
    };
    const std::vector<std::string> seeds{
        R"({"resource_id":101,"payload":"B\u00e9t \"x\" \ud83d\ude00","packet_index":1,"last_chunk_flag":true})",
        R"({"a":[1,-2.5e+3,true,null,{"b":[]}],"c":"é 東","d":{}})",
    };
    const std::string alphabet = "{}[]\",:\\u0123d8c.eE+-tfn \x80\xc3\xff\x01";
    std::mt19937 random{20240607};  // NOLINT: the same texts on every run
    simdjson::dom::parser parser;
    int accepted = 0;
    for (int round = 0; round < 40000; ++round) {
        std::string text = seeds[random() % seeds.size()];
        for (std::size_t edits = random() % 3 + 1; edits > 0; --edits) {
            const std::size_t at = random() % text.size();
            switch (random() % 3) {
            case 0: text[at] = alphabet[random() % alphabet.size()]; break;
            case 1: text.erase(at, 1); break;
            default: text.insert(at, 1, alphabet[random() % alphabet.size()]); break;
            }
        }
        Ignore ignore;
        const auto fault = sheaf::detail::JsonScan{std::string_view{text}, ignore}.run();
        const auto error = parser.parse(text).error();
        CAPTURE(text);
        // A number out of range is JSON to the scan.
        if (error != simdjson::NUMBER_ERROR || fault.kind != sheaf::detail::JsonFault::Kind::none) {
            CHECK((error == simdjson::SUCCESS) == (fault.kind == sheaf::detail::JsonFault::Kind::none));
        }
        accepted += error == simdjson::SUCCESS ? 1 : 0;
    }
    CHECK(accepted > 1000);
}
