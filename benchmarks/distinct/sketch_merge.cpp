// What does it cost to put sketches together?

#include <distinct/elements.hpp>
#include <distinct/peers/all.hpp>
#include <support/failures.hpp>
#include <support/registration.hpp>
#include <support/scale.hpp>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace {

using namespace sheaf_bench;

constexpr std::size_t sketch_count = 4;
constexpr std::size_t elements_of_each = 1'000'000;

/// Sketches that have no element in common, far beyond the states that they begin with.
template <class Sketch>
std::vector<Sketch> make_sketches() {
    std::vector<Sketch> sketches;
    for (std::uint64_t seed = 0; seed < sketch_count; ++seed) {
        insert_all(sketches.emplace_back(), distinct_elements(elements_of_each, seed + 10));
    }
    return sketches;
}

void report(benchmark::State& state, double time, std::size_t merges) {
    state.SetIterationTime(time * 1e-9);
    state.counters["ns_per_merge"] = time / static_cast<double>(merges);
}

template <class Union, class Sketch>
Union union_of(const std::vector<Sketch>& sketches) {
    Union all;
    for (const Sketch& sketch : sketches) { all.take(sketch); }
    return all;
}

/// The least that there is: sketches, in turns, into a union that has seen them all. With `has_estimate` it is asked after
/// each of them how many elements there are, for which DataSketches has put work off.
template <class Sketch>
void merge_densely(benchmark::State& state, bool has_estimate) {
    const auto sketches = make_sketches<Sketch>();
    const std::size_t rounds = scaled(1'000);
    for (auto _ : state) {
        auto all = union_of<typename Sketch::Union>(sketches);
        report(state, nanoseconds([&] {
                   for (std::size_t round = 0; round < rounds; ++round) {
                       for (const Sketch& sketch : sketches) {
                           all.take(sketch);
                           if (has_estimate) { benchmark::DoNotOptimize(all.estimate()); }
                           benchmark::DoNotOptimize(all);
                           benchmark::ClobberMemory();
                       }
                   }
               }),
               rounds * sketches.size());
        if (!is_near(all.estimate(), sketch_count * elements_of_each)) {
            fail(state, "the estimate is wrong");
        }
    }
}

/// Of two sketches a third one.
template <class Sketch>
void merge_two(benchmark::State& state) {
    auto sketches = make_sketches<Sketch>();
    sketches.resize(2);
    const std::size_t rounds = scaled(1'000);
    for (auto _ : state) {
        double estimate = 0;
        report(state, nanoseconds([&] {
                   for (std::size_t round = 0; round < rounds; ++round) {
                       const auto both = union_of<typename Sketch::Union>(sketches);
                       const Sketch third = both.result();
                       benchmark::DoNotOptimize(third);
                       benchmark::ClobberMemory();
                       if (round == 0) { estimate = third.estimate(); }
                   }
               }),
               rounds);
        if (!is_near(estimate, 2 * elements_of_each)) { fail(state, "the estimate is wrong"); }
    }
}

using Bytes = std::vector<std::uint8_t>;

/// Reads two arrays and writes the greater of each two bytes to one of them.
template <std::size_t Width>
[[gnu::always_inline]] inline void keep_greater(Bytes& ours, const Bytes& theirs) {
    using Lanes [[gnu::vector_size(Width)]] = std::uint8_t;
    for (std::size_t at = 0; at < ours.size(); at += Width) {
        Lanes one;
        Lanes other;
        std::memcpy(&one, ours.data() + at, Width);
        std::memcpy(&other, theirs.data() + at, Width);
        one = one > other ? one : other;
        std::memcpy(ours.data() + at, &one, Width);
    }
}

using KeepGreater = void (*)(Bytes&, const Bytes&);

void keep_greater_portably(Bytes& ours, const Bytes& theirs) { keep_greater<16>(ours, theirs); }

#if defined(__x86_64__)
[[gnu::target("avx2")]] void keep_greater_by_avx2(Bytes& ours, const Bytes& theirs) {
    keep_greater<32>(ours, theirs);
}
KeepGreater best_keep_greater() {
    return __builtin_cpu_supports("avx2") ? keep_greater_by_avx2 : keep_greater_portably;
}
#else
KeepGreater best_keep_greater() { return keep_greater_portably; }
#endif

/// The floor: what passing 2^12 registers of 32 bits through the processor takes.
void merge_nothing(benchmark::State& state) {
    const KeepGreater keep = best_keep_greater();
    const std::vector<Bytes> sketches(sketch_count, Bytes(std::size_t{16} << 10U, 1));
    Bytes all(sketches[0].size());
    const std::size_t rounds = scaled(1'000);
    for (auto _ : state) {
        report(state, nanoseconds([&] {
                   for (std::size_t round = 0; round < rounds; ++round) {
                       for (const Bytes& sketch : sketches) {
                           keep(all, sketch);
                           benchmark::DoNotOptimize(all.data());
                           benchmark::ClobberMemory();
                       }
                   }
               }),
               rounds * sketches.size());
        if (all.back() != 1) { fail(state, "the greatest is wrong"); }
    }
}

[[maybe_unused]] const bool added = [] {
    add_benchmark("sketch_merge/dense/floor", merge_nothing);
    for_each_sketch([]<class Sketch>(const std::string& name) {
        add_benchmark("sketch_merge/dense/" + name,
                      [](benchmark::State& state) { merge_densely<Sketch>(state, false); });
        add_benchmark("sketch_merge/estimated/" + name,
                      [](benchmark::State& state) { merge_densely<Sketch>(state, true); });
        add_benchmark("sketch_merge/two/" + name, merge_two<Sketch>);
    });
    return true;
}();

}  // namespace
