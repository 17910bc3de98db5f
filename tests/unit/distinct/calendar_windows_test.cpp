#include <seeds.hpp>
#include <sheaf/distinct/calendar_windows.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <new>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using sheaf::CalendarWindows;
using sheaf::Period;
using sheaf::Placement;
using sheaf::WindowOptions;
using sheaf::WindowResult;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

constexpr sys_seconds noon = sys_days{std::chrono::July / 11 / 2016} + 12h;  // a Monday

/// `minute 12:00 2` for a closed window, `minute 12:00 2 #1` for its first revision, `minute 12:00 2?` for an open one,
/// `minute 12:00 2 anew` for one that may have been forgotten.
std::string line_of(const WindowResult& result) {
    const auto begin = result.window.begin + result.window.offset;
    const auto day = std::chrono::floor<std::chrono::days>(begin);
    const std::chrono::year_month_day date{day};
    const auto minutes = std::chrono::floor<std::chrono::minutes>(begin - day).count();
    const auto two_digits = [](auto number) { return (number < 10 ? "0" : "") + std::to_string(number); };
    std::string text{to_string(result.period)};
    text += ' ';
    if (result.period <= Period::hour) {
        text += two_digits(minutes / 60) + ':' + two_digits(minutes % 60);
    } else {
        text += std::to_string(int{date.year()}) + '-' + two_digits(unsigned{date.month()}) + '-' +
                two_digits(unsigned{date.day()});
    }
    text += ' ' + std::to_string(static_cast<int>(result.count.estimate));
    if (!result.closed) { text += '?'; }
    if (result.revision != 0) { text += " #" + std::to_string(result.revision); }
    if (result.anew) { text += " anew"; }
    return text;
}

using Texts = std::vector<std::string>;

template <class Zone>
Texts emitted(CalendarWindows<Zone>& windows, std::chrono::nanoseconds now = 0s) {
    Texts texts;
    windows.report([&](const WindowResult& result) { texts.push_back(line_of(result)); }, now);
    return texts;
}

/// Elements 1, 2, 3 … of one time, as many as confirm it.
template <class Zone>
void insert_some(CalendarWindows<Zone>& windows,
                 sys_seconds time,
                 std::uint64_t partition = 0,
                 std::chrono::nanoseconds now = 0s) {
    for (std::uint64_t i = 0; i <= windows.options().confirmations; ++i) {
        windows.insert({.hash = i, .time = time, .partition = partition}, now);
    }
}

WindowOptions minutes_and_hours() { return {.periods = {Period::minute, Period::hour}}; }

}  // namespace

TEST_CASE("CalendarWindows: a window closes once the watermark has passed its end by the lateness") {
    CalendarWindows windows{minutes_and_hours()};
    CHECK_FALSE(windows.watermark());
    insert_some(windows, noon + 59s);
    CHECK(windows.watermark() == noon + 59s);
    CHECK(windows.insert({.hash = 7, .time = noon + 64s}) == Placement::counted);
    CHECK(windows.watermark() == noon + 59s);
    for (int i = 0; i < 3; ++i) { windows.insert({.hash = 7, .time = noon + 64s}); }
    CHECK(windows.watermark() == noon + 64s);
    CHECK(emitted(windows).empty());
    insert_some(windows, noon + 65s);
    CHECK(emitted(windows) == Texts{"minute 12:00 4"});
    CHECK(emitted(windows).empty());

    windows.finish();
    CHECK(emitted(windows) == Texts{"minute 12:01 5", "hour 12:00 5"});
    CHECK(emitted(windows).empty());
}

