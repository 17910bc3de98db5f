// A million elements of 100,000 users in twenty minutes, in order, shuffled, late and wild, against exact sets. SHEAF_SEED
// takes another stream.

#include <random.hpp>
#include <seeds.hpp>
#include <sheaf/distinct/calendar_windows.hpp>
#include <sheaf/keyed_hash.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using sheaf::Period;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

constexpr std::size_t user_count = 100'000;

struct Event {
    sys_seconds time;     // as it says
    sys_seconds arrival;  // as it comes
    std::uint64_t user;
};

/// A thousand events a second, and fifty in the end, so that the last minute stays exact.
std::vector<Event> events(test::Random& random) {
    std::vector<Event> all;
    sys_seconds time = sys_days{std::chrono::July / 11 / 2016} + 13h + 39min + 44s;
    while (all.size() < 1'000'000) {
        if (random.below(all.size() < 998'500 ? 1'000 : 50) == 0) { time += 1s; }
        all.push_back({time, time, random.below(user_count)});
    }
    return all;
}

void shuffle_within(std::vector<Event>& all, test::Random& random, std::uint64_t reach) {
    for (Event& event : all) { event.arrival += seconds{random.below(reach + 1)}; }
    std::stable_sort(all.begin(), all.end(),
                     [](const Event& one, const Event& other) { return one.arrival < other.arrival; });
}

using Key = std::pair<Period, sys_seconds>;

struct Outcome {
    std::map<Key, sheaf::WindowResult> last;  // the last result of each window
    std::map<Key, double> first;              // the count that it was closed with
    sheaf::WindowStatistics figures;
};

Outcome count(const std::vector<Event>& all, std::uint64_t seed) {
    const sheaf::KeyedHash hash{{seed, 2}};
    sheaf::CalendarWindows windows;
    Outcome outcome;
    const auto note = [&](const sheaf::WindowResult& result) {
        const Key key{result.period, result.window.begin};
        REQUIRE(result.closed);
        REQUIRE(result.revision == (outcome.last.contains(key) ? outcome.last.at(key).revision + 1 : 0));
        outcome.last[key] = result;
        outcome.first.emplace(key, result.count.estimate);
    };
    for (std::size_t i = 0; i < all.size(); ++i) {
        windows.insert({.hash = hash(all[i].user), .time = all[i].time, .position = i});
        if (i % 1'000 == 0) { windows.report(note); }
    }
    windows.finish();
    windows.report(note);
    outcome.figures = windows.statistics();
    return outcome;
}

/// How many users each window has, by the elements whose time is not wild.
std::map<Key, std::size_t> exact(const std::vector<Event>& all, sys_seconds first, sys_seconds last) {
    std::map<sys_seconds, std::vector<char>> users_of_minute;
    std::pair<sys_seconds, std::vector<char>*> last_minute{};
    for (const Event& event : all) {
        if (event.time < first || event.time > last) { continue; }
        const sys_seconds minute = std::chrono::floor<std::chrono::minutes>(event.time);
        if (last_minute.second == nullptr || last_minute.first != minute) {
            last_minute = {minute, &users_of_minute[minute]};
            last_minute.second->resize(user_count);
        }
        last_minute.second->data()[event.user] = 1;
    }
    std::map<Key, std::vector<char>> users_of_window;
    sheaf::Calendar<> calendar;
    for (const auto& [minute, seen] : users_of_minute) {
        for (const Period period : sheaf::all_periods) {
            auto& users = users_of_window[{period, calendar.window_at(period, minute).begin}];
            users.resize(user_count);
            for (std::size_t user = 0; user < user_count; ++user) { users.data()[user] |= seen.data()[user]; }
        }
    }
    std::map<Key, std::size_t> counts;
    for (const auto& [key, users] : users_of_window) {
        counts[key] = static_cast<std::size_t>(std::count(users.begin(), users.end(), 1));
    }
    return counts;
}

void check(const Outcome& outcome, const std::map<Key, std::size_t>& truth) {
    std::size_t exact_windows = 0;
    std::size_t estimated_windows = 0;
    for (const auto& [key, users] : truth) {
        const std::string window =
            std::string{to_string(key.first)} + ' ' + std::to_string(key.second.time_since_epoch().count());
        CAPTURE(window);
        REQUIRE(outcome.last.contains(key));
        const auto& result = outcome.last.at(key);
        const auto number = static_cast<double>(users);
        if (users < 2'000) {
            ++exact_windows;
            CHECK(result.exact);
            CHECK(result.count.estimate == number);
            CHECK(result.count.relative_error == 0);
        } else {
            ++estimated_windows;
            CHECK(result.count.relative_error > 0.002);
            CHECK(result.count.relative_error < 0.006);
            CHECK(std::abs(result.count.estimate / number - 1) <= 3 * result.count.relative_error);
        }
    }
    CHECK(exact_windows >= 1);
    CHECK(estimated_windows >= 20);
}

}  // namespace

