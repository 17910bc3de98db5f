// Whole histories from seeds, against a model that keeps everything. SHEAF_SEEDS says how many, SHEAF_SEED replays one.

#include <random.hpp>
#include <seeds.hpp>
#include <sheaf/distinct/calendar_windows.hpp>
#include <window_model.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace std::chrono_literals;
using sheaf::CalendarWindows;
using sheaf::Period;
using sheaf::WindowOptions;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

/// Its clock is put forward by half an hour in the middle of what happens, an hour and a quarter from UTC.
struct ShiftedZone {
    static constexpr sys_seconds change = sys_days{std::chrono::March / 1 / 2024} - 75min;
    [[nodiscard]] static sheaf::ZoneSpan span_at(sys_seconds time) {
        return time < change ? sheaf::ZoneSpan{(sys_seconds::min)(), change, 75min}
                             : sheaf::ZoneSpan{change, (sys_seconds::max)(), 105min};
    }
    [[nodiscard]] static std::string_view name() { return "shifted"; }
};

int one_of(test::Random& random, std::vector<int> values) { return random.pick(values); }

WindowOptions random_options(test::Random& random) {
    WindowOptions options;
    options.lateness = seconds{one_of(random, {0, 5, 5, 90, 4'000})};
    options.max_jump = seconds{one_of(random, {0, 20, 3'600, 3'600, 90'000})};
    options.confirmations = static_cast<std::size_t>(one_of(random, {0, 1, 3, 3, 3, 8}));
    options.max_quarantine_reports = static_cast<std::size_t>(one_of(random, {0, 3, 1'024}));
    options.idle_timeout = seconds{one_of(random, {0, 10, 60})};
    options.update_every = seconds{one_of(random, {0, 0, 3, 30})};
    if (random.chance(50)) {
        options.periods = {};
        while (options.periods.empty()) {
            for (const Period period : sheaf::all_periods) {
                if (random.chance(50)) { options.periods.insert(period); }
            }
        }
    }
    if (random.chance(70)) {
        seconds longest{static_cast<seconds::rep>(random.below(300))};
        for (auto* const retention :
             {&options.retention.minute, &options.retention.hour, &options.retention.day,
              &options.retention.week, &options.retention.month, &options.retention.year}) {
            *retention = longest;
            longest += seconds{one_of(random, {0, 100, 3'600, 86'400, 5'000'000})};
        }
    }
    return options;
}

std::string text_of(const sheaf::WindowResult& result) {
    return std::string{to_string(result.period)} + " from " +
           std::to_string(result.window.begin.time_since_epoch().count()) + " to " +
           std::to_string(result.window.end.time_since_epoch().count()) + ": " +
           std::to_string(result.count.estimate) +
           (result.closed ? " closed, revision " : " open, revision ") + std::to_string(result.revision);
}

/// The implementation and the model, side by side.
class Pair {
public:
    explicit Pair(const WindowOptions& options)
        : options_{options}
        , windows_{std::in_place, options, ShiftedZone{}}
        , model_{options, ShiftedZone{}} {}

    void insert(const sheaf::WindowElement& element, std::chrono::nanoseconds now) {
        const auto expected = model_.insert(element, now);
        const auto found = windows_->insert(element, now);
        REQUIRE(to_string(found) == to_string(expected));
        check();
    }
    void emit(std::chrono::nanoseconds now) {
        std::vector<sheaf::WindowResult> found;
        windows_->report([&](const sheaf::WindowResult& result) { found.push_back(result); }, now);
        const auto expected = model_.emit(now);
        CAPTURE(expected.empty() ? "" : text_of(expected.back()));
        REQUIRE(found.size() == expected.size());
        for (std::size_t i = 0; i < found.size(); ++i) {
            CAPTURE(text_of(found[i]));
            CAPTURE(text_of(expected[i]));
            REQUIRE(found[i] == expected[i]);
        }
        results_ += found.size();
        check();
    }
    void emit_quarantined() {
        std::vector<sheaf::WindowElement> found;
        windows_->report_quarantined([&](const sheaf::WindowElement& element) { found.push_back(element); });
        REQUIRE(found == model_.quarantined);
        model_.quarantined.clear();
    }
    void expect_partition(std::uint64_t id, std::chrono::nanoseconds now) {
        windows_->expect_partition(id, now);
        model_.expect_partition(id, now);
        check();
    }
    void finish_partition(std::uint64_t id) {
        windows_->finish_partition(id);
        model_.finish_partition(id);
        check();
    }
    void finish() {
        windows_->finish();
        model_.finish();
        check();
    }
    void restart(std::chrono::nanoseconds now) {
        std::vector<std::byte> bytes;
        windows_->append_snapshot(bytes);
        windows_.emplace(options_, ShiftedZone{});
        REQUIRE(windows_->restore(bytes, now).message() == "");
        std::vector<std::byte> again;
        windows_->append_snapshot(again);
        REQUIRE(again == bytes);
        model_.restart(now);
        check();
    }

    [[nodiscard]] const sheaf::WindowStatistics& statistics() const { return windows_->statistics(); }
    [[nodiscard]] std::size_t results() const { return results_; }

private:
    void check() {
        REQUIRE(windows_->watermark() == model_.watermark());
        const auto& figures = windows_->statistics();
        REQUIRE(figures == model_.statistics);
        REQUIRE(figures.elements ==
                figures.counted + figures.waiting + figures.quarantined + figures.out_of_calendar);
    }

    WindowOptions options_;
    std::optional<CalendarWindows<ShiftedZone>> windows_;
    test::WindowModel<ShiftedZone> model_;
    std::size_t results_ = 0;
};

/// One history. Returns what became of its elements.
sheaf::WindowStatistics run(std::uint64_t seed) {
    CAPTURE(seed);
    test::Random random{seed};
    Pair pair{random_options(random)};
    const std::size_t partitions = 1 + random.below(3);
    const std::uint64_t users = 1 + random.below(200);
    const auto pace = static_cast<seconds::rep>(1 + random.below(random.chance(50) ? 3 : 100));
    const unsigned late = random.chance(50) ? 20 : 2;
    const unsigned wild = random.chance(50) ? 10 : 1;
    std::vector<sys_seconds> times(partitions, ShiftedZone::change - seconds{random.below(100'000)});
    std::chrono::nanoseconds now{0};
    const std::size_t steps = 50 + random.below(500);
    for (std::size_t step = 0; step < steps; ++step) {
        now += std::chrono::milliseconds{random.below(2'000)};
        const auto partition = static_cast<std::size_t>(random.below(partitions));
        sys_seconds& time = times[partition];
        time += seconds{static_cast<seconds::rep>(random.below(static_cast<std::uint64_t>(pace) + 1))};
        if (random.below(150) == 0) { time += seconds{random.below(20'000)}; }
        if (random.below(300) == 0) { time -= seconds{random.below(100'000'000)}; }
        if (random.below(300) == 0) { time += seconds{random.below(100'000'000)}; }
        sheaf::WindowElement element{random.below(users), time, partition, step};
        if (random.chance(late)) {
            element.time -= seconds{random.below(random.chance(80) ? 300 : 1'000'000)};
        }
        if (random.chance(wild)) {
            const auto bits = static_cast<std::uint64_t>(element.time.time_since_epoch().count());
            element.time =
                sys_seconds{seconds{static_cast<std::int64_t>(bits ^ std::uint64_t{1} << random.below(64))}};
        }
        pair.insert(element, now);
        for (unsigned again = random.chance(3) ? 8 : 0; again != 0; --again) { pair.insert(element, now); }
        if (random.below(10) == 0) { pair.emit(now); }
        if (random.below(40) == 0) { pair.emit_quarantined(); }
        if (random.below(100) == 0) { pair.restart(now); }
        if (random.below(200) == 0) { pair.expect_partition(random.below(5), now); }
        if (random.below(200) == 0) { pair.finish_partition(random.below(5)); }
        if (random.below(100) == 0) { now += 70s; }
    }
    if (random.chance(50)) { pair.emit(now); }
    pair.finish();
    pair.emit(now);
    pair.emit_quarantined();
    pair.emit(now);
    return pair.statistics();
}

}  // namespace

TEST_CASE("CalendarWindows: do what the model says, in any history") {
    if (const auto seed = test::number_from_environment("SHEAF_SEED")) {
        run(*seed);
        return;
    }
    sheaf::WindowStatistics sum;
    const std::uint64_t seeds = test::count_from_environment("SHEAF_SEEDS", 300);
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        const auto figures = run(seed);
        sum.counted += figures.counted;
        sum.late += figures.late;
        sum.beyond_retention += figures.beyond_retention;
        sum.quarantined += figures.quarantined;
        sum.out_of_calendar += figures.out_of_calendar;
        sum.leaps += figures.leaps;
        sum.revisions += figures.revisions;
    }
    // Whatever can happen does.
    for (const auto figure : {sum.counted, sum.late, sum.beyond_retention, sum.quarantined,
                              sum.out_of_calendar, sum.leaps, sum.revisions}) {
        CHECK(figure > seeds);
    }
}
