#include <sheaf/core/deadline_queue.hpp>

#include "random.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

using sheaf::core::DeadlineQueue;
using sheaf::core::Instant;

namespace {

struct Alarm : sheaf::core::Timer {
    int number = 0;
};

/// The same by std::multimap.
class Reference {
public:
    void push(Alarm& alarm, Instant due) { entries_.emplace(due, &alarm); }
    void remove(const Alarm& alarm) {
        for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
            if (entry->second == &alarm) {
                entries_.erase(entry);
                return;
            }
        }
    }
    [[nodiscard]] Instant next_due() const {
        return entries_.empty() ? sheaf::core::never : entries_.begin()->first;
    }
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

private:
    std::multimap<Instant, Alarm*> entries_;
};

}  // namespace

TEST_CASE("DeadlineQueue: empty means never") {
    const DeadlineQueue<Alarm> queue;
    CHECK(queue.empty());
    CHECK(queue.size() == 0);
    CHECK(queue.next_due() == sheaf::core::never);
}

TEST_CASE("DeadlineQueue: gives timers by due time") {
    std::vector<Alarm> alarms(100);
    DeadlineQueue<Alarm> queue;
    queue.reserve(alarms.size());
    test::Random random{7};
    for (Alarm& alarm : alarms) { queue.push(alarm, Instant{static_cast<Instant::rep>(random.below(50))}); }
    Instant previous{-1};
    while (!queue.empty()) {
        Alarm& next = queue.top();
        CHECK(next.due == queue.next_due());
        CHECK(next.due >= previous);
        previous = next.due;
        queue.remove(next);
        CHECK_FALSE(next.is_queued());
    }
}

TEST_CASE("DeadlineQueue: removing a timer that is not queued does nothing") {
    Alarm alarm;
    DeadlineQueue<Alarm> queue;
    queue.remove(alarm);
    CHECK(queue.empty());
    queue.reserve(1);
    queue.push(alarm, Instant{3});
    queue.remove(alarm);
    queue.remove(alarm);
    CHECK(queue.empty());
}

TEST_CASE("DeadlineQueue: follows a multimap through pushes and moves and removals") {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        CAPTURE(seed);
        test::Random random{seed};
        std::vector<Alarm> alarms(static_cast<std::size_t>(random.between(1, 40)));
        DeadlineQueue<Alarm> queue;
        Reference reference;
        for (int step = 0; step < 300; ++step) {
            Alarm& alarm = random.pick(alarms);
            const Instant due{static_cast<Instant::rep>(random.below(30))};
            if (!alarm.is_queued()) {
                queue.reserve(queue.size() + 1);
                queue.push(alarm, due);
                reference.push(alarm, due);
            } else if (random.chance(50)) {
                queue.reschedule(alarm, due);
                reference.remove(alarm);
                reference.push(alarm, due);
            } else {
                queue.remove(alarm);
                reference.remove(alarm);
            }
            REQUIRE(queue.size() == reference.size());
            REQUIRE(queue.next_due() == reference.next_due());
            REQUIRE((queue.empty() || queue.top().due == queue.next_due()));
        }
    }
}

TEST_CASE("later: never stays never") {
    using sheaf::core::later;
    using sheaf::core::never;
    CHECK(later(Instant{5}, Instant{7}) == Instant{12});
    CHECK(later(never, Instant{1}) == never);
    CHECK(later(Instant{1}, never) == never);
    CHECK(later(Instant{0}, never) == never);
    CHECK(later(never - Instant{1}, Instant{1}) == never);
}
