#include <sheaf/distinct/calendar_windows.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

/// What time it is in a partition, and who is counted by that: partitions that start slowly, chains of elements, wrong times that
/// come again, zones and options that change across a restart.

namespace {

using namespace std::chrono_literals;
using sheaf::CalendarWindows;
using sheaf::Period;
using sheaf::Placement;
using sheaf::WindowOptions;
using sheaf::WindowResult;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

constexpr sys_seconds midday = sys_days{std::chrono::July / 11 / 2016} + 12h;

constexpr auto ignored = [](const WindowResult&) {};

std::vector<std::byte> windows_bytes(const auto& windows) {
    std::vector<std::byte> bytes;
    windows.append_snapshot(bytes);
    return bytes;
}

/// A clock that is put back by an hour; or is not any more, by a later law.
struct LawfulZone {
    bool is_changed = true;
    static constexpr sys_seconds change = midday + 30min;
    [[nodiscard]] sheaf::ZoneSpan span_at(sys_seconds time) const {
        if (!is_changed) { return {(sys_seconds::min)(), (sys_seconds::max)(), 2h}; }
        return time < change ? sheaf::ZoneSpan{(sys_seconds::min)(), change, 2h}
                             : sheaf::ZoneSpan{change, (sys_seconds::max)(), 1h};
    }
    [[nodiscard]] static std::string_view name() { return "lawful"; }
};

}  // namespace

TEST_CASE("CalendarWindows: a partition gets its clock though it is idle before enough elements have come") {
    for (const auto apart : {30s, 59s, 61s, 600s}) {
        CAPTURE(apart.count());
        CalendarWindows windows;
        std::size_t closed = 0;
        for (int i = 0; i < 50; ++i) {
            windows.insert({.hash = static_cast<std::uint64_t>(i), .time = midday + i * apart}, i * apart);
            for (const auto now : {i * apart, (i + 1) * apart - 1s}) {
                windows.report([&](const WindowResult& result) { closed += result.closed ? 1 : 0; }, now);
            }
        }
        CHECK(windows.watermark() >= midday + 40 * apart);
        CHECK(closed > 10);
        CHECK(windows.statistics().counted == 50);
        // And so no wrong time is believed.
        CHECK(windows.insert({.hash = 99, .time = midday + std::chrono::years{80}}, 50 * apart) ==
              Placement::waiting);
        windows.finish();
        CHECK(windows.statistics().quarantined == 1);
    }
}

TEST_CASE("CalendarWindows: a slow partition holds back the watermark from its first element on") {
    CalendarWindows windows;
    for (int second = 0; second < 600; ++second) {
        windows.insert({.hash = 1, .time = midday + second * 1s, .partition = 0}, second * 1s);
        if (second % 30 == 0) {
            windows.insert({.hash = 2, .time = midday + (second - 100) * 1s, .partition = 1}, second * 1s);
        }
        windows.report(ignored, second * 1s);
    }
    CHECK(windows.statistics().late == 0);
    CHECK(windows.watermark() > midday);
}

TEST_CASE("CalendarWindows: all of a chain that is confirmed are counted") {
    for (const auto apart : {14min, 16min, 20min, 40min, 59min}) {
        CAPTURE(apart.count());
        CalendarWindows windows;
        for (int i = 0; i < 101; ++i) {
            windows.insert({.hash = static_cast<std::uint64_t>(i), .time = midday + i * apart});
        }
        windows.finish();
        CHECK(windows.statistics().counted == 101);
        CHECK(windows.statistics().quarantined == 0);
    }
    CalendarWindows windows;
    for (int i = 0; i < 4; ++i) {
        windows.insert({.hash = static_cast<std::uint64_t>(i), .time = midday + i * 50min});
    }
    CHECK(windows.statistics().counted == 4);
    CHECK(windows.watermark() == midday);
}

TEST_CASE("CalendarWindows: a wrong time of a partition that ends is told by the other partitions' clocks") {
    for (const bool all_end : {false, true}) {
        CAPTURE(all_end);
        CalendarWindows windows;
        windows.insert({.hash = 1, .time = midday, .partition = 1});
        windows.insert({.hash = 2, .time = midday + std::chrono::years{50}, .partition = 1});
        for (int i = 0; i < 100; ++i) {
            windows.insert({.hash = 3, .time = midday + i * 1s, .partition = 2});
        }
        if (!all_end) { windows.finish_partition(1); }
        windows.finish();
        CHECK(windows.statistics().quarantined == 1);
        CHECK(windows.statistics().counted == 101);
    }
}