TEST_CASE("CalendarWindows: all six periods, each element once in each") {
    CalendarWindows windows;
    insert_some(windows, noon + 1h);
    insert_some(windows, noon + 2h);  // the same again
    insert_some(windows, noon + 24h);
    insert_some(windows, noon + 31 * 24h);
    windows.insert({.hash = 99, .time = noon + 31 * 24h});
    windows.finish();
    CHECK(emitted(windows) == Texts{"minute 13:00 4", "hour 13:00 4", "minute 14:00 4", "hour 14:00 4",
                                    "day 2016-07-11 4", "minute 12:00 4", "hour 12:00 4", "day 2016-07-12 4",
                                    "week 2016-07-11 4", "month 2016-07-01 4", "minute 12:00 5",
                                    "hour 12:00 5", "day 2016-08-11 5", "week 2016-08-08 5",
                                    "month 2016-08-01 5", "year 2016-01-01 5"});
    CHECK(windows.statistics().elements == 17);
    CHECK(windows.statistics().counted == 17);
}

TEST_CASE("CalendarWindows: a late element revises the windows whose count it changes") {
    CalendarWindows windows{minutes_and_hours()};
    insert_some(windows, noon);
    insert_some(windows, noon + 2min + 5s);
    CHECK(emitted(windows) == Texts{"minute 12:00 4"});
    CHECK(windows.insert({.hash = 0, .time = noon}) == Placement::late);  // known there
    CHECK(emitted(windows).empty());
    CHECK(windows.insert({.hash = 50, .time = noon}) == Placement::late);
    CHECK(windows.insert({.hash = 51, .time = noon}) == Placement::late);
    CHECK(emitted(windows) == Texts{"minute 12:00 6 #1"});
    CHECK(windows.insert({.hash = 52, .time = noon + 1min}) == Placement::late);  // had no element
    CHECK(emitted(windows) == Texts{"minute 12:01 1"});
    insert_some(windows, noon + 1h + 5s);
    CHECK(emitted(windows) == Texts{"minute 12:02 4", "hour 12:00 7"});
    CHECK(windows.insert({.hash = 52, .time = noon}) == Placement::late);  // known in the hour
    CHECK(emitted(windows) == Texts{"minute 12:00 7 #2"});
    CHECK(windows.insert({.hash = 53, .time = noon}) == Placement::late);
    CHECK(emitted(windows) == Texts{"minute 12:00 8 #3", "hour 12:00 8 #1"});
    CHECK(windows.statistics().late == 6);
    CHECK(windows.statistics().revisions == 4);
}

TEST_CASE("CalendarWindows: what is no longer kept is counted in the longer windows only") {
    auto options = minutes_and_hours();
    options.retention.minute = 10min;
    CalendarWindows windows{options};
    insert_some(windows, noon);
    insert_some(windows, noon + 11min + 4s);
    CHECK(windows.insert({.hash = 50, .time = noon}) == Placement::late);
    insert_some(windows, noon + 11min + 5s);
    CHECK(windows.insert({.hash = 51, .time = noon}) == Placement::beyond_retention);
    CHECK(emitted(windows) == Texts{"minute 12:00 5"});
    CHECK(windows.held().windows == 2);
    windows.finish();
    CHECK(emitted(windows) == Texts{"minute 12:11 4", "hour 12:00 6"});
    CHECK(windows.statistics().beyond_retention == 1);
}

TEST_CASE("CalendarWindows: no flipped bit moves the clock") {
    for (const sys_seconds now : {noon, noon - std::chrono::years{10}, noon + std::chrono::years{30}}) {
        for (unsigned bit = 0; bit < 64; ++bit) {
            CAPTURE(bit);
            CalendarWindows windows;
            std::uint64_t position = 0;
            for (int second = 0; second < 50; ++second) { insert_some(windows, now + second * 1s); }
            const auto flipped =
                static_cast<std::uint64_t>((now + 50s).time_since_epoch().count()) ^ std::uint64_t{1} << bit;
            const sheaf::WindowElement wild{
                99, sys_seconds{std::chrono::seconds{static_cast<std::int64_t>(flipped)}}, 0, ++position};
            const auto placement = windows.insert(wild);
            CHECK(windows.watermark() == now + 49s);
            for (int second = 50; second < 60; ++second) { insert_some(windows, now + second * 1s); }
            CHECK(windows.watermark() == now + 59s);
            if (bit >= 30) {
                CHECK((placement == Placement::waiting || placement == Placement::out_of_calendar));
                CHECK(windows.statistics().quarantined + windows.statistics().out_of_calendar == 1);
            }
            std::vector<sheaf::WindowElement> quarantined;
            windows.report_quarantined([&](const auto& element) { quarantined.push_back(element); });
            if (windows.statistics().quarantined == 1) { CHECK(quarantined == std::vector{wild}); }
            CHECK(windows.statistics().leaps == 1);  // the first time
        }
    }
}