TEST_CASE("CalendarWindows: counts within three standard errors, in order and shuffled") {
    const std::uint64_t seed = test::number_from_environment("SHEAF_SEED", 1);
    CAPTURE(seed);
    test::Random random{seed};
    std::vector<Event> all = events(random);
    const auto truth = exact(all, sheaf::earliest_time, sheaf::latest_time);
    const Outcome in_order = count(all, seed);
    check(in_order, truth);
    CHECK(in_order.last.size() == truth.size());
    CHECK(in_order.figures.counted == all.size());
    CHECK(in_order.figures.late == 0);
    CHECK(in_order.figures.revisions == 0);

    shuffle_within(all, random, 5);
    const Outcome shuffled = count(all, seed);
    CHECK(shuffled.figures.counted == all.size());
    CHECK(shuffled.figures.late == 0);
    CHECK(shuffled.last == in_order.last);  // to the bit
}

TEST_CASE("CalendarWindows: counts within three standard errors, with late and wild elements") {
    const std::uint64_t seed = test::number_from_environment("SHEAF_SEED", 1);
    CAPTURE(seed);
    test::Random random{seed};
    std::vector<Event> all = events(random);
    const sys_seconds first = all.front().time;
    const sys_seconds last = all.back().time;
    for (Event& event : all) {
        if (random.below(100) == 0) { event.arrival += seconds{random.below(300)}; }
    }
    shuffle_within(all, random, 5);
    const auto truth = exact(all, first, last);
    std::uint64_t wild = 0;
    for (Event& event : all) {
        if (random.below(10'000) != 0) { continue; }
        // One bit of those that lead more than an hour away.
        const auto bits = static_cast<std::uint64_t>(event.time.time_since_epoch().count());
        event.time = sys_seconds{
            seconds{static_cast<std::int64_t>(bits ^ std::uint64_t{1} << (12 + random.below(52)))}};
        ++wild;
    }
    const auto without_wild = exact(all, first, last);
    const Outcome outcome = count(all, seed);
    // A wild element is missing from its minute; it can be in a window of the past that is still kept, but not in one ahead.
    check(outcome, without_wild);
    CHECK(outcome.figures.quarantined + outcome.figures.out_of_calendar >= wild / 2);
    CHECK(outcome.figures.leaps == 1);
    CHECK(outcome.figures.late > 5'000);
    CHECK(outcome.figures.revisions > 100);
    CHECK(std::none_of(outcome.last.begin(), outcome.last.end(),
                       [&](const auto& entry) { return entry.second.window.begin > last; }));
    // The first count of a minute is not far from its last: the clock has not been led astray.
    for (const auto& [key, users] : truth) {
        if (key.first == Period::minute && users > 40'000) {
            CHECK(outcome.first.at(key) > 0.97 * static_cast<double>(users));
        }
    }
}
