#pragma once

// Ways to merge sorted runs, each as a competent user of it would write it: `Merge` is called with the runs and an
// array for the result.

#include <sheaf/merge/merge_runs.hpp>
#include <sheaf/merge/run_merger.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <queue>
#include <span>
#include <utility>
#include <vector>

#ifdef SHEAF_BENCH_HAS_GNU_PARALLEL
#    include <parallel/algorithm>
#    include <parallel/multiway_merge.h>
#endif

namespace sheaf_bench {

template <class Key>
using Runs = std::vector<std::vector<Key>>;

/// What comes to mind first: take the least, put its successor in.
template <class Key>
struct PriorityQueueMerge {
    void operator()(const Runs<Key>& runs, Key* out) const {
        using Head = std::pair<Key, std::uint32_t>;
        std::vector<Head> storage;
        storage.reserve(runs.size());
        std::priority_queue<Head, std::vector<Head>, std::greater<>> heads{std::greater<>{},
                                                                           std::move(storage)};
        std::vector<const Key*> next(runs.size());
        for (std::uint32_t i = 0; i < runs.size(); ++i) {
            next[i] = runs[i].data();
            if (!runs[i].empty()) { heads.emplace(*next[i]++, i); }
        }
        while (!heads.empty()) {
            const Head least = heads.top();
            heads.pop();
            *out++ = least.first;
            const auto& run = runs[least.second];
            if (next[least.second] != run.data() + run.size()) {
                heads.emplace(*next[least.second]++, least.second);
            }
        }
    }
};

/// A binary heap whose least is replaced by its successor and sifted down, so that each value costs one way down and
/// none up.
template <class Key>
struct ReplaceTopMerge {
    void operator()(const Runs<Key>& runs, Key* out) const {
        struct Head {
            Key key;
            const Key* next;
            const Key* end;
        };
        std::vector<Head> heap;
        heap.reserve(runs.size());
        for (const auto& run : runs) {
            if (!run.empty()) { heap.push_back({run.front(), run.data() + 1, run.data() + run.size()}); }
        }
        std::sort(heap.begin(), heap.end(), [](const Head& a, const Head& b) { return a.key < b.key; });
        std::size_t size = heap.size();
        while (size != 0) {
            Head head = heap.front();
            *out++ = head.key;
            if (head.next != head.end) {
                head.key = *head.next++;
            } else {
                head = heap[--size];
            }
            std::size_t place = 0;
            for (;;) {
                std::size_t child = 2 * place + 1;
                if (child >= size) { break; }
                if (child + 1 < size && heap[child + 1].key < heap[child].key) { ++child; }
                if (!(heap[child].key < head.key)) { break; }
                heap[place] = heap[child];
                place = child;
            }
            heap[place] = head;
        }
    }
};

/// All runs behind each other, sorted.
template <class Key>
struct SortedConcatenation {
    void operator()(const Runs<Key>& runs, Key* out) const {
        Key* end = out;
        for (const auto& run : runs) { end = std::copy(run.begin(), run.end(), end); }
        std::sort(out, end);
    }
};

/// `std::merge` of two neighbours each, until one is left.
template <class Key>
struct StandardMergePasses {
    void operator()(const Runs<Key>& runs, Key* out) const {
        Runs<Key> now;
        std::vector<std::span<const Key>> parts{runs.begin(), runs.end()};
        while (parts.size() > 2) {
            Runs<Key> next;
            for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
                auto& merged = next.emplace_back(parts[i].size() + parts[i + 1].size());
                std::merge(parts[i].begin(), parts[i].end(), parts[i + 1].begin(), parts[i + 1].end(),
                           merged.begin());
            }
            if (parts.size() % 2 != 0) { next.emplace_back(parts.back().begin(), parts.back().end()); }
            now.swap(next);
            parts.assign(now.begin(), now.end());
        }
        std::merge(parts[0].begin(), parts[0].end(), parts[1].begin(), parts[1].end(), out);
    }
};

#ifdef SHEAF_BENCH_HAS_GNU_PARALLEL
/// The GNU library's, in one thread: a tree of losers, with special code for few runs.
template <class Key>
struct GnuMultiwayMerge {
    void operator()(const Runs<Key>& runs, Key* out) const {
        // It does not compile for pointers to const, and writes nothing to the runs.
        std::vector<std::pair<Key*, Key*>> pairs;
        pairs.reserve(runs.size());
        std::size_t total = 0;
        for (const auto& run : runs) {
            Key* const first = const_cast<Key*>(run.data());
            pairs.emplace_back(first, first + run.size());
            total += run.size();
        }
        __gnu_parallel::multiway_merge(pairs.begin(), pairs.end(), out, static_cast<std::ptrdiff_t>(total),
                                       std::less<Key>{}, __gnu_parallel::sequential_tag{});
    }
};
#endif

template <class Key>
struct SheafMergeRuns {
    void operator()(const Runs<Key>& runs, Key* out) const { sheaf::merge_runs(runs, out); }
};

/// The same in memory that is kept.
template <class Key>
struct SheafRunMerger {
    void operator()(const Runs<Key>& runs, Key* out) {
        const std::vector<std::span<const Key>> spans{runs.begin(), runs.end()};
        merger.merge(spans, out);
    }
    sheaf::RunMerger<Key> merger;
};

/// By a comparison that the library does not know.
template <class Key>
struct SheafOwnComparison {
    void operator()(const Runs<Key>& runs, Key* out) const {
        sheaf::merge_runs(runs, out, [](const Key& a, const Key& b) { return a < b; });
    }
};

/// The tree of losers, which arrays of small values do not come to.
template <class Key>
struct SheafLoserTree {
    void operator()(const Runs<Key>& runs, Key* out) const {
        std::vector<sheaf::detail::Run<Key>> all;
        for (const auto& run : runs) {
            if (!run.empty()) { all.push_back({run.data(), run.data() + run.size()}); }
        }
        sheaf::detail::merge_iterators(all, std::less<>{}, out);
    }
};

}  // namespace sheaf_bench