TEST_CASE("CalendarWindows: after a pause the clock leaps as soon as the new time is confirmed") {
    CalendarWindows windows{minutes_and_hours()};
    insert_some(windows, noon);
    const sys_seconds later = noon + 10h;
    CHECK(windows.insert({.hash = 1, .time = later}) == Placement::waiting);
    CHECK(windows.insert({.hash = 2, .time = later + 20min}) == Placement::waiting);
    CHECK(windows.insert({.hash = 3, .time = later + 21min}) == Placement::waiting);
    CHECK(windows.insert({.hash = 3, .time = later + 3h}) == Placement::waiting);  // near nobody
    CHECK(windows.statistics().waiting == 4);
    CHECK(windows.watermark() == noon);
    CHECK(windows.insert({.hash = 4, .time = later + 22min}) == Placement::counted);
    CHECK(windows.statistics().waiting == 1);
    CHECK(windows.statistics().leaps == 2);
    CHECK(windows.watermark() == later);
    CHECK(emitted(windows) == Texts{"minute 12:00 4", "hour 12:00 4"});
    for (std::uint64_t i = 0; i < 7; ++i) { windows.insert({.hash = i, .time = later + 22min}); }
    CHECK(windows.statistics().quarantined == 1);
    CHECK(windows.watermark() == later + 22min);
}

