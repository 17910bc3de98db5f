#pragma once

#include "primitives.hpp"
#include "scheduler.hpp"
#include "seeds.hpp"
#include "strategy.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>

namespace schedule {

/// What an exploration has found.
struct Found {
    std::string violation;  // empty: every schedule kept the promises
    std::string schedule;   // the one that did not
    std::string trace;      // what happened in it, step by step
    std::uint64_t schedules = 0;
};

/// Runs `program` under one schedule after the other, until the strategy has no more, `limit` is reached or a promise
/// is broken.
[[nodiscard]] inline Found search(Strategy& strategy,
                                  std::uint64_t limit,
                                  const std::function<void()>& program) {
    static Scheduler scheduler;
    Found found;
    do {
        scheduler.run(strategy, program);
        ++found.schedules;
        if (!scheduler.violation().empty()) {
            found.violation = scheduler.violation();
            found.schedule = strategy.text();
            found.trace = scheduler.trace();
            break;
        }
    } while (found.schedules < limit && strategy.next_run());
    return found;
}

inline void report(const Found& found) {
    INFO(found.trace);
    FAIL(found.violation, ", in schedule ", found.schedules);
}

/// One schedule again: the test fails as it did, or because that is no schedule of `program`. (Where a test explores
/// several programs it goes on, to the one that it is a schedule of.)
inline void replay(const std::string& schedule, const std::function<void()>& program) {
    Scheduler scheduler;
    Replay strategy{schedule};
    scheduler.run(strategy, program);
    if (!scheduler.violation().empty()) {
        report({scheduler.violation(), schedule, scheduler.trace(), 1});
    } else if (!strategy.misfit().empty()) {
        FAIL_CHECK("SHEAF_SCHEDULE='", schedule, "': ", strategy.misfit());
    } else {
        MESSAGE(scheduler.trace());
    }
}

/// Explores `program`: first all schedules with one deviation; then all with two, where `SHEAF_SCHEDULES` allows for as
/// many as that will be; then random ones with any number, from `SHEAF_SEED` on, up to `SHEAF_SCHEDULES` in all, but at
/// least 100. `SHEAF_SCHEDULE` replays one. `schedules`: where `SHEAF_SCHEDULES` does not say; few are enough where all
/// but the order of some steps is in the program's own hands. `points`: of those in order; every other random one has all.
inline void explore(const std::function<void()>& program,
                    std::uint64_t schedules = 2'000,
                    Points points = Points::before_steps) {
    const char* const replayed = std::getenv("SHEAF_SCHEDULE");  // NOLINT(concurrency-mt-unsafe)
    if (replayed != nullptr && *replayed != '\0') {
        replay(replayed, program);
        return;
    }
    constexpr std::uint64_t least_random = 100;
    const std::uint64_t limit = test::number_from_environment("SHEAF_SCHEDULES", schedules);
    const std::uint64_t seed = test::number_from_environment("SHEAF_SEED", 1);
    std::uint64_t in_order = 0;
    std::uint32_t deviations = 0;
    do {
        Exhaustive exhaustive{++deviations, points};
        const Found found = search(exhaustive, ~std::uint64_t{0}, program);
        if (!found.violation.empty()) { report(found); }
        in_order += found.schedules;
        // With two there are about half as many as the square of those with one.
    } while (deviations == 1 && in_order * in_order / 2 < limit);
    Randomly randomly{seed, std::max(limit, in_order + least_random) - in_order};
    const Found found = search(randomly, ~std::uint64_t{0}, program);
    if (!found.violation.empty()) {
        INFO("seed ", seed + found.schedules - 1);
        report(found);
    }
    MESSAGE("all ", in_order, " schedules with up to ", deviations, " deviations, ", found.schedules,
            " at random from seed ", seed);
}

}  // namespace schedule
