// How fast is `WordLengths`, beside the loop that one would write?

#include <collate/peers/transform_alone.hpp>
#include <support/failures.hpp>
#include <support/registration.hpp>
#include <support/workload.hpp>

#include <sheaf/transform/word_lengths.hpp>

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace sheaf_bench;

struct WordLengthsInto {
    void operator()(std::span<const std::byte> text, std::vector<std::uint32_t>& lengths) const {
        transform_into(sheaf::WordLengths{}, text, lengths);
    }
};

/// A new vector for each text.
struct WordLengthsReturned {
    void operator()(std::span<const std::byte> text, std::vector<std::uint32_t>& lengths) const {
        lengths = sheaf::WordLengths{}(text);
    }
};

/// Byte by byte, counting code points as `WordLengths` does.
struct PlainLoop {
    void operator()(std::span<const std::byte> text, std::vector<std::uint32_t>& lengths) const {
        lengths.clear();
        std::uint32_t length = 0;
        for (const std::byte byte : text) {
            if (byte == std::byte{' '}) {
                lengths.push_back(length);
                length = 0;
            } else if ((byte & std::byte{0xC0}) != std::byte{0x80}) {
                ++length;
            }
        }
        lengths.push_back(length);
    }
};

/// Transforms all texts, many times. They are as many as to be more than branch predictors remember.
template <class Transform>
void run(benchmark::State& state, std::size_t size, std::size_t count) {
    const TextPool texts{count, size, 8};
    const Transform transform{};
    std::vector<std::uint32_t> lengths;
    std::vector<std::uint32_t> expected;
    for (std::size_t i = 0; i < count; ++i) {
        transform(texts.text(i), lengths);
        PlainLoop{}(texts.text(i), expected);
        if (lengths != expected) { return fail(state, "the lengths are wrong"); }
    }
    const std::size_t rounds = scaled(std::size_t{64} << 20U) / (size * count) + 1;
    for (auto _ : state) {
        const auto begin = std::chrono::steady_clock::now();
        for (std::size_t round = 0; round < rounds; ++round) {
            for (std::size_t i = 0; i < count; ++i) {
                transform(texts.text(i), lengths);
                benchmark::DoNotOptimize(lengths.data());
                benchmark::ClobberMemory();
            }
        }
        const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
        const double payloads = static_cast<double>(rounds * count);
        state.SetIterationTime(time.count());
        state.SetBytesProcessed(static_cast<std::int64_t>(rounds * count * size));
        state.counters["ns_per_payload"] = time.count() * 1e9 / payloads;
    }
}

template <class Transform>
void add(const char* name) {
    const auto add_one = [&](std::size_t size, std::size_t count) {
        add_benchmark(std::string{"transform/"} + name + '/' + std::to_string(size),
                      [=](benchmark::State& state) { run<Transform>(state, size, count); });
    };
    add_one(64, 16'384);
    add_one(std::size_t{1} << 10U, 1'024);
    add_one(std::size_t{64} << 10U, 16);
}

[[maybe_unused]] const bool added = [] {
    add<PlainLoop>("plain_loop");
    add<WordLengthsInto>("word_lengths");
    add<WordLengthsReturned>("word_lengths_returned");
    return true;
}();

}  // namespace