TEST_CASE("CalendarWindows: an element that is sent again confirms nothing") {
    CalendarWindows windows;
    const sys_seconds wrong = midday + std::chrono::years{10};
    for (std::uint64_t i = 0; i < 4; ++i) { windows.insert({.hash = i, .time = midday}); }
    for (int i = 0; i < 5; ++i) {
        CHECK(windows.insert({.hash = 7, .time = wrong, .position = 70}) == Placement::waiting);
    }
    CHECK(windows.watermark() == midday);
    // Others of the same user do: they stand elsewhere.
    for (std::uint64_t i = 0; i < 4; ++i) { windows.insert({.hash = 7, .time = wrong, .position = 71 + i}); }
    CHECK(windows.watermark() == wrong);
    // Nor does it put the clock forward by less.
    for (int i = 0; i < 7; ++i) { windows.insert({.hash = 8, .time = wrong + 50min, .position = 80}); }
    CHECK(windows.watermark() == wrong);
    // Without positions nobody can tell.
    for (int i = 0; i < 7; ++i) { windows.insert({.hash = 8, .time = wrong + 55min}); }
    CHECK(windows.watermark() == wrong + 55min);
}

TEST_CASE("CalendarWindows: windows of a zone whose law has changed are restored, again and again") {
    WindowOptions options{.periods = {Period::minute, Period::hour, Period::day}};
    std::optional<CalendarWindows<LawfulZone>> windows{std::in_place, options, LawfulZone{true}};
    const auto insert_hours = [&](int from, int to) {
        for (int minute = from * 60; minute < to * 60; ++minute) {
            windows->insert({.hash = static_cast<std::uint64_t>(minute), .time = midday + minute * 1min});
        }
    };
    insert_hours(0, 3);
    for (const bool is_changed : {false, true, false}) {
        const auto bytes = windows_bytes(*windows);
        windows.emplace(options, LawfulZone{is_changed});
        REQUIRE(windows->restore(bytes).message() == "");
        insert_hours(0, 40);
        CHECK(windows->restore(windows_bytes(*windows)).message() == "");
    }
}

TEST_CASE("CalendarWindows: what was forgotten begins anew, also where retention has become longer since") {
    WindowOptions options{.periods = {Period::minute}};
    CalendarWindows before{options};
    for (int minute = 0; minute < 2 * 24 * 60; ++minute) {
        before.insert({.hash = static_cast<std::uint64_t>(minute), .time = midday + minute * 1min});
        before.report(ignored);
    }
    options.retention.minute = 62 * 24h;
    options.lateness = 60s;
    CalendarWindows after{options};
    REQUIRE(after.restore(windows_bytes(before)).ok());
    CHECK(after.insert({.hash = 1, .time = midday}) == Placement::late);
    std::vector<WindowResult> results;
    after.report([&](const WindowResult& result) { results.push_back(result); });
    REQUIRE(!results.empty());
    CHECK(results.front().window.begin == midday);
    CHECK(results.front().anew);
}

