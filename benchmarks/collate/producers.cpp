// What do more producers gain? Threads feed one collator: of a resource's packets each its part (shared), or each
// resources of its own (partitioned). The ideal is the transform alone, which shares nothing.

#include <collate/peers/all.hpp>
#include <support/registration.hpp>
#include <support/stream_run.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace sheaf_bench;

using Clock = std::chrono::steady_clock;

enum class Division : std::uint8_t { shared, partitioned };

/// The hot stream, dealt out to threads.
template <class Peer>
std::vector<std::vector<typename Peer::packet_type>> dealt_out(Division division, std::size_t threads) {
    std::vector<std::vector<typename Peer::packet_type>> parts(threads);
    std::size_t at = 0;
    for (const StreamPacket& packet : hot().packets) {
        // Not the bits of the id that choose a stripe or a bucket.
        const std::size_t owner = division == Division::shared ? at % threads : (packet.id >> 32U) % threads;
        parts[owner].push_back(Peer::packet(packet));
        ++at;
    }
    return parts;
}

template <class Peer>
void run(benchmark::State& state, Division division, std::size_t threads) {
    static std::map<std::pair<Division, std::size_t>, decltype(dealt_out<Peer>(division, threads))> kept;
    auto& parts = kept[{division, threads}];
    if (parts.empty()) { parts = dealt_out<Peer>(division, threads); }
    for (auto _ : state) {
        Tally tally;
        Peer peer{hot().most_open, tally};
        // Each thread reads the clock itself: the one that waits for them may wake up late.
        std::barrier line{static_cast<std::ptrdiff_t>(threads)};
        std::vector<Clock::time_point> begins(threads);
        std::vector<Clock::time_point> ends(threads);
        {
            std::vector<std::jthread> producers;
            for (std::size_t i = 0; i < threads; ++i) {
                producers.emplace_back([&, i] {
                    line.arrive_and_wait();
                    begins[i] = Clock::now();
                    peer.feed(parts[i]);
                    ends[i] = Clock::now();
                });
            }
        }
        const std::chrono::duration<double> time =
            *std::max_element(ends.begin(), ends.end()) - *std::min_element(begins.begin(), begins.end());
        peer.finish();
        state.SetIterationTime(time.count());
        state.counters["ns_per_packet"] = time.count() * 1e9 / static_cast<double>(hot().packets.size());
        if (delivers<Peer>() && tally.delivered() != hot().expected) {
            fail(state, "what was delivered is not what was sent");
            break;
        }
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(hot().packets.size()));
}

template <class Peer>
void add(const char* name) {
    const auto add_one = [&](const char* division_name, Division division, std::size_t threads) {
        const std::string full_name =
            std::string{"producers/"} + division_name + '/' + name + '/' + std::to_string(threads);
        add_benchmark(full_name, [=](benchmark::State& state) { run<Peer>(state, division, threads); });
    };
    for (const std::size_t threads : {1U, 2U, 4U}) {
        add_one("shared", Division::shared, threads);
        add_one("partitioned", Division::partitioned, threads);
    }
}

[[maybe_unused]] const bool added = [] {
    add<TransformAlone>("ideal");
    for_each_shared_peer([]<class Peer>(const char* name) { add<Peer>(name); });
    return true;
}();

}  // namespace
