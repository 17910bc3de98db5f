#include "../../../examples/driver/support/quantity.hpp"
#include "../../../examples/driver/uri.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string_view>

using namespace std::chrono_literals;
using driver::format_duration;
using driver::format_size;
using driver::parse_duration;
using driver::parse_size;
using driver::Uri;

TEST_CASE("durations") {
    CHECK(parse_duration("60s") == 60s);
    CHECK(parse_duration("500ms") == 500ms);
    CHECK(parse_duration("2m") == 2min);
    CHECK(parse_duration("1h") == 1h);
    CHECK(parse_duration("3d") == 72h);
    CHECK(parse_duration("250us") == 250us);
    CHECK(parse_duration("7ns") == 7ns);
    CHECK(parse_duration("0") == 0s);
    CHECK(parse_duration("0s") == 0s);
    for (const char* text :
         {"", "5", "s", "-1s", "1.5s", "5 s", "5S", "5sec", "999999999999h", "18446744073709551616s"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_duration(text));
    }
    for (const char* text : {"60s", "120s", "10m", "500ms", "2h", "0", "7ns", "90s"}) {
        CHECK(parse_duration(format_duration(*parse_duration(text))) == parse_duration(text));
    }
    CHECK(format_duration(60s) == "60s");
    CHECK(format_duration(10min) == "10m");
    CHECK(format_duration(20ms) == "20ms");
}

TEST_CASE("sizes") {
    CHECK(parse_size("256MiB") == 256U << 20U);
    CHECK(parse_size("64KiB") == 64U << 10U);
    CHECK(parse_size("64KB") == 64'000U);
    CHECK(parse_size("4096") == 4096U);
    CHECK(parse_size("0") == 0U);
    for (const char* text : {"", "MiB", "-1", "1.5MiB", "1 MiB", "1mib", "9999999TiB"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_size(text));
    }
    CHECK(format_size(256U << 20U) == "256MiB");
    CHECK(format_size(1000) == "1000");
}

TEST_CASE("URIs and paths") {
    const auto is = [](std::string_view text, std::string_view scheme, std::string_view rest) {
        const Uri uri = Uri::parse(text);
        return uri.scheme == scheme && uri.rest == rest;
    };
    CHECK(is("stdin:", "stdin", ""));
    CHECK(is("dir:out/a:b", "dir", "out/a:b"));
    CHECK(is("kafka://host:9092/topic", "kafka", "//host:9092/topic"));
    CHECK(is("packets.jsonl", "", "packets.jsonl"));
    CHECK(is("./a:b", "", "./a:b"));
    CHECK(is("/tmp/a:b", "", "/tmp/a:b"));
}
