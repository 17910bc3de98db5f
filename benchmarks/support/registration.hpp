#pragma once

#include <benchmark/benchmark.h>

#include <string>
#include <utility>

namespace sheaf_bench {

/// Registers `run(state)`, which sets the time of an iteration itself. One iteration is one measurement of a whole
/// stream; repetitions are asked for on the command line.
template <class Run>
benchmark::internal::Benchmark* add_benchmark(const std::string& name, Run run) {
    return benchmark::RegisterBenchmark(name.c_str(), std::move(run))
        ->UseManualTime()
        ->Iterations(1)
        ->Unit(benchmark::kMillisecond);
}

}  // namespace sheaf_bench
