// How long does it take to merge sorted runs that are in memory?

#include <merge/peers/all.hpp>
#include <merge/sorted_runs.hpp>
#include <support/failures.hpp>
#include <support/registration.hpp>
#include <support/scale.hpp>
#include <support/timing.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using namespace sheaf_bench;

constexpr std::size_t values_of_a_set = std::size_t{4} << 20U;

/// Sets that are merged one after the other: one large one, or so many small ones that no branch is known by heart.
template <class Key>
struct Workload {
    std::vector<RunSet<Key>> sets;
    std::size_t values = 0;

    Workload(RunShape shape, std::size_t runs, std::size_t size, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            sets.push_back(make_runs<Key>(shape, runs, size, i));
            values += sets.back().merged.size();
        }
    }
};

template <class Merge, class Key>
void measure(benchmark::State& state, const Workload<Key>& work) {
    Merge merge;
    std::vector<Key> out(work.sets.front().merged.size());
    for (auto _ : state) {
        double time = 0;
        for (const RunSet<Key>& set : work.sets) {
            std::fill(out.begin(), out.end(), Key{0});
            time += nanoseconds([&] { merge(set.runs, out.data()); });
            if (out != set.merged) { return fail(state, "not the merge"); }
        }
        state.SetIterationTime(time * 1e-9);
        state.counters["ns_per_value"] = time / static_cast<double>(work.values);
    }
}

template <class Key>
void add_all(const std::string& shape_name,
             RunShape shape,
             std::size_t runs,
             std::size_t size,
             std::size_t count = 1) {
    const std::string prefix = "merge_in_memory/" + shape_name + '_' + std::to_string(runs) + '/';
    // Made when it is first asked for: not all are, where a filter is given.
    const auto work = std::make_shared<std::unique_ptr<Workload<Key>>>();
    const auto add = [&]<class Merge>(const char* name, std::type_identity<Merge>) {
        add_benchmark(prefix + name, [=](benchmark::State& state) {
            if (!*work) {
                *work = std::make_unique<Workload<Key>>(shape, runs, scaled(size / runs) * runs, count);
            }
            measure<Merge>(state, **work);
        });
    };
    add("priority_queue", std::type_identity<PriorityQueueMerge<Key>>{});
    add("replace_top_heap", std::type_identity<ReplaceTopMerge<Key>>{});
    add("std_sort", std::type_identity<SortedConcatenation<Key>>{});
    add("std_merge", std::type_identity<StandardMergePasses<Key>>{});
#ifdef SHEAF_BENCH_HAS_GNU_PARALLEL
    add("gnu_multiway", std::type_identity<GnuMultiwayMerge<Key>>{});
#endif
    add("sheaf_merge_runs", std::type_identity<SheafMergeRuns<Key>>{});
    add("sheaf_run_merger", std::type_identity<SheafRunMerger<Key>>{});
    add("sheaf_own_comparison", std::type_identity<SheafOwnComparison<Key>>{});
    add("sheaf_loser_tree", std::type_identity<SheafLoserTree<Key>>{});
}

const bool added = [] {
    for (const std::size_t runs : {2U, 10U, 16U, 64U, 1000U}) {
        add_all<std::uint64_t>("random", RunShape::random, runs, values_of_a_set);
    }
    add_all<std::uint32_t>("random_u32", RunShape::random, 16, values_of_a_set);
    for (const std::size_t runs : {10U, 64U}) {
        add_all<Record>("records", RunShape::random, runs, values_of_a_set / 4);
    }
    for (const std::size_t runs : {16U, 1000U}) {
        add_all<std::uint64_t>("disjoint", RunShape::disjoint, runs, values_of_a_set);
        add_all<std::uint64_t>("thousand_values", RunShape::thousand_values, runs, values_of_a_set);
        add_all<std::uint64_t>("ten_values", RunShape::ten_values, runs, values_of_a_set);
    }
    add_all<std::uint64_t>("short", RunShape::random, 10, 1000, 500);
    return true;
}();

}  // namespace
