// The progress signal alone: nobody who waits misses a change.

#include "exploration.hpp"

#include <sheaf/shell/progress_signal.hpp>

#include <doctest/doctest.h>

TEST_CASE("Schedules: a change is not missed by one who begins to wait for it") {
    using namespace schedule;
    explore([] {
        sheaf::shell::ProgressSignal<Threading> progress;
        Atomic<int> changes{0};
        Thread other{[&] {
            changes.fetch_add(1);
            progress.notify();
        }};
        const auto has_changed = [&] { return changes.load() != 0; };
        require(progress.wait_until(Clock::time_point::max(), has_changed), "a wait ended for nothing");
        other.join();
    });
}
