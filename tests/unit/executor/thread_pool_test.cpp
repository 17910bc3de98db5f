#include <sheaf/executor/thread_pool.hpp>

#include <sheaf/concepts.hpp>

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using sheaf::ThreadPool;
using namespace std::chrono_literals;

static_assert(sheaf::ExecutorFor<ThreadPool>);
static_assert(!sheaf::ManualExecutorFor<ThreadPool>);
static_assert(std::is_nothrow_move_constructible_v<ThreadPool>);

/// Waits until `condition` holds; false if it does not in a time that only a lost wake-up takes. The
/// destructor of the pool wakes everyone, so that a test that fails here still ends.
template <class Condition>
[[nodiscard]] bool eventually(const Condition& condition) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) { return false; }
        std::this_thread::yield();
    }
    return true;
}

}  // namespace

TEST_CASE("ThreadPool refuses zeros and names them") {
    CHECK_THROWS_WITH_AS(ThreadPool{0}, "sheaf: ThreadPool::threads must be at least 1",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS((ThreadPool{1, {.queue_capacity = 0}}),
                         "sheaf: ThreadPoolOptions::queue_capacity must be at least 1",
                         std::invalid_argument);
}

TEST_CASE("ThreadPool runs every task once, of every size, and in order with one thread") {
    std::vector<int> order;
    {
        ThreadPool pool{1};
        for (int i = 0; i < 1000; ++i) {
            if (i % 2 == 0) {
                pool.execute([&order, owned = std::make_unique<int>(i)] { order.push_back(*owned); });
            } else {
                std::array<int, 100> large{};
                large[50] = i;
                pool.execute([&order, large] { order.push_back(large[50]); });
            }
        }
    }
    REQUIRE(order.size() == 1000);
    for (int i = 0; i < 1000; ++i) { REQUIRE(order[static_cast<std::size_t>(i)] == i); }
}

TEST_CASE("ThreadPool drains at its end what is queued and what the tasks queue") {
    std::atomic<int> runs = 0;
    {
        ThreadPool pool{2};
        for (int i = 0; i < 20; ++i) {
            pool.execute([&] {
                std::this_thread::sleep_for(1ms);
                runs.fetch_add(1);
                pool.execute([&] {
                    runs.fetch_add(1);
                    pool.execute([&] { runs.fetch_add(1); });
                });
            });
        }
    }
    CHECK(runs.load() == 60);
}

TEST_CASE("ThreadPool uses all of its threads: as many sleepers wake as there are tasks") {
    // Each task waits for the others of its round, so a round ends only if every one got a thread of its own.
    constexpr int threads = 4;
    ThreadPool pool{threads};
    CHECK(pool.thread_count() == threads);
    for (int round = 0; round < 1500; ++round) {
        std::atomic<int> arrived = 0;
        std::atomic<int> left = 0;
        std::atomic<bool> give_up = false;
        for (int i = 0; i < threads; ++i) {
            pool.execute([&] {
                arrived.fetch_add(1);
                while (arrived.load() < threads && !give_up.load()) { std::this_thread::yield(); }
                left.fetch_add(1);
            });
        }
        const bool met = eventually([&] { return arrived.load() == threads; });
        give_up = true;
        REQUIRE(met);
        REQUIRE(eventually([&] { return left.load() == threads; }));
    }
}

TEST_CASE("ThreadPool loses no wake-up between falling asleep and a new task") {
    // One task at a time, sent just when the threads go back to sleep; from two producers, so that the counts
    // of sleepers and notifications meet in many ways.
    ThreadPool pool{3};
    std::atomic<int> failures = 0;
    std::vector<std::thread> producers;
    for (int producer = 0; producer < 2; ++producer) {
        producers.emplace_back([&] {
            // Shared with the tasks, which may run late where a wake-up is lost.
            const auto done = std::make_shared<std::atomic<int>>(0);
            for (int i = 1; i <= 10'000 && failures.load() == 0; ++i) {
                pool.execute([done] { done->fetch_add(1); });
                if (i % 3 != 0 && !eventually([&] { return done->load() == i; })) { failures.fetch_add(1); }
            }
        });
    }
    for (auto& producer : producers) { producer.join(); }
    CHECK(failures.load() == 0);
}

TEST_CASE("ThreadPool waits for room where the queue is full") {
    std::atomic<bool> open = false;
    std::atomic<int> runs = 0;
    std::atomic<int> sent = 0;
    ThreadPool pool{1, {.queue_capacity = 2}};
    pool.execute([&] {
        while (!open.load()) { std::this_thread::yield(); }
    });
    REQUIRE(eventually([&] { return pool.queued() == 0; }));
    std::vector<std::thread> producers;
    for (int p = 0; p < 3; ++p) {
        producers.emplace_back([&] {
            for (int i = 0; i < 500; ++i) {
                pool.execute([&] { runs.fetch_add(1); });
                sent.fetch_add(1);
            }
        });
    }
    REQUIRE(eventually([&] { return sent.load() == 2; }));
    std::this_thread::sleep_for(20ms);
    CHECK(sent.load() == 2);  // the others wait
    CHECK(pool.queued() == 2);
    open = true;
    CHECK(eventually([&] { return runs.load() == 1500; }));
    for (auto& producer : producers) { producer.join(); }
}

TEST_CASE("ThreadPool admits tasks of its own threads over the bound") {
    std::atomic<int> runs = 0;
    std::size_t queued = 0;
    {
        ThreadPool pool{1, {.queue_capacity = 1}};
        pool.execute([&] {
            for (int i = 0; i < 100; ++i) {
                pool.execute([&] { runs.fetch_add(1); });  // would wait for itself for ever
            }
            queued = pool.queued();
        });
    }
    CHECK(queued == 100);
    CHECK(runs.load() == 100);
}

TEST_CASE("ThreadPool: a thread of one pool does wait for room in another") {
    std::atomic<bool> open = false;
    std::atomic<int> sent = 0;
    ThreadPool target{1, {.queue_capacity = 1}};
    {
        ThreadPool source{1};
        target.execute([&] {
            while (!open.load()) { std::this_thread::yield(); }
        });
        REQUIRE(eventually([&] { return target.queued() == 0; }));
        source.execute([&] {
            for (int i = 0; i < 3; ++i) {
                target.execute([] {});
                sent.fetch_add(1);
            }
        });
        REQUIRE(eventually([&] { return sent.load() == 1; }));
        std::this_thread::sleep_for(10ms);
        CHECK(sent.load() == 1);
        open = true;
    }
    CHECK(sent.load() == 3);
}

TEST_CASE("ThreadPool may be destroyed by one of its own threads, which finishes the queue") {
    for (const std::size_t threads : {std::size_t{1}, std::size_t{3}}) {
        for (int round = 0; round < 200; ++round) {
            auto runs = std::make_shared<std::atomic<int>>(0);
            auto pool = std::make_shared<ThreadPool>(threads);
            auto go = std::make_shared<std::atomic<bool>>(false);
            auto* const borrowed = pool.get();
            borrowed->execute([pool = std::move(pool), runs, go, round]() mutable {
                while (!go->load()) { std::this_thread::yield(); }
                for (int i = 0; i < 10; ++i) {
                    pool->execute([runs] { runs->fetch_add(1); });
                }
                if (round % 2 == 0) {
                    pool.reset();  // in the task; in the other rounds in its destruction
                }
                runs->fetch_add(1);
            });
            go->store(true);
            REQUIRE(eventually([&] { return runs->load() == 11; }));
        }
    }
}

TEST_CASE("ThreadPool may be moved, while its tasks run") {
    std::atomic<int> runs = 0;
    {
        ThreadPool source{2};
        for (int i = 0; i < 100; ++i) {
            source.execute([&] { runs.fetch_add(1); });
        }
        ThreadPool target{std::move(source)};
        CHECK(target.thread_count() == 2);
        target.execute([&] { runs.fetch_add(1); });
        ThreadPool other{1};
        other.execute([&] {
            std::this_thread::sleep_for(1ms);
            runs.fetch_add(1);
        });
        other = std::move(target);  // stops the old threads of `other`
        CHECK(other.thread_count() == 2);
        CHECK(runs.load() >= 1);
        other.execute([&] { runs.fetch_add(1); });
    }
    CHECK(runs.load() == 103);
}

TEST_CASE("ThreadPool runs tasks on other threads than the caller's") {
    std::mutex mutex;
    std::set<std::thread::id> threads;
    {
        ThreadPool pool{3};
        for (int i = 0; i < 300; ++i) {
            pool.execute([&] {
                const std::lock_guard lock{mutex};
                threads.insert(std::this_thread::get_id());
            });
        }
    }
    CHECK(threads.count(std::this_thread::get_id()) == 0);
    CHECK(threads.size() <= 3);
}
