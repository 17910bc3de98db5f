#include <sheaf/distinct/calendar.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

namespace {

using namespace std::chrono_literals;
using sheaf::Calendar;
using sheaf::Period;
using sheaf::TimeWindow;
using sheaf::ZoneSpan;
using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

TimeWindow utc_window(sys_seconds begin, sys_seconds end) { return {begin, end, 0s}; }

/// What `std::chrono::time_zone` and `date::time_zone` look like: it begins a new span at each year, as where
/// only the abbreviation changes, and has a clock that is put forward by 20 minutes in mid-2020.
struct YearlyZone {
    struct Info {
        sys_seconds begin;
        sys_seconds end;
        std::chrono::seconds offset;
    };
    static constexpr sys_seconds change = sys_days{std::chrono::June / 15 / 2020} + 12h;

    [[nodiscard]] Info get_info(sys_seconds time) const {
        ++questions;
        const auto year = std::chrono::year_month_day{std::chrono::floor<days>(time)}.year();
        Info info{sys_days{year / 1 / 1}, sys_days{(year + std::chrono::years{1}) / 1 / 1},
                  time < change ? 1h : 80min};
        if (time < change) {
            info.end = (std::min)(info.end, change);
        } else {
            info.begin = (std::max)(info.begin, change);
        }
        return info;
    }
    [[nodiscard]] static std::string_view name() { return "Yearly"; }
    mutable int questions = 0;
};

/// A clock that is changed once.
struct OnceChangedZone {
    sys_seconds change;
    std::chrono::seconds before;
    std::chrono::seconds after;
    [[nodiscard]] ZoneSpan span_at(sys_seconds time) const {
        return time < change ? ZoneSpan{(sys_seconds::min)(), change, before}
                             : ZoneSpan{change, (sys_seconds::max)(), after};
    }
    [[nodiscard]] static std::string_view name() { return "once"; }
};

}  // namespace

TEST_CASE("Calendar: the windows of 400 years are those of the C++20 calendar") {
    Calendar<> calendar;
    const auto first = sys_days{std::chrono::January / 1 / 1799};
    const auto last = sys_days{std::chrono::January / 1 / 2201};
    sys_days week = first - days{1};  // 1799 began with a Tuesday
    sys_days month = first;
    sys_days year = first;
    REQUIRE(std::chrono::weekday{week} == std::chrono::Monday);
    for (sys_days day = first; day < last; day += days{1}) {
        const std::chrono::year_month_day date{day};
        if (std::chrono::weekday{day} == std::chrono::Monday) { week = day; }
        if (date.day() == std::chrono::day{1}) { month = day; }
        if (date.day() == std::chrono::day{1} && date.month() == std::chrono::January) { year = day; }
        const sys_days next_month =
            std::chrono::year_month_day_last{date.year() / date.month() / std::chrono::last}
                .operator sys_days() +
            days{1};
        // The first second, the last, or one between: as weeks have seven days, each kind of day gets all three.
        const auto number = (day - first).count();
        const auto second = number % 3 == 0 ? 0 : number % 3 == 1 ? 86'399 : number * 7'919 % 86'400;
        const auto time = day + std::chrono::seconds{second};
        REQUIRE(calendar.window_at(Period::day, time) == utc_window(day, day + days{1}));
        REQUIRE(calendar.window_at(Period::week, time) == utc_window(week, week + days{7}));
        REQUIRE(calendar.window_at(Period::month, time) == utc_window(month, next_month));
        REQUIRE(calendar.window_at(Period::year, time) ==
                utc_window(year, year + days{date.year().is_leap() ? 366 : 365}));
        const sys_seconds hour{std::chrono::floor<std::chrono::hours>(time)};
        const sys_seconds minute{std::chrono::floor<std::chrono::minutes>(time)};
        REQUIRE(calendar.window_at(Period::hour, time) == utc_window(hour, hour + 1h));
        REQUIRE(calendar.window_at(Period::minute, time) == utc_window(minute, minute + 1min));
    }
}

