#include <sheaf/sink/result_text.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace std::string_view_literals;

struct Owner final : sheaf::detail::PayloadOwner {
    std::string text;
    explicit Owner(std::string_view t)
        : text{t} {}
    [[nodiscard]] std::span<const std::byte> payload_bytes() const noexcept override {
        return std::as_bytes(std::span{text});
    }
    void destroy() noexcept override {}
};

std::string json_string(std::string_view text) {
    std::string out;
    sheaf::detail::append_json_string(out, text);
    return out;
}

std::string base64(std::string_view text) {
    std::string out;
    sheaf::detail::append_base64(out, std::as_bytes(std::span{text}));
    return out;
}

template <class Event>
std::string json(const Event& event) {
    std::string out = "before ";
    append_json(out, event);
    CHECK(out.starts_with("before "));
    return out.substr(7);
}

template <class Output>
std::string lines(const Output& output) {
    std::string out;
    sheaf::append_lines(out, output);
    return out;
}

struct OwnId {
    int major_part = 0;
    int minor_part = 0;
    friend std::string id_text(const OwnId& id) {
        return std::to_string(id.major_part) + "/\"" + std::to_string(id.minor_part);
    }
};

}  // namespace

TEST_CASE("a Completed as JSON") {
    sheaf::Completed<> event;
    event.id = 101;
    event.incarnation = 0xBEEF;
    event.name = std::make_shared<const std::string>("words");
    event.output = {3, 0, 4294967295U};
    CHECK(json(event) == R"({"resource_id":101,"output":[3,0,4294967295],"delivery_id":"words/101/beef"})");
    event.output.clear();
    event.id = std::numeric_limits<std::uint64_t>::max();
    CHECK(
        json(event) ==
        R"({"resource_id":18446744073709551615,"output":[],"delivery_id":"words/18446744073709551615/beef"})");
}

TEST_CASE("ids of other types") {
    sheaf::Completed<std::vector<int>, std::string> text;
    text.id = "a\"b\n\xFF";
    text.output = {-1};
    CHECK(json(text) == "{\"resource_id\":\"a\\\"b\\u000a\xEF\xBF\xBD\",\"output\":[-1],"
                        "\"delivery_id\":\"/a\\\"b\\u000a\xEF\xBF\xBD/0\"}");
    sheaf::Completed<std::vector<int>, std::int32_t> negative;
    negative.id = -5;
    CHECK(json(negative) == R"({"resource_id":-5,"output":[],"delivery_id":"/-5/0"})");
    sheaf::Completed<std::vector<int>, OwnId> own;
    own.id = {1, 2};
    CHECK(json(own) == R"({"resource_id":"1/\"2","output":[],"delivery_id":"/1/\"2/0"})");
}

TEST_CASE("an Incomplete as JSON") {
    Owner owner{"fo"};  // outlives the event
    sheaf::Incomplete<> event;
    event.id = 7;
    CHECK(json(event) ==
          R"({"resource_id":7,"reason":"cancelled","missing":[],"last_index":null,"output":[],)"
          R"("chunks":{},"payloads":{},"delivery_id":"/7/0"})");

    event.reason = sheaf::IncompleteReason::gap_timeout;
    event.missing = {{2, 2}, {5, 9223372036854775806U}};
    event.last_index = 9223372036854775807U;
    event.output = {1, 2};
    event.chunks = {{3, {4, 5}}, {4, {}}};
    event.payloads = {{9223372036854775807U, sheaf::SharedPayload{owner}}, {0, {}}};
    CHECK(json(event) ==
          R"({"resource_id":7,"reason":"gap_timeout","missing":[[2,2],[5,9223372036854775806]],)"
          R"("last_index":9223372036854775807,"output":[1,2],"chunks":{"3":[4,5],"4":[]},)"
          R"("payloads":{"9223372036854775807":"Zm8=","0":""},"delivery_id":"/7/0"})");
}

