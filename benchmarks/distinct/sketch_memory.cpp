// What memory does a sketch take, and how far is it off? Sketches are compared by bytes times the square of the error,
// which stays the same where the number of registers changes: so much more memory has one at the error of another.

#include <distinct/elements.hpp>
#include <distinct/peers/all.hpp>
#include <support/counting_new.hpp>
#include <support/failures.hpp>
#include <support/registration.hpp>
#include <support/scale.hpp>

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace {

using namespace sheaf_bench;

constexpr std::size_t count = 1'000'000;

/// One sketch has seen all elements.
template <class Sketch>
struct OneStream {
    static double theory() { return Sketch::error_of_one_stream(); }
    static Sketch make(std::span<const std::uint64_t> elements) {
        Sketch sketch;
        insert_all(sketch, elements);
        return sketch;
    }
};

/// Two sketches have seen half of the elements each, and their union has been made a sketch.
template <class Sketch>
struct Merged {
    static double theory() { return Sketch::error_of_merged(); }
    static Sketch make(std::span<const std::uint64_t> elements) {
        const auto half = elements.size() / 2;
        typename Sketch::Union both;
        both.take(OneStream<Sketch>::make(elements.first(half)));
        both.take(OneStream<Sketch>::make(elements.subspan(half)));
        return both.result();
    }
};

/// Adds up how far the estimates of many streams are off.
template <class Sketch, class Made>
void measure(benchmark::State& state) {
    const std::size_t streams = scaled(200);
    for (auto _ : state) {
        double squares = 0;
        std::size_t bytes = 0;
        std::size_t serialized = 0;
        const double time = nanoseconds([&] {
            for (std::size_t seed = 0; seed < streams; ++seed) {
                const auto elements = distinct_elements(count, 1000 + seed);
                const std::uint64_t before = allocated_bytes.load();
                const Sketch sketch = Made::make(elements);
                bytes = sizeof(Sketch) + static_cast<std::size_t>(allocated_bytes.load() - before);
                serialized = sketch.serialized_bytes();
                const double off = sketch.estimate() / static_cast<double>(count) - 1;
                squares += off * off;
            }
        });
        const double measured = std::sqrt(squares / static_cast<double>(streams));
        const double theory = Made::theory();
        state.SetIterationTime(time * 1e-9);
        state.counters["bytes"] = static_cast<double>(bytes);
        state.counters["serialized_bytes"] = static_cast<double>(serialized);
        state.counters["error_percent"] = theory * 100;
        state.counters["measured_error_percent"] = measured * 100;
        // Of 200 streams the measured error is itself off by 5 %.
        if (streams >= 100 && std::abs(measured / theory - 1) > 0.2) {
            fail(state, "the error is not what theory says");
        }
    }
}

/// The union itself, once both halves of a stream have been put into it.
template <class Sketch>
void measure_union(benchmark::State& state) {
    const auto elements = distinct_elements(count, 1000);
    const std::span all{elements};
    for (auto _ : state) {
        double estimate = 0;
        std::size_t bytes = 0;
        const double time = nanoseconds([&] {
            const std::uint64_t before = allocated_bytes.load();
            typename Sketch::Union both;
            both.take(OneStream<Sketch>::make(all.first(count / 2)));
            both.take(OneStream<Sketch>::make(all.subspan(count / 2)));
            bytes = sizeof both + static_cast<std::size_t>(allocated_bytes.load() - before);
            estimate = both.estimate();
        });
        state.SetIterationTime(time * 1e-9);
        state.counters["bytes"] = static_cast<double>(bytes);
        state.counters["error_percent"] = Sketch::error_of_merged() * 100;
        if (!is_near(estimate, count)) { fail(state, "the estimate is wrong"); }
    }
}

template <class Sketch>
void add_one_stream(const std::string& name) {
    add_benchmark("sketch_memory/one_stream/" + name, measure<Sketch, OneStream<Sketch>>);
}

[[maybe_unused]] const bool added = [] {
    const auto add = []<class Sketch>(const std::string& name) {
        add_one_stream<Sketch>(name);
        add_benchmark("sketch_memory/merged/" + name, measure<Sketch, Merged<Sketch>>);
        add_benchmark("sketch_memory/union/" + name, measure_union<Sketch>);
    };
    add.template operator()<SheafSketch<2, 24>>("sheaf_exaloglog");
    add_one_stream<SheafMartingale<2, 24>>("sheaf_exaloglog_martingale");
#ifdef SHEAF_BENCH_HAS_DATASKETCHES
    add.template operator()<DataSketchesHll<datasketches::HLL_8>>("datasketches_hll_8");
    add.template operator()<DataSketchesHll<datasketches::HLL_4>>("datasketches_hll_4");
    add.template operator()<DataSketchesCpc<>>("datasketches_cpc");
#endif
    return true;
}();

}  // namespace
