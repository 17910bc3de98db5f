#pragma once

#include <support/failures.hpp>
#include <support/tally.hpp>
#include <support/workload.hpp>

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include <time.h>

namespace sheaf_bench {

/// A peer is a class with
/// - `packet_type` and `static packet_type packet(const StreamPacket&)`: what it is fed with, made beforehand;
/// - a constructor from the number of resources that will be open at most, and the `Tally` to deliver to;
/// - `feed(std::span<packet_type>)`: submits all, one after the other. Several threads may call it, unless the peer
///   says otherwise;
/// - `finish()`: returns when all has been delivered.
/// `Peer::delivers` is false for those that only transform, so that there is nothing to check.

template <class Peer>
[[nodiscard]] std::vector<typename Peer::packet_type> packets_for(std::span<const StreamPacket> packets) {
    std::vector<typename Peer::packet_type> made;
    made.reserve(packets.size());
    for (const StreamPacket& packet : packets) { made.push_back(Peer::packet(packet)); }
    return made;
}

/// `work` as the peer wants it; kept, because repetitions ask again and again.
template <class Packet, class Peer>
[[nodiscard]] std::span<Packet> kept_packets_for(const Workload& work) {
    static std::map<const Workload*, std::vector<Packet>> kept;
    auto& packets = kept[&work];
    if (packets.empty()) { packets = packets_for<Peer>(work.packets); }
    return packets;
}

template <class Peer>
[[nodiscard]] constexpr bool delivers() {
    if constexpr (requires { Peer::delivers; }) { return Peer::delivers; }
    return true;
}

/// The processor time of all threads so far. Beside other work it says more than the time on the clock.
[[nodiscard]] inline double processor_seconds() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// One measurement: a fresh peer takes the whole stream. The time is that from the first packet to the last delivery.
template <class Peer>
void run_stream(benchmark::State& state, const Workload& work) {
    const auto packets = kept_packets_for<typename Peer::packet_type, Peer>(work);
    double seconds = 0;
    double processor = 0;
    for (auto _ : state) {
        Tally tally;
        Peer peer{work.most_open, tally};
        const double processor_begin = processor_seconds();
        const auto begin = std::chrono::steady_clock::now();
        peer.feed(packets);
        peer.finish();
        const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
        state.SetIterationTime(time.count());
        seconds += time.count();
        processor += processor_seconds() - processor_begin;
        if (delivers<Peer>() && tally.delivered() != work.expected) {
            fail(state, "what was delivered is not what was sent");
            break;
        }
    }
    const double fed = static_cast<double>(state.iterations()) * static_cast<double>(packets.size());
    state.SetItemsProcessed(static_cast<std::int64_t>(fed));
    state.counters["ns_per_packet"] = seconds * 1e9 / fed;
    state.counters["processor_ns_per_packet"] = processor * 1e9 / fed;
}

}  // namespace sheaf_bench
