// What does it cost to count an element, and how much of that is its hash?

#include <distinct/elements.hpp>
#include <distinct/peers/all.hpp>
#include <support/failures.hpp>
#include <support/registration.hpp>
#include <support/scale.hpp>

#include <sheaf/distinct/distinct_counter.hpp>

#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace sheaf_bench;

/// So many elements take every sketch here past the states that it begins with.
std::size_t warm_up() { return scaled(1'000'000); }

const std::vector<std::uint64_t>& stream() {
    static const auto elements = distinct_elements(warm_up() + scaled(3'000'000), 1);
    return elements;
}

/// What no sketch of 4,096 registers of 32 bits can do without: to read one, at random, and to write it.
class Floor {
public:
    void insert(std::uint64_t element) {
        std::uint32_t& touched = registers_[element >> 52U];
        touched = touched * 3 + 1;
    }

private:
    std::array<std::uint32_t, 4096> registers_{};
};

/// Not a sketch for the check.
bool is_right(const Floor&, std::size_t) { return true; }

template <class Sketch>
bool is_right(const Sketch& sketch, std::size_t count) {
    return is_near(sketch.estimate(), count);
}

void report(benchmark::State& state, double time, std::size_t elements) {
    state.SetIterationTime(time * 1e-9);
    state.counters["ns_per_element"] = time / static_cast<double>(elements);
}

/// Elements that come when a million have come.
template <class Sketch>
void insert_densely(benchmark::State& state) {
    const std::span all{stream()};
    const auto measured = all.subspan(warm_up());
    for (auto _ : state) {
        Sketch sketch;
        insert_all(sketch, all.first(warm_up()));
        report(state, nanoseconds([&] {
                   insert_all(sketch, measured);
                   benchmark::DoNotOptimize(sketch);
                   benchmark::ClobberMemory();
               }),
               measured.size());
        if (!is_right(sketch, all.size())) { fail(state, "the estimate is wrong"); }
    }
}

/// A sketch is made and filled, many times; making it is part of it.
template <class Sketch>
void insert_freshly(benchmark::State& state, std::size_t count, std::size_t full_rounds) {
    const auto elements = distinct_elements(count, 2);
    const std::size_t rounds = scaled(full_rounds);
    for (auto _ : state) {
        std::optional<Sketch> sketch;
        report(state, nanoseconds([&] {
                   for (std::size_t round = 0; round < rounds; ++round) {
                       insert_all(sketch.emplace(), elements);
                       benchmark::DoNotOptimize(sketch);
                       benchmark::ClobberMemory();
                   }
               }),
               rounds * count);
        if (!is_right(*sketch, count)) { fail(state, "the estimate is wrong"); }
    }
}

/// Numbers: the stream. `hash` returns 64 bits.
template <class Hash>
void hash_numbers(benchmark::State& state, Hash hash) {
    for (auto _ : state) {
        std::uint64_t sum = 0;
        report(state, nanoseconds([&] {
                   for (const std::uint64_t element : stream()) { sum ^= hash(element); }
                   benchmark::DoNotOptimize(sum);
               }),
               stream().size());
    }
}

constexpr std::size_t text_size = 19;

/// Texts of "id:" and 16 hexadecimal digits, one after the other.
std::string make_texts(std::size_t count) {
    std::string texts;
    for (const std::uint64_t element : distinct_elements(count, 3)) {
        texts += "id:";
        for (unsigned shift = 64; shift != 0;) {
            shift -= 4;
            texts += "0123456789abcdef"[element >> shift & 0xfU];
        }
    }
    return texts;
}

template <class Hash>
void hash_texts(benchmark::State& state, Hash hash) {
    constexpr std::size_t count = 16'384;
    const std::string texts = make_texts(count);
    const std::size_t rounds = scaled(200);
    for (auto _ : state) {
        std::uint64_t sum = 0;
        report(state, nanoseconds([&] {
                   for (std::size_t round = 0; round < rounds; ++round) {
                       for (std::size_t at = 0; at < texts.size(); at += text_size) {
                           sum ^= hash(std::string_view{texts}.substr(at, text_size));
                       }
                       benchmark::DoNotOptimize(sum);
                   }
               }),
               rounds * count);
    }
}

template <class Sketch>
void add(const std::string& name) {
    add_benchmark("sketch_insert/dense/" + name, insert_densely<Sketch>);
    add_benchmark("sketch_insert/fresh/" + name,
                  [](benchmark::State& state) { insert_freshly<Sketch>(state, 100'000, 20); });
}

[[maybe_unused]] const bool added = [] {
    add<Floor>("floor");
    for_each_sketch([]<class Sketch>(const char* name) { add<Sketch>(name); });
    add<SheafSketch<2, 24, SipHashed>>("sheaf_exaloglog_hashed");
    add<SheafMartingale<2, 24>>("sheaf_exaloglog_martingale");
    add<SheafMartingale<2, 24, SipHashed>>("sheaf_exaloglog_martingale_hashed");
    for (const std::size_t count : {100U, 2'000U, 100'000U}) {
        add_benchmark("sketch_insert/distinct_counter/" + std::to_string(count),
                      [=](benchmark::State& state) {
                          insert_freshly<sheaf::DistinctCounter>(state, count, 2'000'000 / count);
                      });
    }

    const SipHashed keyed;
    add_benchmark("sketch_insert/hash/sheaf_number",
                  [=](benchmark::State& state) { hash_numbers(state, keyed.hash); });
    add_benchmark("sketch_insert/hash/sheaf_text",
                  [=](benchmark::State& state) { hash_texts(state, keyed.hash); });
#ifdef SHEAF_BENCH_HAS_DATASKETCHES
    add<SheafSketch<2, 24, MurmurHashed>>("sheaf_exaloglog_murmur");
    // Half the registers, more than the error of sheaf's.
    add<DataSketchesHll<datasketches::HLL_8, 14>>("datasketches_hll_8_smaller");
    add_benchmark("sketch_insert/hash/datasketches_number",
                  [](benchmark::State& state) { hash_numbers(state, MurmurHashed{}); });
    add_benchmark("sketch_insert/hash/datasketches_text", [](benchmark::State& state) {
        hash_texts(state, [](std::string_view text) { return murmur_hash(text.data(), text.size()); });
    });
#endif
    return true;
}();

}  // namespace