TEST_CASE("Calendar: the first and the last second have windows") {
    Calendar<> calendar;
    for (const Period period : sheaf::all_periods) {
        for (const auto time : {sheaf::earliest_time, sheaf::latest_time}) {
            const TimeWindow window = calendar.window_at(period, time);
            CHECK(window.begin <= time);
            CHECK(time < window.end);
        }
    }
    CHECK(sheaf::earliest_time == sys_days{std::chrono::January / 1 / 1});
    CHECK(sheaf::latest_time == sys_days{std::chrono::January / 1 / 10'000} - 1s);
}

TEST_CASE("Calendar: a named zone puts spans of the same offset together") {
    const YearlyZone zone;
    const sheaf::NamedZone named{zone};
    CHECK(named.name() == "Yearly");
    const ZoneSpan before = named.span_at(YearlyZone::change - 1s);
    CHECK(before.begin <= sheaf::earliest_time);
    CHECK(before.end == YearlyZone::change);
    CHECK(before.offset == 1h);
    const ZoneSpan after = named.span_at(YearlyZone::change);
    CHECK(after.begin == YearlyZone::change);
    CHECK(after.end > sheaf::latest_time);
    CHECK(after.offset == 80min);

    // The hour from 13:00 ends at 13:00 by the old clock, and that from 13:20 on has forty minutes.
    Calendar calendar{named};
    CHECK(calendar.window_at(Period::hour, YearlyZone::change - 1s) ==
          TimeWindow{YearlyZone::change - 1h, YearlyZone::change, 1h});
    CHECK(calendar.window_at(Period::hour, YearlyZone::change) ==
          TimeWindow{YearlyZone::change, YearlyZone::change + 40min, 80min});
    const int questions = zone.questions;
    CHECK(calendar.window_at(Period::minute, YearlyZone::change + 2h).begin == YearlyZone::change + 2h);
    CHECK(zone.questions == questions);  // it remembers the span
}

TEST_CASE("Calendar: an hour that comes twice is two windows, and the day has 25 hours") {
    const auto midnight = sys_days{std::chrono::October / 27 / 2024} - 2h;  // in Zurich
    const auto change = midnight + 3h;
    Calendar calendar{OnceChangedZone{change, 2h, 1h}};
    CHECK(calendar.window_at(Period::hour, change - 1s) == TimeWindow{change - 1h, change, 2h});
    CHECK(calendar.window_at(Period::hour, change) == TimeWindow{change, change + 1h, 1h});
    CHECK(calendar.window_at(Period::day, change) == TimeWindow{midnight, midnight + 25h, 2h});
    CHECK(calendar.window_at(Period::month, change).end == sys_days{std::chrono::November / 1 / 2024} - 1h);
}

TEST_CASE("Calendar: a midnight that is skipped, and an evening that comes after midnight") {
    const auto midnight = sys_days{std::chrono::November / 4 / 2018} + 3h;  // in Sao Paulo, which had none
    Calendar forward{OnceChangedZone{midnight, -3h, -2h}};
    CHECK(forward.window_at(Period::day, midnight) == TimeWindow{midnight, midnight + 23h, -2h});
    CHECK(forward.window_at(Period::day, midnight - 1s) == TimeWindow{midnight - 24h, midnight, -3h});

    // In St. John's the clock went back from 00:01 to 23:01.
    const auto first_midnight = sys_days{std::chrono::November / 7 / 2010} + 150min;
    const auto change = first_midnight + 1min;
    Calendar back{OnceChangedZone{change, -150min, -210min}};
    const TimeWindow day{first_midnight, first_midnight + 25h, -150min};
    CHECK(back.window_at(Period::day, first_midnight) == day);
    CHECK(back.window_at(Period::day, change) == day);  // the clock shows 23:01 of the day before
    CHECK(back.window_at(Period::hour, change) == TimeWindow{change, change + 59min, -210min});
    CHECK(back.window_at(Period::hour, first_midnight) == TimeWindow{first_midnight, change, -150min});
    CHECK(back.window_at(Period::day, first_midnight - 1s).end == first_midnight);
}

TEST_CASE("Periods: which consist of which, and their names") {
    CHECK(sheaf::is_part_of(Period::day, Period::week));
    CHECK(sheaf::is_part_of(Period::minute, Period::year));
    CHECK_FALSE(sheaf::is_part_of(Period::week, Period::month));
    CHECK_FALSE(sheaf::is_part_of(Period::week, Period::year));
    CHECK_FALSE(sheaf::is_part_of(Period::day, Period::day));
    std::string names;
    for (const Period period : sheaf::all_periods) { names += std::string{to_string(period)} + ' '; }
    CHECK(names == "minute hour day week month year ");
    CHECK(to_string(static_cast<Period>(99)) == "unknown");
    const sheaf::PeriodSet set{Period::week, Period::minute};
    CHECK(set.contains(Period::minute));
    CHECK_FALSE(set.contains(Period::hour));
    CHECK(sheaf::PeriodSet{}.empty());
    CHECK_FALSE(set == sheaf::PeriodSet::all());
}
