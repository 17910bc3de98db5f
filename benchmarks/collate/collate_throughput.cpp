// How much does collation cost, on top of the transform? One thread feeds; the time of a packet, for a set of resources
// that fits into the cache (hot) and one that does not (cold).

#include <collate/peers/all.hpp>
#include <support/registration.hpp>
#include <support/stream_run.hpp>

#include <benchmark/benchmark.h>

#include <string>

namespace {

using namespace sheaf_bench;

template <class Peer>
void add(const char* temperature, const char* name, const Workload& (*work)()) {
    const std::string full_name = std::string{"collate_throughput/"} + temperature + '/' + name;
    add_benchmark(full_name, [work](benchmark::State& state) { run_stream<Peer>(state, work()); });
}

void add_all(const char* temperature, const Workload& (*work)()) {
    add<TransformAlone>(temperature, "floor", work);
    for_each_peer([=]<class Peer>(const char* name) { add<Peer>(temperature, name, work); });
    add<SheafCollator<64>>(temperature, "sheaf_batch_64", work);
    add<SheafCollator<256>>(temperature, "sheaf_batch_256", work);
}

[[maybe_unused]] const bool added = [] {
    add_all("hot", hot);
    add_all("cold", cold);
    return true;
}();

}  // namespace
