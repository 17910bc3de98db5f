#pragma once

#include "primitives.hpp"
#include "scheduler.hpp"
#include "seeds.hpp"
#include "strategy.hpp"

#include <doctest/doctest.h>

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
    std::uint64_t schedules = 0;
};

/// Runs `program` under one schedule after the other, until the strategy has no more, `limit` is reached or a promise
/// is broken; that schedule is run once more, for its trace.
[[nodiscard]] inline Found search(Strategy& strategy,
                                  std::uint64_t limit,
                                  const std::function<void()>& program) {
    static Scheduler scheduler;
    Found found;
    do {
        scheduler.run(strategy, program, false);
        ++found.schedules;
        if (!scheduler.violation().empty()) {
            found.violation = scheduler.violation();
            found.schedule = strategy.text();
            break;
        }
    } while (found.schedules < limit && strategy.next_run());
    return found;
}

/// One schedule again: what happened, step by step.
[[nodiscard]] inline std::string trace_of(const std::string& schedule, const std::function<void()>& program) {
    static Scheduler scheduler;
    Replay replay{schedule};
    scheduler.run(replay, program, true);
    return scheduler.trace();
}

inline void report(const Found& found, const std::function<void()>& program) {
    INFO(trace_of(found.schedule, program));
    INFO("replay it: SHEAF_SCHEDULE='", found.schedule, "'");
    FAIL(found.violation, ", in schedule ", found.schedules);
}

/// Explores `program`: first all schedules with one disturbance, then all with two, up to `SHEAF_SCHEDULES` in all; then
/// half as many random ones with any number, from `SHEAF_SEED` on. `SHEAF_SCHEDULE` replays one.
inline void explore(const std::function<void()>& program) {
    if (const char* const replayed = std::getenv("SHEAF_SCHEDULE")) {  // NOLINT(concurrency-mt-unsafe)
        MESSAGE(trace_of(replayed, program));
        return;
    }
    const std::uint64_t limit = test::number_from_environment("SHEAF_SCHEDULES", 1'000);
    const std::uint64_t seed = test::number_from_environment("SHEAF_SEED", 1);
    std::uint64_t in_order = 0;
    std::string complete;
    for (std::uint32_t disturbances = 1; disturbances <= 2 && in_order < limit; ++disturbances) {
        Exhaustive exhaustive{disturbances};
        const Found found = search(exhaustive, limit - in_order, program);
        if (!found.violation.empty()) { report(found, program); }
        in_order += found.schedules;
        if (in_order < limit) { complete = ", all with " + std::to_string(disturbances); }
    }
    Randomly randomly{seed, limit / 2};
    const Found found = search(randomly, limit / 2, program);
    if (!found.violation.empty()) {
        INFO("seed ", seed + found.schedules - 1);
        report(found, program);
    }
    MESSAGE(in_order, " schedules in order", complete, ", ", found.schedules, " at random from seed ", seed);
}

}  // namespace schedule
