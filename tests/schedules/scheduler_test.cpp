// The scheduler itself: it finds what it is made for, and what is right it lets pass.

#include "exploration.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <string>

namespace {

using namespace schedule;
using namespace std::chrono_literals;

[[nodiscard]] Found search_two_deviations(const std::function<void()>& program) {
    Exhaustive strategy{2};
    return search(strategy, 100'000, program);
}

/// Two threads.
void both(const std::function<void()>& first, const std::function<void()>& second) {
    Thread other{second};
    first();
    other.join();
}

}  // namespace

TEST_CASE("Schedules: a lost update is found, and its schedule shows it again") {
    const auto program = [] {
        Atomic<int> number{0};
        const auto increase = [&] { number.store(number.load() + 1); };
        both(increase, increase);
        require(number.load() == 2, "an update was lost");
    };
    const Found found = search_two_deviations(program);
    CHECK(found.violation == "an update was lost");
    Replay replay{found.schedule};
    CHECK(search(replay, 1, program).violation == found.violation);
    CHECK(trace_of(found.schedule, program).find("an update was lost") != std::string::npos);
    CHECK(trace_of("", program).find("an update was lost") == std::string::npos);
}

TEST_CASE("Schedules: what is used after an unlock is found gone where others may go on there") {
    const auto program = [] {
        Mutex mutex;
        bool is_there = true;
        both(
            [&] {
                std::unique_lock lock{mutex};
                const bool was_there = is_there;
                lock.unlock();
                require(is_there == was_there, "used too late");
            },
            [&] {
                const std::lock_guard lock{mutex};
                is_there = false;
            });
    };
    CHECK(search_two_deviations(program).violation.empty());
    Exhaustive with_unlocks{1, Points::after_unlocks_too};
    const Found found = search(with_unlocks, 100, program);
    CHECK(found.violation == "used too late");
    Replay replay{found.schedule};
    CHECK(search(replay, 1, program).violation == found.violation);
}

TEST_CASE(
    "Schedules: two relaxed additions may miss each other, whatever locks are between, others may not") {
    for (const auto order : {std::memory_order_relaxed, std::memory_order_seq_cst}) {
        const Found found = search_two_deviations([order] {
            Atomic<int> one{0};
            Atomic<int> other{0};
            Mutex mutexes[2];
            bool has_missed[2] = {};
            const auto add = [&](Atomic<int>& mine, Atomic<int>& theirs, std::size_t which) {
                mine.fetch_add(1, order);
                { const std::lock_guard lock{mutexes[which]}; }
                has_missed[which] = theirs.load() == 0;
            };
            both([&] { add(one, other, 0); }, [&] { add(other, one, 1); });
            require(!has_missed[0] || !has_missed[1], "both were missed");
        });
        CHECK(found.violation.empty() == (order == std::memory_order_seq_cst));
    }
}

TEST_CASE("Schedules: whoever locks a mutex sees what was added before it was unlocked") {
    const Found found = search_two_deviations([] {
        Atomic<int> number{0};
        Mutex mutex;
        bool is_added = false;
        both(
            [&] {
                number.fetch_add(1, std::memory_order_relaxed);
                const std::lock_guard lock{mutex};
                is_added = true;
            },
            [&] {
                const std::lock_guard lock{mutex};
                require(!is_added || number.load(std::memory_order_relaxed) == 1, "an addition is not seen");
            });
    });
    CHECK(found.violation.empty());
    CHECK(found.schedules > 5);
}

TEST_CASE("Schedules: an update under a lock is not lost") {
    const Found found = search_two_deviations([] {
        Mutex mutex;
        Atomic<int> number{0};
        const auto increase = [&] {
            const std::lock_guard lock{mutex};
            number.store(number.load() + 1);
        };
        both(increase, increase);
        require(number.load() == 2, "an update was lost");
    });
    CHECK(found.violation.empty());
    CHECK(found.schedules > 10);
}

TEST_CASE("Schedules: exhaustive means all interleavings, each once") {
    // Two threads of two steps each have 6 interleavings.
    std::set<std::string> seen;
    std::uint64_t runs = 0;
    Exhaustive strategy{10};
    const Found found = search(strategy, 1'000, [&] {
        std::string order;
        Atomic<int> number{0};
        const auto twice = [&](char name) {
            for (int i = 0; i < 2; ++i) {
                number.fetch_add(1);
                order += name;
            }
        };
        both([&] { twice('a'); }, [&] { twice('b'); });
        seen.insert(order);
        ++runs;
    });
    CHECK(found.violation.empty());
    CHECK(seen.size() == 6);
    CHECK(runs == found.schedules);
}

