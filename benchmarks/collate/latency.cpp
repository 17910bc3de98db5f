// How soon does the sink hear of a resource, once its last transform has ended? The clock itself takes a part of that:
// the row `clock` is two readings in a row.

#include <support/failures.hpp>
#include <support/percentiles.hpp>
#include <support/registration.hpp>
#include <support/stream_run.hpp>

#include <collate/peers/sheaf_collator.hpp>
#include <sheaf/executor/thread_pool.hpp>

#include <benchmark/benchmark.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace sheaf_bench;
using Clock = std::chrono::steady_clock;

/// When the last transform on this thread ended. The thread that ends the last transform of a resource also calls the
/// sink.
thread_local Clock::time_point transform_ended;

struct TimedWordLengths {
    sheaf::WordLengths transform;

    [[nodiscard]] std::vector<std::uint32_t> operator()(std::span<const std::byte> payload) const {
        auto lengths = transform(payload);
        transform_ended = Clock::now();
        return lengths;
    }
};

/// The waits in nanoseconds, of each thread by itself.
class Waits {
public:
    void add(Clock::duration wait) {
        const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(wait).count();
        slots_[ThreadSlot::of_this_thread()].waits.push_back(static_cast<double>(nanoseconds));
    }

    [[nodiscard]] std::vector<double> all() const {
        std::vector<double> waits;
        for (const Slot& slot : slots_) { waits.insert(waits.end(), slot.waits.begin(), slot.waits.end()); }
        return waits;
    }

private:
    struct alignas(64) Slot {
        std::vector<double> waits;
    };
    std::array<Slot, ThreadSlot::count> slots_;
};

void report(benchmark::State& state, const Waits& waits) {
    std::vector<double> all = waits.all();
    state.counters["p50_us"] = percentile(all, 0.5) / 1000;
    state.counters["p99_us"] = percentile(all, 0.99) / 1000;
    state.counters["p999_us"] = percentile(all, 0.999) / 1000;
}

template <class Executor, class MakeExecutor>
void run(benchmark::State& state, MakeExecutor make_executor) {
    auto packets = kept_packets_for<sheaf::Packet<>, SheafCollator<1>>(hot());
    for (auto _ : state) {
        Waits waits;
        Tally tally;
        const auto on_completed = [&](const sheaf::Completed<>& result) {
            waits.add(Clock::now() - transform_ended);
            tally(result.id, result.output);
        };
        const auto begin = Clock::now();
        {
            sheaf::PacketCollator collator{TimedWordLengths{},
                                           sheaf::Handlers{on_completed, [](const sheaf::Incomplete<>&) {}},
                                           make_executor(), options_out_of_reach()};
            for (auto& packet : packets) { static_cast<void>(collator.submit(packet)); }
            static_cast<void>(collator.drain(std::chrono::minutes{5}));
        }
        state.SetIterationTime(std::chrono::duration<double>(Clock::now() - begin).count());
        if (tally.delivered() != hot().expected) {
            fail(state, "what was delivered is not what was sent");
            break;
        }
        report(state, waits);
    }
}

[[maybe_unused]] const bool added = [] {
    add_benchmark("latency/inline", [](benchmark::State& state) {
        run<sheaf::InlineExecutor>(state, [] { return sheaf::InlineExecutor{}; });
    });
    add_benchmark("latency/pool_2", [](benchmark::State& state) {
        run<sheaf::ThreadPool>(state, [] { return sheaf::ThreadPool{2}; });
    });
    add_benchmark("latency/clock", [](benchmark::State& state) {
        for (auto _ : state) {
            Waits waits;
            const auto begin = Clock::now();
            for (std::size_t i = 0; i < 100'000; ++i) {
                const auto first = Clock::now();
                waits.add(Clock::now() - first);
            }
            state.SetIterationTime(std::chrono::duration<double>(Clock::now() - begin).count());
            report(state, waits);
        }
    });
    return true;
}();

}  // namespace
