// Embedding in an event loop: one thread, no locks, and the collator starts no thread of its own.
//
// - `ManualExecutor`, lent by std::ref: the loop runs the transforms when it has nothing better to do.
// - `HostTimer`: the loop asks `next_deadline()` how long it may sleep, and calls `advance(now)` when it wakes.
// - `NullMutex`: only one thread ever touches the collator.
//
// The loop here is a simulated one, whose clock jumps to the next thing to do. In a real one `clock` stays
// std::chrono::steady_clock, `sleep_until` is the timeout of epoll_wait, and the rest is the same.

#include <sheaf/sheaf.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <iostream>
#include <vector>

namespace {

using namespace std::chrono_literals;

/// The time of the simulated loop.
struct LoopClock {
    using rep = std::chrono::nanoseconds::rep;
    using period = std::chrono::nanoseconds::period;
    using duration = std::chrono::nanoseconds;
    using time_point = std::chrono::time_point<LoopClock>;
    [[maybe_unused]] static constexpr bool is_steady = true;

    static time_point now() noexcept { return current; }
    static inline time_point current{};
};

struct LoopTraits : sheaf::DefaultTraits {
    using clock = LoopClock;
    using timer = sheaf::HostTimer;
    using mutex = sheaf::NullMutex;
    static constexpr std::size_t stripe_count = 1;  // stripes are for threads
};

/// What arrives, and when.
struct Arrival {
    std::chrono::nanoseconds at;
    sheaf::Packet<> packet;
};

/// A line of the log: begins with the time.
std::ostream& log() {
    const auto now = LoopClock::now().time_since_epoch();
    return std::cout << std::chrono::duration<double>{now}.count() << " s: ";
}

}  // namespace

int main() {
    sheaf::ManualExecutor tasks;
    const auto on_completed = [](const sheaf::Completed<>& result) {
        log() << "resource " << result.id << " is complete\n";
    };
    const auto on_incomplete = [](const sheaf::Incomplete<>& rest) {
        log() << "resource " << rest.id << " is incomplete, " << to_string(rest.reason) << ": packet "
              << rest.missing.front().first << " is missing\n";
    };
    sheaf::PacketCollator collator{sheaf::WordLengths{},
                                   sheaf::Handlers{on_completed, on_incomplete},
                                   std::ref(tasks),
                                   {.gap_timeout = 60s},
                                   sheaf::traits<LoopTraits>};

    std::vector<Arrival> arrivals;
    arrivals.push_back({0s, {.resource_id = 1, .index = 0, .payload = "first"}});
    arrivals.push_back({1500ms, {.resource_id = 2, .index = 1, .payload = "its gap is seen now"}});
    arrivals.push_back({20s, {.resource_id = 1, .index = 1, .payload = "last", .last = true}});
    arrivals.push_back({45s, {.resource_id = 2, .index = 2, .payload = "does not move the deadline"}});

    // The loop: sleep until a packet or a deadline, see to it, then run what has been queued.
    for (auto next = arrivals.begin(); next != arrivals.end() || collator.statistics().open_resources != 0;) {
        const auto arrival = next != arrivals.end() ? next->at : std::chrono::nanoseconds::max();
        const auto wake_at = std::min(arrival, collator.next_deadline());
        LoopClock::current = LoopClock::time_point{wake_at};  // sleep_until(wake_at)

        collator.advance(LoopClock::now().time_since_epoch());
        if (next != arrivals.end() && next->at <= wake_at) {
            log() << "packet " << next->packet.index << " of resource " << next->packet.resource_id << '\n';
            // Where a bound is reached it says would_block: the packet has to wait until tasks have run.
            if (collator.submit(next->packet) != sheaf::Rejection::would_block) { ++next; }
        }
        while (tasks.run_one()) {  // each runs one transform, or delivers one event
        }
        if (next != arrivals.end() && next->at > 40s) {
            log() << "why does resource 2 wait? " << collator.explain(2) << '\n';
        }
    }
    return collator.drain(0s).status == sheaf::DrainStatus::finished ? 0 : 1;
}
