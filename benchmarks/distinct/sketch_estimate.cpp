// What does it cost to ask a sketch how many elements there were?

#include <distinct/elements.hpp>
#include <distinct/peers/all.hpp>
#include <support/failures.hpp>
#include <support/registration.hpp>
#include <support/scale.hpp>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <string>

namespace {

using namespace sheaf_bench;

constexpr std::size_t count = 1'000'000;

/// `ask(sketch)` is what takes the time.
template <class Sketch, class Ask>
void add(const std::string& name, Ask ask) {
    add_benchmark("sketch_estimate/" + name, [=](benchmark::State& state) {
        Sketch sketch;
        insert_all(sketch, distinct_elements(count, 20));
        const std::size_t rounds = scaled(20'000);
        for (auto _ : state) {
            const double time = nanoseconds([&] {
                for (std::size_t round = 0; round < rounds; ++round) {
                    benchmark::DoNotOptimize(sketch);
                    benchmark::ClobberMemory();
                    benchmark::DoNotOptimize(ask(sketch));
                }
            });
            state.SetIterationTime(time * 1e-9);
            state.counters["ns_per_estimate"] = time / static_cast<double>(rounds);
            if (!is_near(sketch.estimate(), count)) { fail(state, "the estimate is wrong"); }
        }
    });
}

[[maybe_unused]] const bool added = [] {
    for_each_sketch([]<class Sketch>(const std::string& name) {
        add<Sketch>("estimate/" + name, [](const Sketch& sketch) { return sketch.estimate(); });
    });
    using Martingale = SheafMartingale<2, 24>;
    add<Martingale>("estimate/sheaf_exaloglog_martingale",
                    [](const Martingale& sketch) { return sketch.estimate(); });
    using Sheaf = SheafSketch<2, 24>;
    add<Sheaf>("count/sheaf_exaloglog", [](const Sheaf& sketch) { return sketch.count(); });
#ifdef SHEAF_BENCH_HAS_DATASKETCHES
    using Hll = DataSketchesHll<datasketches::HLL_8>;
    add<Hll>("of_registers/datasketches_hll_8",
             [](const Hll& sketch) { return sketch.estimate_of_registers(); });
#endif
    return true;
}();

}  // namespace
