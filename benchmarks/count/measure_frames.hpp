#pragma once

#include <support/failures.hpp>

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sheaf_bench {

/// Measures one pass over so many frames and bytes: `Counter`s are made before it, asked and destroyed after it.
template <class Counter, class Pass, class Expected>
void measure_frames(
    benchmark::State& state, std::size_t frames, std::size_t bytes, Pass pass, const Expected& expected) {
    for (auto _ : state) {
        Counter counter;
        const auto begin = std::chrono::steady_clock::now();
        pass(counter);
        benchmark::ClobberMemory();
        const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
        state.SetIterationTime(time.count());
        state.counters["ns_per_frame"] = time.count() * 1e9 / static_cast<double>(frames);
        state.counters["gigabytes_per_second"] = static_cast<double>(bytes) / time.count() * 1e-9;
        if (counter.outcome() != expected) { fail(state, "the counts are wrong"); }
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(frames));
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

}  // namespace sheaf_bench