TEST_CASE("chunks may differ from the output, and bytes are numbers") {
    sheaf::Incomplete<std::vector<std::byte>, std::uint64_t, std::array<std::int8_t, 2>> event;
    event.output = {std::byte{0}, std::byte{255}};
    event.chunks = {{1, {-128, 127}}};
    const auto text = json(event);
    CHECK(text.find(R"("output":[0,255])") != std::string::npos);
    CHECK(text.find(R"("chunks":{"1":[-128,127]})") != std::string::npos);
}

TEST_CASE("one integer a line") {
    CHECK(lines(std::vector<std::uint32_t>{}).empty());
    CHECK(lines(std::vector<std::uint32_t>{5}) == "5\n");
    CHECK(lines(std::vector<std::byte>{std::byte{1}, std::byte{200}}) == "1\n200\n");
    CHECK(lines(std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::min()}) ==
          "-9223372036854775808\n");
    std::mt19937_64 random{1};
    std::vector<std::uint64_t> numbers;
    std::string expected;
    for (int i = 0; i < 20'000; ++i) {
        numbers.push_back(random() >> (random() % 64));  // all lengths, over many blocks of the formatter
        expected += std::to_string(numbers.back()) + '\n';
    }
    CHECK(lines(numbers) == expected);
}

TEST_CASE("JSON strings: escapes") {
    CHECK(json_string("") == R"("")");
    CHECK(json_string("plain / text") == R"("plain / text")");
    CHECK(json_string("\"\\") == R"("\"\\")");
    CHECK(json_string("\0\x01\x1F\x7F"sv) == "\"\\u0000\\u0001\\u001f\x7F\"");
}

TEST_CASE("JSON strings: well-formed UTF-8 stays") {
    for (const auto text :
         {"\xC2\x80"sv, "\xDF\xBF"sv, "\xE0\xA0\x80"sv, "\xED\x9F\xBF"sv, "\xEE\x80\x80"sv, "\xEF\xBF\xBF"sv,
          "\xF0\x90\x80\x80"sv, "\xF4\x8F\xBF\xBF"sv, "a\xC3\xBC\xE2\x82\xAC\xF0\x9F\x8D\x8Ez"sv}) {
        CHECK(json_string(text) == '"' + std::string{text} + '"');
    }
}

TEST_CASE("JSON strings: what is not UTF-8 becomes U+FFFD, one a maximal subpart") {
    // Number of replacements, from the examples of the Unicode standard (section 3.9, tables 3-8 to 3-11)
    // and more.
    const std::vector<std::pair<std::string_view, int>> rows{
        {"\x80", 1},
        {"\xFF\xFE", 2},
        {"\xC0\xAF\xE0\x80\xBF\xF0\x81\x82", 8},  // overlong
        {"\xED\xA0\x80\xED\xBF\xBF\xED\xAF", 8},  // surrogates
        {"\xF4\x91\x92\x93\xFF\x80\xBF", 7},      // above U+10FFFF
        {"\xE1\x80\xE2\xF0\x91\x92\xF1\xBF", 4},  // truncated
        {"\xC3", 1},
        {"\xE2\x82", 1},
        {"\xF0\x9F\x8D", 1},
        {"\xF5\x80\x80\x80", 4},
    };
    for (const auto& row : rows) {
        const auto text = row.first;
        const int count = row.second;
        std::string expected = "\"";
        for (int i = 0; i < count; ++i) { expected += "\xEF\xBF\xBD"; }
        CAPTURE(count);
        CHECK(json_string(text) == expected + '"');
        CHECK(json_string(std::string{text} + "x") == expected + "x\"");
    }
    CHECK(json_string("\xC3\"") == "\"\xEF\xBF\xBD\\\"\"");  // a quote is never swallowed
}

TEST_CASE("base64: the vectors of RFC 4648") {
    CHECK(base64("").empty());
    CHECK(base64("f") == "Zg==");
    CHECK(base64("fo") == "Zm8=");
    CHECK(base64("foo") == "Zm9v");
    CHECK(base64("foob") == "Zm9vYg==");
    CHECK(base64("fooba") == "Zm9vYmE=");
    CHECK(base64("foobar") == "Zm9vYmFy");
    CHECK(base64("\xFB\xFF\xFE\x00"sv) == "+//+AA==");
}