TEST_CASE("Schedules: a deadlock is found") {
    const Found found = search_two_deviations([] {
        Mutex first;
        Mutex second;
        const auto lock_both = [](Mutex& a, Mutex& b) {
            const std::lock_guard outer{a};
            const std::lock_guard inner{b};
        };
        both([&] { lock_both(first, second); }, [&] { lock_both(second, first); });
    });
    CHECK(found.violation == "deadlock: no thread can go on");
}

TEST_CASE("Schedules: a lost wake-up is found") {
    const auto program = [](bool looks_under_the_lock) {
        return [=] {
            Mutex mutex;
            ConditionVariable changed;
            Atomic<bool> is_set{false};
            both(
                [&] {
                    std::unique_lock lock{mutex, std::defer_lock};
                    if (looks_under_the_lock) { lock.lock(); }
                    const bool waits = !is_set.load();
                    if (!lock.owns_lock()) { lock.lock(); }
                    if (waits) { changed.wait(lock); }
                },
                [&] {
                    {
                        const std::lock_guard lock{mutex};
                        is_set.store(true);
                    }
                    changed.notify_one();
                });
        };
    };
    CHECK(search_two_deviations(program(true)).violation.empty());
    CHECK(search_two_deviations(program(false)).violation == "deadlock: no thread can go on");
}

TEST_CASE("Schedules: a store that is not sequentially consistent may come late") {
    // Dekker's entry: whoever comes later sees the other.
    const auto program = [](std::memory_order order) {
        return [=] {
            Atomic<bool> mine{false};
            Atomic<bool> theirs{false};
            bool saw_theirs = false;
            bool saw_mine = false;
            both(
                [&] {
                    mine.store(true, order);
                    saw_theirs = theirs.load();
                },
                [&] {
                    theirs.store(true, order);
                    saw_mine = mine.load();
                });
            require(saw_theirs || saw_mine, "both were alone");
        };
    };
    CHECK(search_two_deviations(program(std::memory_order_seq_cst)).violation.empty());
    CHECK(search_two_deviations(program(std::memory_order_release)).violation == "both were alone");
}

TEST_CASE("Schedules: time passes where all wait for it, and not before") {
    const Found found = search_two_deviations([] {
        Mutex mutex;
        ConditionVariable changed;
        const Instant begin = Clock::now().time_since_epoch();
        bool is_woken = false;
        both(
            [&] {
                std::unique_lock lock{mutex};
                is_woken = changed.wait_until(lock, Clock::now() + 5s, [] { return false; });
            },
            [&] { changed.notify_all(); });
        require(!is_woken && Clock::now().time_since_epoch() == begin + 5s, "another time");
    });
    CHECK(found.violation.empty());
}

TEST_CASE("Schedules: random schedules find a lost update, the same one from the same seed") {
    const auto program = [] {
        Atomic<int> number{0};
        const auto increase = [&] { number.store(number.load() + 1); };
        both(increase, increase);
        require(number.load() == 2, "an update was lost");
    };
    Randomly strategy{7, 1'000};
    const Found found = search(strategy, 1'000, program);
    Randomly again{7, 1'000};
    CHECK(found.violation == "an update was lost");
    CHECK(search(again, 1'000, program).schedule == found.schedule);
}
