// Does it matter in which order the packets of one long resource come? The time of a packet with 10^3 to 10^6 of them
// pending. The payloads are one word each, so that the transform hardly counts.

#include <collate/peers/mutex_map.hpp>
#include <collate/peers/sheaf_collator.hpp>
#include <collate/peers/sorted_at_end.hpp>
#include <collate/peers/unlocked_map.hpp>
#include <support/one_resource.hpp>
#include <support/registration.hpp>
#include <support/stream_run.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <utility>

namespace {

using namespace sheaf_bench;

const Workload& work_of(Arrival arrival, std::size_t pending) {
    static std::map<std::pair<Arrival, std::size_t>, Workload> kept;
    auto& work = kept.try_emplace({arrival, pending}, Workload{TextPool{1, 1, 7}, {}, 0, {}}).first->second;
    if (work.packets.empty()) { work = make_one_resource(pending, arrival, TextPool{256, 4, 7}); }
    return work;
}

template <class Peer>
void add(const char* name) {
    const auto add_one = [&](const char* arrival_name, Arrival arrival, std::size_t full_pending) {
        const std::size_t pending = scaled(full_pending);
        const std::string full_name =
            std::string{"arrival_order/"} + arrival_name + '/' + name + '/' + std::to_string(full_pending);
        // About as many packets in each measurement, but of the longest.
        const auto streams =
            static_cast<benchmark::IterationCount>(std::max<std::size_t>(1, scaled(300'000) / pending));
        add_benchmark(full_name, [=](benchmark::State& state) {
            run_stream<Peer>(state, work_of(arrival, pending));
        })->Iterations(streams);
    };
    for (const std::size_t pending : {1'000U, 10'000U, 100'000U, 1'000'000U}) {
        add_one("from_the_start", Arrival::from_the_start, pending);
        add_one("in_order", Arrival::in_order, pending);
        add_one("reversed", Arrival::reversed, pending);
        add_one("random", Arrival::random, pending);
        add_one("blocks", Arrival::blocks, pending);
    }
}

[[maybe_unused]] const bool added = [] {
    add<MutexMap>("mutex_map");
    add<UnlockedMap>("unlocked_map");
    add<SortedAtEnd>("sorted_at_end");
    add<SheafCollator<1>>("sheaf_single");
    add<SheafCollator<1024>>("sheaf_batch_1024");
    return true;
}();

}  // namespace
