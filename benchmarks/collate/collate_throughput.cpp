// How much does collation cost, on top of the transform? One thread feeds; the time of a packet, for a set of resources
// that fits into the cache (hot) and one that does not (cold).

#include <collate/peers/mutex_map.hpp>
#include <collate/peers/sheaf_collator.hpp>
#include <collate/peers/striped_map.hpp>
#include <collate/peers/transform_alone.hpp>
#include <collate/peers/unlocked_map.hpp>
#include <support/stream_run.hpp>

#ifdef SHEAF_BENCH_HAS_TBB
#    include <collate/peers/tbb_flow.hpp>
#    include <collate/peers/tbb_map.hpp>
#endif
#ifdef SHEAF_BENCH_HAS_PHMAP
#    include <collate/peers/phmap_map.hpp>
#endif

#include <benchmark/benchmark.h>

#include <string>

namespace {

using namespace sheaf_bench;

template <class Peer>
void add(const std::string& name) {
    const auto add_one = [&](const char* temperature, const Workload& (*work)()) {
        const std::string full_name = std::string{"collate_throughput/"} + temperature + '/' + name;
        benchmark::RegisterBenchmark(full_name.c_str(),
                                     [work](benchmark::State& state) { run_stream<Peer>(state, work()); })
            ->UseManualTime()
            ->Iterations(1)
            ->Unit(benchmark::kMillisecond);
    };
    add_one("hot", hot);
    add_one("cold", cold);
}

[[maybe_unused]] const bool added = [] {
    add<TransformAlone>("floor");
    add<MutexMap>("mutex_map");
    add<StripedMap>("striped_map");
    add<UnlockedMap>("unlocked_map");
#ifdef SHEAF_BENCH_HAS_TBB
    add<TbbMap>("tbb_map");
    add<TbbFlow>("tbb_flow");
#endif
#ifdef SHEAF_BENCH_HAS_PHMAP
    add<PhmapMap>("phmap");
#endif
    add<SheafCollator<1>>("sheaf_single");
    add<SheafCollator<64>>("sheaf_batch_64");
    add<SheafCollator<256>>("sheaf_batch_256");
    add<SheafCollator<1024>>("sheaf_batch_1024");
    return true;
}();

}  // namespace
