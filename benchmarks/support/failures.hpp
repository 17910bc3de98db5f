#pragma once

#include <benchmark/benchmark.h>

#include <cstddef>

namespace sheaf_bench {

/// How many benchmarks gave wrong results.
[[nodiscard]] inline std::size_t& failures() noexcept {
    static std::size_t count = 0;
    return count;
}

/// Ends a benchmark whose result is wrong, so that there is no number for it.
inline void fail(benchmark::State& state, const char* reason) {
    ++failures();
    state.SkipWithError(reason);
}

}  // namespace sheaf_bench