TEST_CASE("CalendarWindows: one user without positions has a clock") {
    CalendarWindows windows;
    for (int i = 0; i < 10'000; ++i) { windows.insert({.hash = 1, .time = midday + i / 100 * 1s}); }
    CHECK(windows.watermark() == midday + 99s);
    CHECK(windows.statistics().quarantined == 0);
}

TEST_CASE("CalendarWindows: those that begin where the clock is bring the watermark back, too") {
    for (const auto off : {0s, 1s}) {
        CAPTURE(off.count());
        WindowOptions options{.periods = {Period::minute}, .lateness = 0s, .retention = {.minute = 0s}};
        CalendarWindows windows{options};
        for (std::uint64_t i = 1; i < 8; ++i) {
            windows.insert({.hash = i, .time = midday, .partition = 2, .position = i}, 0s);
        }
        for (std::uint64_t i = 1; i < 600; ++i) {
            windows.insert({.hash = i, .time = midday + i * 1s, .partition = 1, .position = i}, i * 1s);
            windows.report(ignored, i * 1s);
        }
        for (std::uint64_t i = 8; i < 28; ++i) {
            windows.insert({.hash = i, .time = midday + off, .partition = 2, .position = i}, 600s);
        }
        CHECK(windows.statistics().quarantined == 0);
        CHECK(windows.statistics().waiting == 0);
    }
}

TEST_CASE("CalendarWindows: no element that has been counted brings the watermark back") {
    WindowOptions options{.periods = {Period::minute}, .retention = {.minute = 120s}};
    CalendarWindows windows{options};
    std::optional<sys_seconds> before;
    for (std::uint64_t second = 0; second < 600; ++second) {
        const auto now = second * 1s;
        windows.insert({.hash = second, .time = midday + now, .partition = 1, .position = second + 1}, now);
        if (second % 70 == 0) {
            windows.insert({.hash = second, .time = midday + now, .partition = 2, .position = second + 1},
                           now);
        }
        windows.report([](const WindowResult& result) { CHECK_FALSE(result.anew); }, now);
        CHECK(before <= windows.watermark());
        before = windows.watermark();
    }
    CHECK(windows.statistics().late == 0);
}

TEST_CASE("CalendarWindows: who held back the watermark is counted before it goes on") {
    for (const auto kept : {std::chrono::seconds{0}, std::chrono::seconds{24h}}) {
        WindowOptions options{.periods = {Period::minute}, .retention = {.minute = kept}};
        CalendarWindows windows{options};
        for (std::uint64_t second = 0; second < 200; ++second) {
            const auto now = second * 1s;
            windows.insert({.hash = second, .time = midday + now, .partition = 1}, now);
            if (second == 30 || second == 31) {
                windows.insert({.hash = 1'000, .time = midday + now, .partition = 2}, now);
            }
            windows.report(ignored, now);
        }
        windows.finish();
        CHECK(windows.statistics().late == 0);
        CHECK(windows.statistics().counted == 202);
    }
}

TEST_CASE("CalendarWindows: the last elements of a partition that ends are as good as at the end of all") {
    for (const bool all_end : {false, true}) {
        WindowOptions options{.periods = {Period::minute}, .retention = {.minute = 0s}};
        CalendarWindows windows{options};
        for (int i = 0; i < 10; ++i) {
            windows.insert({.hash = 1, .time = midday + i * 1s, .partition = 2});
            windows.insert({.hash = 1, .time = midday + 100'000s + i * 1s, .partition = 1});
        }
        for (int i = 0; i < 3; ++i) {
            CHECK(windows.insert({.hash = 1, .time = midday + 3'608s + i * 1s, .partition = 2}) ==
                  Placement::waiting);
        }
        if (!all_end) { windows.finish_partition(2); }
        windows.finish();
        CHECK(windows.statistics().quarantined == 0);
        CHECK(windows.statistics().late == 0);
    }
}

TEST_CASE("CalendarWindows: a clock that is known tells wrong times also while the watermark is not") {
    CalendarWindows windows;
    windows.expect_partition(3);
    for (int i = 0; i < 4; ++i) { windows.insert({.hash = 1, .time = midday, .partition = 1}); }
    windows.insert({.hash = 1, .time = midday, .partition = 2});
    windows.insert({.hash = 1, .time = midday + std::chrono::years{6'000}, .partition = 2});
    windows.finish_partition(2);
    CHECK_FALSE(windows.watermark().has_value());
    CHECK(windows.statistics().quarantined == 1);
}

TEST_CASE("CalendarWindows: who sends nothing but what is never confirmed is silent once that is clear") {
    CalendarWindows windows;
    for (std::uint64_t second = 0; second < 2'000; ++second) {
        const auto now = second * 1s;
        windows.insert({.hash = second, .time = midday + now, .partition = 1}, now);
        if (second % 20 == 0) {
            windows.insert({.hash = second, .time = midday - second * 10h, .partition = 2}, now);
        }
        windows.report(ignored, now);
        if (second > 250) { CHECK(windows.watermark() > midday + now - 10s); }
    }
}

TEST_CASE("CalendarWindows: an element without a time makes no partition") {
    CalendarWindows windows{WindowOptions{.idle_timeout = 0s}};
    CHECK(windows.insert({.time = sys_seconds{std::chrono::seconds{1'468'244'384'000}}, .partition = 99}) ==
          Placement::out_of_calendar);
    for (int i = 0; i < 10; ++i) { windows.insert({.hash = 1, .time = midday + i * 1s}); }
    CHECK(windows.watermark() == midday + 6s);
}

TEST_CASE("CalendarWindows: a partition that pauses holds nobody back, and goes on where it was") {
    CalendarWindows windows{{.periods = {Period::day}, .idle_timeout = 0ns}};
    std::uint64_t next = 0;
    const auto insert = [&](std::uint64_t partition, sys_seconds time) {
        return windows.insert({.hash = ++next, .time = time, .partition = partition, .position = next});
    };
    for (int i = 0; i < 10; ++i) { insert(1, midday + i * 1s); }
    // These wait: they are two days ahead, and there are not enough of them.
    for (int i = 0; i < 3; ++i) { CHECK(insert(1, midday + 48h + i * 1s) == Placement::waiting); }
    windows.expect_partition(2);
    windows.pause_partition(2);
    windows.pause_partition(7);  // nobody knows it
    CHECK(windows.watermark() == midday + 6s);
    windows.pause_partition(1);
    for (int i = 0; i < 10; ++i) { insert(3, midday + 1h + i * 1s); }
    CHECK(windows.watermark() == midday + 1h + 6s);

    // Also across a restart.
    CalendarWindows later{{.periods = {Period::day}, .idle_timeout = 0ns}};
    REQUIRE(later.restore(windows_bytes(windows)).ok());
    CHECK(later.statistics().waiting == 3);
    for (int i = 3; i < 5; ++i) {
        ++next;
        later.insert({.hash = next, .time = midday + 48h + i * 1s, .partition = 1, .position = next});
    }
    CHECK(later.statistics().waiting == 0);
    later.finish();
    std::vector<double> counts;
    later.report([&](const WindowResult& result) { counts.push_back(result.count.estimate); });
    CHECK(counts == std::vector<double>{20, 5});
    CHECK(later.statistics().quarantined == 0);
}

TEST_CASE("CalendarWindows: the few elements of a partition that pauses before it has a clock are counted") {
    CalendarWindows windows{{.periods = {Period::day}, .idle_timeout = 0ns}};
    windows.insert({.hash = 1, .time = midday, .partition = 1});
    CHECK(windows.statistics().waiting == 1);
    windows.pause_partition(1);
    CHECK(windows.statistics().counted == 1);
    CHECK_FALSE(windows.watermark().has_value());
}
