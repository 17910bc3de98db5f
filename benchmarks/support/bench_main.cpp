// The main function of all benchmarks: says in the context where and of what it runs, and fails if a result was wrong.

#include <support/failures.hpp>
#include <support/machine.hpp>

#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
    benchmark::AddCustomContext("processor", sheaf_bench::processor());
    benchmark::AddCustomContext("isa", sheaf_bench::isa());
    benchmark::AddCustomContext("compiler", sheaf_bench::compiler());
    const char* scale = std::getenv("SHEAF_BENCH_SCALE");
    benchmark::AddCustomContext("scale", scale == nullptr ? "1" : scale);
    benchmark::AddCustomContext("peers_left_out", SHEAF_BENCH_LEFT_OUT);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) { return 2; }
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    if (sheaf_bench::failures() > 0) {
        std::fprintf(stderr, "sheaf: %zu benchmarks gave wrong results\n", sheaf_bench::failures());
        return 1;
    }
    return 0;
}
