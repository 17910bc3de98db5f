#include <sheaf/sink/detail/group_sync.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <thread>
#include <vector>

namespace {

using sheaf::detail::GroupSync;
using namespace std::chrono_literals;

}  // namespace

TEST_CASE("GroupSync: one caller alone syncs each time, and gets the result") {
    GroupSync group;
    int syncs = 0;
    CHECK(group.wait([&] { return ++syncs, 0; }) == 0);
    CHECK(group.wait([&] { return ++syncs, 5; }) == 5);
    CHECK(group.wait([&] { return ++syncs, 0; }) == 0);  // a failure does not stick
    CHECK(syncs == 3);
}

TEST_CASE("GroupSync: whoever comes during a sync waits for the next, which all of them share") {
    GroupSync group;
    std::atomic<int> begun = 0;
    std::atomic<bool> release = false;
    std::thread first{[&] {
        CHECK(group.wait([&] {
            begun.fetch_add(1);
            while (!release.load()) { std::this_thread::yield(); }
            return 0;
        }) == 0);
    }};
    while (begun.load() == 0) { std::this_thread::yield(); }
    std::atomic<int> entering = 0;
    std::vector<std::thread> others;
    for (int i = 0; i < 5; ++i) {
        others.emplace_back([&] {
            entering.fetch_add(1);
            // All are told that their shared sync has failed.
            CHECK(group.wait([&] { return begun.fetch_add(1), 28; }) == 28);
        });
    }
    while (entering.load() < 5) { std::this_thread::yield(); }
    std::this_thread::sleep_for(50ms);  // so that they are in `wait`
    CHECK(begun.load() == 1);
    release = true;
    first.join();
    for (auto& other : others) { other.join(); }
    CHECK(begun.load() == 2);
}

TEST_CASE("GroupSync: each caller gets a sync that began after its own change") {
    GroupSync group;
    std::atomic<std::size_t> changes = 0;
    std::atomic<std::size_t> durable = 0;  // what the last sync that ended had found when it began
    std::atomic<int> running = 0;
    std::atomic<int> syncs = 0;
    std::atomic<int> failures = 0;
    const auto sync = [&] {
        if (running.fetch_add(1) != 0) {
            failures.fetch_add(1);  // two at once
        }
        const std::size_t seen = changes.load();
        std::this_thread::sleep_for(100us);
        durable.store(seen);
        syncs.fetch_add(1);
        running.fetch_sub(1);
        return 0;
    };
    std::vector<std::thread> threads;
    for (int t = 0; t < 6; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 200; ++i) {
                const std::size_t mine = changes.fetch_add(1) + 1;
                if (group.wait(sync) != 0 || durable.load() < mine) { failures.fetch_add(1); }
            }
        });
    }
    for (auto& thread : threads) { thread.join(); }
    CHECK(failures.load() == 0);
    CHECK(syncs.load() < 1200);  // shared, most of them
}
