#include <sheaf/distinct/window_text.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <string>

namespace {

std::string iso(std::chrono::sys_seconds time, std::chrono::seconds offset = {}) {
    std::string text = "> ";
    sheaf::append_iso_8601(text, time, offset);
    return text;
}

constexpr std::chrono::sys_seconds challenge{std::chrono::seconds{1'468'244'340}};

sheaf::WindowResult minute_result() {
    return {.period = sheaf::Period::minute,
            .window = {challenge, challenge + std::chrono::minutes{1}, {}},
            .count = {16'193.4, 0.00411},
            .exact = false,
            .closed = true,
            .revision = 0};
}

std::string json(const sheaf::WindowResult& result) {
    std::string text;
    sheaf::append_json(text, result);
    return text;
}

}  // namespace

TEST_CASE("times are written as ISO 8601 wants them, in any zone") {
    using namespace std::chrono_literals;
    CHECK(iso(challenge) == "> 2016-07-11T13:39:00Z");
    CHECK(iso(challenge, 2h) == "> 2016-07-11T15:39:00+02:00");
    CHECK(iso(challenge, -(3h + 30min)) == "> 2016-07-11T10:09:00-03:30");
    // Local mean time.
    CHECK(iso(challenge, 34min + 8s) == "> 2016-07-11T14:13:08+00:34:08");
    CHECK(iso(sheaf::earliest_time) == "> 0001-01-01T00:00:00Z");
    CHECK(iso(sheaf::latest_time) == "> 9999-12-31T23:59:59Z");
    CHECK(iso(std::chrono::sys_seconds{-1s}) == "> 1969-12-31T23:59:59Z");
}

TEST_CASE("the result of a window is one JSON object") {
    auto result = minute_result();
    CHECK(json(result) ==
          R"({"period":"minute","start":"2016-07-11T13:39:00Z","ts":1468244340,"count":16193,)"
          R"("error":0.0041,"exact":false,"revision":0,"closed":true})");
    result.period = sheaf::Period::year;
    result.window.offset = std::chrono::hours{2};
    result.count = {12, 0};
    result.exact = true;
    result.closed = false;
    result.revision = 3;
    result.anew = true;
    CHECK(json(result) ==
          R"({"period":"year","start":"2016-07-11T15:39:00+02:00","ts":1468244340,"count":12,)"
          R"("error":0,"exact":true,"revision":3,"closed":false,"anew":true})");
}

TEST_CASE("an error has its first two digits, whatever its size") {
    auto result = minute_result();
    const auto error = [&result](double value) {
        result.count.relative_error = value;
        const std::string text = json(result);
        const auto begin = text.find("\"error\":") + 8;
        return text.substr(begin, text.find(',', begin) - begin);
    };
    CHECK(error(0.41) == "0.41");
    CHECK(error(0.9999) == "1.00");
    CHECK(error(1.25) == "1.25");
    CHECK(error(0.0999) == "0.10");
    CHECK(error(0.004) == "0.0040");
    CHECK(error(0.0000321) == "0.000032");
    CHECK(error(1e-30) == "0.000000000000000000");
    CHECK(error(0) == "0");
}
