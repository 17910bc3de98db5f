// The scheduler itself: it finds what it is made for, and what is right it lets pass.

#include "environment_variable.hpp"
#include "exploration.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <mutex>
#include <set>
#include <stdexcept>
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

/// Under some schedules.
void lose_an_update() {
    Atomic<int> number{0};
    const auto increase = [&] { number.store(number.load() + 1); };
    both(increase, increase);
    require(number.load() == 2, "an update was lost");
}

/// Under some schedules.
void run_into_a_deadlock() {
    Mutex first;
    Mutex second;
    const auto lock_both = [](Mutex& a, Mutex& b) {
        const std::lock_guard outer{a};
        const std::lock_guard inner{b};
    };
    both([&] { lock_both(first, second); }, [&] { lock_both(second, first); });
}

}  // namespace

TEST_CASE("Schedules: a lost update is found, and its schedule shows it again") {
    const auto program = lose_an_update;
    const Found found = search_two_deviations(program);
    CHECK(found.violation == "an update was lost");
    Replay replay{found.schedule};
    const Found again = search(replay, 1, program);
    CHECK(again.violation == found.violation);
    CHECK(again.trace == found.trace);
    CHECK(found.trace.find("*** an update was lost\n") != std::string::npos);
    CHECK(found.trace.find("replay it: SHEAF_SCHEDULE='" + found.schedule + "'\n") != std::string::npos);
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
    CHECK(search_two_deviations(run_into_a_deadlock).violation == "deadlock: no thread can go on");
}

TEST_CASE("Schedules: of a deadlock everything is told at once, because the program may not outlive it") {
    std::FILE* const file = std::tmpfile();
    REQUIRE(file != nullptr);
    const Found found = search_two_deviations(run_into_a_deadlock);
    REQUIRE_FALSE(found.schedule.empty());
    Scheduler scheduler{file};
    Replay replay{found.schedule};
    scheduler.run(replay, run_into_a_deadlock);
    std::string told(static_cast<std::size_t>(std::ftell(file)), ' ');
    std::rewind(file);
    REQUIRE(std::fread(told.data(), 1, told.size(), file) == told.size());
    std::fclose(file);
    CHECK(told.starts_with("deadlock: no thread can go on\nthread 0: "));
    CHECK(told.find(": wait for #") != std::string::npos);
    CHECK(told.ends_with("*** deadlock: no thread can go on\nreplay it: SHEAF_SCHEDULE='" + found.schedule +
                         "'\n"));
}

TEST_CASE("Schedules: what is no schedule is refused") {
    for (const char* const text : {"abc", "45", "45:", ":2", "45:2,46:1", "45:-1", "-1:45", "0x2:1",
                                   "45:2 46", "45:2 45:1", "45 :2", "45:2x", "45:4294967296", "'45:2'"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(Replay{text}, std::invalid_argument);
    }
}

TEST_CASE("Schedules: a schedule that the program does not have is known after the run") {
    const auto misfit = [](const std::string& schedule) {
        Replay replay{schedule};
        static_cast<void>(search(replay, 1, lose_an_update));
        return replay.misfit();
    };
    CHECK(misfit("") == "");
    CHECK(misfit(search_two_deviations(lose_an_update).schedule) == "");
    CHECK(misfit("99999:1").starts_with("the schedule does not fit: place 99999 of "));
    CHECK(misfit("0:9") == "the schedule does not fit: place 0 has the options 0 to 1, and none 9");
}

// The next three fail as they must.

TEST_CASE("Schedules: a replay fails where the schedule does" * doctest::expected_failures(1)) {
    const test::Variable variable{"SHEAF_SCHEDULE", search_two_deviations(lose_an_update).schedule};
    explore(lose_an_update);
}

TEST_CASE("Schedules: a replay fails where the schedule does not fit" * doctest::expected_failures(1)) {
    const test::Variable variable{"SHEAF_SCHEDULE", "99999:1"};
    explore(lose_an_update);
}

TEST_CASE("Schedules: an empty variable replays nothing, so all are explored" *
          doctest::expected_failures(1)) {
    const test::Variable variable{"SHEAF_SCHEDULE", ""};
    explore(lose_an_update);
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
    const auto program = lose_an_update;
    Randomly strategy{7, 1'000};
    const Found found = search(strategy, 1'000, program);
    Randomly again{7, 1'000};
    CHECK(found.violation == "an update was lost");
    CHECK(search(again, 1'000, program).schedule == found.schedule);
}