TEST_CASE("CalendarWindows: confirmed elements that are older than all that is kept begin anew") {
    CalendarWindows windows{minutes_and_hours()};
    insert_some(windows, noon);
    const sys_seconds past = noon - std::chrono::days{3'650};
    for (std::uint64_t i = 0; i < 3; ++i) {
        CHECK(windows.insert({.hash = i, .time = past}) == Placement::waiting);
    }
    CHECK(windows.insert({.hash = 3, .time = past}) == Placement::counted);
    CHECK(windows.watermark() == past);
    insert_some(windows, past + 70s);
    CHECK(emitted(windows) == Texts{"minute 12:00 4 anew"});
    insert_some(windows, noon);
    CHECK(windows.watermark() == noon);
    CHECK(emitted(windows) == Texts{"minute 12:01 4 anew", "hour 12:00 4 anew"});
    windows.finish();
    CHECK(emitted(windows) == Texts{"minute 12:00 4", "hour 12:00 4"});
    CHECK(windows.statistics().counted == 16);
}

TEST_CASE("CalendarWindows: the slowest partition holds back the watermark, until it is idle or has ended") {
    auto options = minutes_and_hours();
    options.idle_timeout = 10s;
    CalendarWindows windows{options};
    windows.expect_partition(7, 0s);
    insert_some(windows, noon, 1, 1s);
    insert_some(windows, noon + 5min, 1, 1s);
    CHECK_FALSE(windows.watermark());
    CHECK(emitted(windows, 9s).empty());
    insert_some(windows, noon + 5min, 1, 9s);
    CHECK(emitted(windows, 10s) == Texts{"minute 12:00 4"});
    insert_some(windows, noon + 2min, 2, 11s);
    insert_some(windows, noon + 20min, 1, 12s);
    CHECK(windows.watermark() == noon + 5min);  // it never goes back
    CHECK(emitted(windows, 12s) == Texts{"minute 12:02 4"});
    windows.finish_partition(2);
    CHECK(windows.watermark() == noon + 20min);
    CHECK(emitted(windows, 12s) == Texts{"minute 12:05 4"});
    insert_some(windows, noon + 21min + 5s, 2, 20s);
    insert_some(windows, noon + 50min, 1, 20s);
    CHECK(windows.watermark() == noon + 21min + 5s);
    CHECK(emitted(windows, 24s) == Texts{"minute 12:20 4"});
    CHECK(emitted(windows, 24s).empty());
}

TEST_CASE("CalendarWindows: who falls idle or ends before a time is confirmed is believed") {
    for (const bool ends : {false, true}) {
        CalendarWindows windows{minutes_and_hours()};
        CHECK(windows.insert({.hash = 1, .time = noon}) == Placement::waiting);
        CHECK(windows.insert({.hash = 2, .time = noon + 5h}) == Placement::waiting);
        if (ends) {
            windows.finish_partition(0);
        } else {
            CHECK(emitted(windows, 1h).empty());
        }
        CHECK(windows.statistics().waiting == 0);
        CHECK(windows.statistics().counted == 2);
        windows.finish();
        CHECK(emitted(windows, 1h) ==
              Texts{"minute 12:00 1", "hour 12:00 1", "minute 17:00 1", "hour 17:00 1"});
    }
}

TEST_CASE("CalendarWindows: no wrong time of a partition that ends or falls idle moves the watermark") {
    for (const bool ends : {false, true}) {
        for (const std::uint64_t stranger : {0U, 9U}) {
            CAPTURE(ends);
            CAPTURE(stranger);
            CalendarWindows windows{minutes_and_hours()};
            insert_some(windows, noon, 5, 1s);
            windows.insert({.hash = 1, .time = noon + std::chrono::years{100}, .partition = stranger}, 1s);
            if (ends) {
                windows.finish_partition(5);
                windows.finish_partition(stranger);
                CHECK(windows.statistics().quarantined == 1);
            } else {
                CHECK(emitted(windows, 100s).empty());
                CHECK(windows.statistics().waiting == 1);
            }
            CHECK(windows.watermark() == noon);
            CHECK(windows.held().windows == 2);
        }
    }
}

TEST_CASE(
    "CalendarWindows: who waits is counted once its time is kept, whichever partition brought that about") {
    CalendarWindows windows{minutes_and_hours()};
    const sys_seconds past = noon - std::chrono::days{3'650};
    for (const std::uint64_t partition : {0U, 1U}) { insert_some(windows, noon, partition); }
    for (std::uint64_t i = 0; i < 50; ++i) {
        windows.insert({.hash = i, .time = past + i * 1s, .partition = i % 2, .position = i});
    }
    CHECK(windows.statistics().quarantined == 0);
    CHECK(windows.statistics().waiting == 0);
    std::vector<WindowResult> results;
    windows.finish();
    windows.report([&](const WindowResult& result) { results.push_back(result); });
    REQUIRE(results.size() == 4);
    CHECK(results[0].count.estimate == 50);
    CHECK(results[0].anew);  // of that time nothing was kept
    CHECK_FALSE(results[3].anew);
}

TEST_CASE(
    "CalendarWindows: a window that closes is reported as closed, though it was reported as open just so") {
    WindowOptions options{.periods = {Period::minute}, .update_every = 1s};
    CalendarWindows windows{options};
    insert_some(windows, noon, 0, 1s);
    CHECK(emitted(windows, 1s).empty());
    insert_some(windows, noon + 2min, 0, 1s);
    CHECK(emitted(windows, 1s) == Texts{"minute 12:00 4"});
    // The clock goes back by two days, and the minute is open again.
    insert_some(windows, noon - 48h, 0, 1s);
    windows.insert({.hash = 50, .time = noon, .partition = 1}, 1s);
    insert_some(windows, noon, 1, 1s);
    CHECK(emitted(windows, 2s) == Texts{"minute 12:00 4? anew", "minute 12:00 5? #1", "minute 12:02 4?"});
    insert_some(windows, noon + 3min, 0, 2s);
    insert_some(windows, noon + 3min, 1, 2s);
    CHECK(emitted(windows, 2s) == Texts{"minute 12:00 4 anew", "minute 12:00 5 #1"});
}

TEST_CASE("CalendarWindows: times at the end of the calendar") {
    for (const Period period : sheaf::all_periods) {
        CalendarWindows windows{WindowOptions{.periods = {period}, .confirmations = 0}};
        CHECK(windows.insert({.hash = 1, .time = sheaf::latest_time}) == Placement::counted);
        for (const auto time : {sheaf::latest_time + 1s, sys_seconds::max(), sys_seconds::min()}) {
            CHECK(windows.insert({.hash = 2, .time = time}) == Placement::out_of_calendar);
        }
        std::vector<std::byte> bytes;
        windows.append_snapshot(bytes);
        CalendarWindows again{WindowOptions{.periods = {period}, .confirmations = 0}};
        CHECK(again.restore(bytes).message().empty());
        for (const auto now : {std::chrono::nanoseconds::max(), std::chrono::nanoseconds::min()}) {
            windows.insert({.hash = 3, .time = sheaf::latest_time}, now);
            windows.report([](const WindowResult&) {}, now);
        }
    }
}

TEST_CASE("CalendarWindows: positions hold back nobody") {
    CalendarWindows windows{minutes_and_hours()};
    const std::vector<std::byte> position(3);
    windows.set_position(99, position);
    insert_some(windows, noon);
    CHECK(windows.watermark() == noon);
    CHECK(windows.position(99).size() == 3);
}

TEST_CASE("CalendarWindows: a partition that sends nothing but wrong times holds back nobody") {
    CalendarWindows windows{minutes_and_hours()};
    insert_some(windows, noon, 0, 1s);
    insert_some(windows, noon, 1, 1s);
    for (int second = 2; second < 200; ++second) {
        insert_some(windows, noon + second * 1s, 0, second * 1s);
        windows.insert({.hash = 1, .time = sheaf::latest_time - second * 24h, .partition = 1}, second * 1s);
        emitted(windows, second * 1s);
    }
    CHECK(windows.watermark() == noon + 199s);
}

TEST_CASE("CalendarWindows: open windows are reported at intervals, if they have changed") {
    auto options = minutes_and_hours();
    options.update_every = 5s;
    CalendarWindows windows{options};
    insert_some(windows, noon);
    CHECK(emitted(windows, 100s).empty());
    CHECK(emitted(windows, 104s).empty());
    CHECK(emitted(windows, 105s) == Texts{"minute 12:00 4?", "hour 12:00 4?"});
    CHECK(emitted(windows, 200s).empty());
    windows.insert({.hash = 0, .time = noon});
    CHECK(emitted(windows, 300s).empty());  // no other count
    windows.insert({.hash = 9, .time = noon});
    CHECK(emitted(windows, 301s).empty());
    CHECK(emitted(windows, 305s) == Texts{"minute 12:00 5?", "hour 12:00 5?"});
    windows.finish();
    CHECK(emitted(windows, 306s) == Texts{"minute 12:00 5", "hour 12:00 5"});
}

TEST_CASE("CalendarWindows: a report that throws comes again") {
    CalendarWindows windows{minutes_and_hours()};
    insert_some(windows, noon);
    insert_some(windows, noon + 1min);
    windows.finish();
    Texts texts;
    const auto fail_at = [&](std::size_t count) {
        windows.report([&](const WindowResult& result) {
            if (texts.size() == count) { throw std::runtime_error{"full"}; }
            texts.push_back(line_of(result));
        });
    };
    CHECK_THROWS_WITH(fail_at(0), "full");
    CHECK_THROWS_WITH(fail_at(1), "full");
    CHECK(texts == Texts{"minute 12:00 4"});
    CHECK(emitted(windows) == Texts{"minute 12:01 4", "hour 12:00 4"});
}

TEST_CASE("CalendarWindows: with no confirmations every time is believed at once") {
    auto options = minutes_and_hours();
    options.confirmations = 0;
    CalendarWindows windows{options};
    CHECK(windows.insert({.hash = 1, .time = noon}) == Placement::counted);
    CHECK(windows.insert({.hash = 1, .time = noon + 9h}) == Placement::counted);
    CHECK(windows.watermark() == noon + 9h);
    CHECK(windows.statistics().quarantined == 0);
}

TEST_CASE("CalendarWindows: options that make no sense are refused by name") {
    const auto error_of = [](const std::function<void(WindowOptions&)>& change) {
        WindowOptions options;
        change(options);
        try {
            CalendarWindows windows{options};
        } catch (const std::invalid_argument& error) { return std::string{error.what()}; }
        return std::string{"none"};
    };
    CHECK(error_of([](auto&) {}) == "none");
    CHECK(error_of([](auto& options) { options.periods = {}; }) ==
          "sheaf: WindowOptions.periods: there is nothing to count");
    CHECK(error_of([](auto& options) { options.precision = 1; }) ==
          "sheaf: WindowOptions.precision is from 2 to 26");
    CHECK(error_of([](auto& options) { options.precision = 27; }).find("precision") != std::string::npos);
    CHECK(error_of([](auto& options) { options.lateness = -1s; }) ==
          "sheaf: WindowOptions.lateness is from 0 to 10,000 years");
    CHECK(error_of([](auto& options) { options.max_jump = std::chrono::seconds::max(); }) ==
          "sheaf: WindowOptions.max_jump is from 0 to 10,000 years");
    CHECK(error_of([](auto& options) { options.confirmations = 1'001; }) ==
          "sheaf: WindowOptions.confirmations is at most 1,000");
    CHECK(error_of([](auto& options) { options.idle_timeout = -1s; }) ==
          "sheaf: WindowOptions.idle_timeout is from 0 to 100 years");
    CHECK(error_of([](auto& options) { options.update_every = 24h * 36'526; }) ==
          "sheaf: WindowOptions.update_every is from 0 to 100 years");
    CHECK(error_of([](auto& options) { options.retention.year = -1s; }) ==
          "sheaf: WindowOptions.retention.year is from 0 to 10,000 years");
    CHECK(error_of([](auto& options) { options.retention.minute = 24h * 8; }) ==
          "sheaf: WindowOptions.retention.hour is less than that of the minutes in it");
    // Only what is counted matters.
    CHECK(error_of([](auto& options) {
              options.periods = {Period::minute, Period::year};
              options.retention.minute = 24h * 8;
          }) == "none");
}

TEST_CASE("CalendarWindows: names of placements") {
    std::set<std::string_view> names;
    for (const auto placement :
         {Placement::counted, Placement::late, Placement::beyond_retention, Placement::waiting,
          Placement::out_of_calendar, static_cast<Placement>(99)}) {
        names.insert(to_string(placement));
    }
    CHECK(names == std::set<std::string_view>{"counted", "late", "beyond_retention", "waiting",
                                              "out_of_calendar", "unknown"});
}

TEST_CASE("CalendarWindows: memory is bounded by retention") {
    auto options = minutes_and_hours();
    options.retention.minute = 2h;
    options.retention.hour = 3h;
    options.precision = 4;
    CalendarWindows windows{options};
    std::size_t most = 0;
    for (int minute = 0; minute < 3'000; ++minute) {
        insert_some(windows, noon + minute * 1min);
        windows.report([](const WindowResult&) {});
        most = std::max(most, windows.held().windows);
    }
    // At a full hour the watermark has just reached the end of the last minute, which is open for five seconds more: that
    // and two hours of minutes before it, and the minute that begins; and so of hours.
    CHECK(most == (120 + 2) + (3 + 2));
}
