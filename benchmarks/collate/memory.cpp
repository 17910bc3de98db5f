// How much memory does an open resource take, and a chunk that waits, beyond the numbers that it consists of? How often
// is memory asked for? Each number is taken in a process of its own.

#include <collate/peers/all.hpp>
#include <support/counting_new.hpp>
#include <support/fresh_process.hpp>
#include <support/memory_use.hpp>
#include <support/one_resource.hpp>
#include <support/registration.hpp>
#include <support/stream_run.hpp>

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace {

using namespace sheaf_bench;

/// 1,000,000 resources, the first packets of all before the second ones.
const Workload& pairs() {
    static const Workload work = [] {
        const std::size_t resources = scaled(1'000'000);
        Workload made{TextPool{4096, 64, 4}, {}, resources, {}};
        Random random{5};
        for (std::size_t i = 0; i < resources; ++i) {
            made.packets.push_back({random.next(), made.texts.any(random), 0, false});
        }
        for (std::size_t i = 0; i < resources; ++i) {
            made.packets.push_back({made.packets[i].id, made.texts.any(random), 1, true});
        }
        made.expected = expected_of(made.packets);
        return made;
    }();
    return work;
}

const Workload& one_resource() {
    static const Workload work = make_one_resource(scaled(1'000'000), Arrival::random, TextPool{4096, 64, 6});
    return work;
}

double bytes_of_chunks(std::span<const StreamPacket> packets) {
    return static_cast<double>(expected_of(packets).lengths) * sizeof(std::uint32_t);
}

/// What is resident for each of the first `count` packets when these have been fed, without the chunks themselves.
template <class Peer>
std::optional<double> resident_bytes_each(const Workload& work, std::size_t count) {
    auto packets = packets_for<Peer>(work.packets);
    // The reference has to see ends of resources, which these packets do not have.
    std::vector<StreamPacket> ended(work.packets.begin(),
                                    work.packets.begin() + static_cast<std::ptrdiff_t>(count));
    for (StreamPacket& packet : ended) { packet.last = true; }
    const double chunks = bytes_of_chunks(ended);

    Tally tally;
    const double before = resident_bytes();
    Peer peer{work.most_open, tally};
    peer.feed(std::span{packets}.first(count));
    peer.finish();
    const double after = resident_bytes();
    peer.feed(std::span{packets}.subspan(count));
    peer.finish();
    if (tally.delivered() != work.expected) { return std::nullopt; }
    return (after - before - chunks) / static_cast<double>(count);
}

/// How often operator new is called for a packet, when the first half of the stream has gone by. (What a peer takes from
/// an allocator of its own is not seen.)
template <class Peer>
std::optional<double> allocations_each(const Workload& work) {
    auto made = packets_for<Peer>(work.packets);
    const std::span packets{made};
    const std::size_t half = packets.size() / 2;
    const std::size_t measured = packets.size() * 2 / 5;

    Tally tally;
    Peer peer{work.most_open, tally};
    peer.feed(packets.first(half));
    peer.finish();
    const std::uint64_t before = allocations.load();
    peer.feed(packets.subspan(half, measured));
    peer.finish();
    const std::uint64_t after = allocations.load();
    peer.feed(packets.subspan(half + measured));
    peer.finish();
    if (tally.delivered() != work.expected) { return std::nullopt; }
    return static_cast<double>(after - before) / static_cast<double>(measured);
}

template <class Measure>
void add(const std::string& name, const char* counter, const Workload& (*make)(), Measure measure) {
    add_benchmark("memory/" + name, [=](benchmark::State& state) {
        for (auto _ : state) {
            const Workload& work = make();  // here, so that it is made once
            const auto begin = std::chrono::steady_clock::now();
            const auto number = in_fresh_process([&] { return measure(work); });
            state.SetIterationTime(
                std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
            if (!number) {
                fail(state, "what was delivered is not what was sent");
                break;
            }
            state.counters[counter] = *number;
        }
    });
}

template <class Peer>
void add_all(const std::string& name) {
    add("open_resource/" + name, "resident_bytes", pairs,
        [](const Workload& work) { return resident_bytes_each<Peer>(work, work.packets.size() / 2); });
    add("pending_chunk/" + name, "resident_bytes", one_resource,
        [](const Workload& work) { return resident_bytes_each<Peer>(work, work.packets.size() - 1); });
    add("hot/" + name, "allocations_per_packet", hot, allocations_each<Peer>);
}

[[maybe_unused]] const bool added = [] {
    for_each_peer([]<class Peer>(const char* name) { add_all<Peer>(name); });
    return true;
}();

}  // namespace
