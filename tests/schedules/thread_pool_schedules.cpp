// The pool alone: nothing queued is lost, nobody sleeps for ever, and it can be destroyed from anywhere.

#include "exploration.hpp"

#include <sheaf/executor/thread_pool.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <memory>

namespace {

using namespace schedule;
using Pool = sheaf::BasicThreadPool<Threading>;

}  // namespace

TEST_CASE("Schedules: the pool runs what two threads queue before it ends") {
    explore([] {
        int runs = 0;
        {
            Pool pool{2};
            Thread other{[&] { pool.execute([&] { ++runs; }); }};
            pool.execute([&] { ++runs; });
            other.join();
        }
        require(runs == 2, "a task was lost");
    });
}

TEST_CASE("Schedules: producers at a full queue are let in") {
    explore([] {
        int runs = 0;
        {
            Pool pool{1, {.queue_capacity = 1}};
            Thread other{[&] {
                for (int i = 0; i < 2; ++i) {
                    pool.execute([&] { ++runs; });
                }
            }};
            for (int i = 0; i < 2; ++i) {
                pool.execute([&] { ++runs; });
            }
            other.join();
        }
        require(runs == 4, "a task was lost");
    });
}

TEST_CASE("Schedules: a task that queues tasks does not wait for itself") {
    explore([] {
        int runs = 0;
        {
            Pool pool{1, {.queue_capacity = 1}};
            pool.execute([&] {
                for (int i = 0; i < 3; ++i) {
                    pool.execute([&] { ++runs; });
                }
            });
        }
        require(runs == 3, "a task was lost");
    });
}

TEST_CASE("Schedules: a task destroys the pool") {
    int runs = 2;  // of the run before: the pool's threads go on when the program has ended
    explore([&runs] {
        require(runs == 2, "a task was lost");
        runs = 0;
        auto pool = std::make_shared<Pool>(2);
        Pool& borrowed = *pool;
        borrowed.execute([&runs, pool]() mutable {
            ++runs;
            pool.reset();
        });
        borrowed.execute([&runs, pool] { ++runs; });
    });
}

TEST_CASE("Schedules: a pool's thread that helps itself") {
    explore([] {
        int runs = 0;
        {
            Pool pool{2};
            pool.execute([&] {
                pool.execute([&] { ++runs; });
                while (runs == 0 && pool.run_one()) {}
                ++runs;
            });
        }
        require(runs == 2, "a task was lost");
    });
}

TEST_CASE("Schedules: two producers at a full queue are both let in by the tasks that leave it") {
    explore(
        [] {
            int runs = 0;
            {
                Pool pool{1, {.queue_capacity = 2}};
                pool.execute([&runs] {
                    sleep_for(std::chrono::seconds{1});  // until both wait
                    ++runs;
                });
                const auto queue_one = [&] { pool.execute([&runs] { ++runs; }); };
                queue_one();
                queue_one();
                Thread first{queue_one};
                Thread second{queue_one};
                first.join();
                second.join();
            }
            require(runs == 5, "a task was lost");
        },
        300);
}
