#pragma once

// All peers by name. A peer that stands for a library which was not found is left out; CMake and the context of the
// results say so.

#include <collate/peers/mutex_map.hpp>
#include <collate/peers/sheaf_collator.hpp>
#include <collate/peers/striped_map.hpp>
#include <collate/peers/transform_alone.hpp>
#include <collate/peers/unlocked_map.hpp>

#ifdef SHEAF_BENCH_HAS_TBB
#    include <collate/peers/tbb_flow.hpp>
#    include <collate/peers/tbb_map.hpp>
#endif
#ifdef SHEAF_BENCH_HAS_PHMAP
#    include <collate/peers/phmap_map.hpp>
#endif
#ifdef SHEAF_BENCH_HAS_CONCURRENT_FLAT_MAP
#    include <collate/peers/flat_map.hpp>
#endif

namespace sheaf_bench {

/// Calls `visit.template operator()<Peer>(name)` for each peer that many threads may feed.
template <class Visitor>
void for_each_shared_peer(Visitor visit) {
    visit.template operator()<MutexMap>("mutex_map");
    visit.template operator()<StripedMap>("striped_map");
#ifdef SHEAF_BENCH_HAS_TBB
    visit.template operator()<TbbMap>("tbb_map");
#endif
#ifdef SHEAF_BENCH_HAS_PHMAP
    visit.template operator()<PhmapMap>("phmap");
#endif
#ifdef SHEAF_BENCH_HAS_CONCURRENT_FLAT_MAP
    visit.template operator()<FlatMap>("concurrent_flat_map");
#endif
    visit.template operator()<SheafCollator<1>>("sheaf_single");
    visit.template operator()<SheafCollator<1024>>("sheaf_batch_1024");
}

/// The same for each peer that one thread may feed.
template <class Visitor>
void for_each_peer(Visitor visit) {
    for_each_shared_peer(visit);
    visit.template operator()<UnlockedMap>("unlocked_map");
#ifdef SHEAF_BENCH_HAS_TBB
    visit.template operator()<TbbFlow>("tbb_flow");
#endif
}

}  // namespace sheaf_bench
