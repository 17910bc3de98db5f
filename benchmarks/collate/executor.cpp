// What does it cost to have a task run by another thread? One thread places tasks that count, and waits until all have
// run.

#include <support/failures.hpp>
#include <support/registration.hpp>
#include <support/workload.hpp>

#include <sheaf/executor/thread_pool.hpp>

#ifdef SHEAF_BENCH_HAS_TBB
#    include <oneapi/tbb/global_control.h>
#    include <oneapi/tbb/task_arena.h>
#    include <oneapi/tbb/task_group.h>
#endif

#include <benchmark/benchmark.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <future>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace sheaf_bench;

using Counter = std::atomic<std::size_t>;

/// The pool's destructor waits until all tasks have run.
class SheafPool {
public:
    explicit SheafPool(int threads) { pool_.emplace(static_cast<std::size_t>(threads)); }
    void run(std::size_t tasks, Counter& counter) {
        for (std::size_t i = 0; i < tasks; ++i) {
            pool_->execute([&counter] { counter.fetch_add(1, std::memory_order_relaxed); });
        }
        pool_.reset();
    }

private:
    std::optional<sheaf::ThreadPool> pool_;
};

#ifdef SHEAF_BENCH_HAS_TBB
/// As many workers as the pool has threads, beside the thread that places the tasks; that one helps while it waits.
class TbbTaskGroup {
public:
    explicit TbbTaskGroup(int threads)
        : parallelism_{tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads) + 1}
        , arena_{threads + 1, 1} {
        arena_.initialize();
    }
    void run(std::size_t tasks, Counter& counter) {
        arena_.execute([&] {
            tbb::task_group group;
            for (std::size_t i = 0; i < tasks; ++i) {
                group.run([&counter] { counter.fetch_add(1, std::memory_order_relaxed); });
            }
            group.wait();
        });
    }

private:
    tbb::global_control parallelism_;
    tbb::task_arena arena_;
};
#endif

/// A thread a task; some at a time, because a machine has not as many threads as there are tasks.
class StandardAsync {
public:
    explicit StandardAsync(int threads)
        : at_a_time_{static_cast<std::size_t>(threads)} {}
    void run(std::size_t tasks, Counter& counter) {
        std::vector<std::future<void>> futures(at_a_time_);
        for (std::size_t i = 0; i < tasks; ++i) {
            futures[i % at_a_time_] = std::async(
                std::launch::async, [&counter] { counter.fetch_add(1, std::memory_order_relaxed); });
        }
        for (auto& future : futures) { future.wait(); }
    }

private:
    std::size_t at_a_time_;
};

template <class Runner>
void add(const char* name, std::size_t full_tasks) {
    for (const int threads : {1, 2}) {
        add_benchmark(
            std::string{"executor/"} + name + '/' + std::to_string(threads), [=](benchmark::State& state) {
                const std::size_t tasks = scaled(full_tasks);
                for (auto _ : state) {
                    Counter counter{0};
                    Runner runner{threads};
                    const auto begin = std::chrono::steady_clock::now();
                    runner.run(tasks, counter);
                    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
                    state.SetIterationTime(time.count());
                    state.counters["ns_per_task"] = time.count() * 1e9 / static_cast<double>(tasks);
                    if (counter != tasks) { fail(state, "not every task has run"); }
                }
            });
    }
}

[[maybe_unused]] const bool added = [] {
    add<SheafPool>("sheaf_pool", 1'000'000);
#ifdef SHEAF_BENCH_HAS_TBB
    add<TbbTaskGroup>("tbb_task_group", 1'000'000);
#endif
    add<StandardAsync>("std_async", 20'000);
    return true;
}();

}  // namespace
