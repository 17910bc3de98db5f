#pragma once

#include <sheaf/config.hpp>
#include <sheaf/merge/detail/cheaply_copied.hpp>
#include <sheaf/merge/detail/key_order.hpp>
#include <sheaf/merge/detail/loser_tree.hpp>
#include <sheaf/merge/detail/run.hpp>
#include <sheaf/merge/detail/run_groups.hpp>
#include <sheaf/merge/run_merger.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <ranges>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// What the runs of a range are.
template <class Runs>
using RunRange = std::ranges::range_reference_t<Runs>;

template <class Runs>
using RunIterator = std::ranges::iterator_t<RunRange<Runs>>;

/// The runs are arrays.
template <class Runs>
concept ArrayRuns =
    std::ranges::contiguous_range<RunRange<Runs>> && std::ranges::sized_range<RunRange<Runs>> &&
    std::convertible_to<std::add_pointer_t<std::ranges::range_reference_t<RunRange<Runs>>>,
                        const std::ranges::range_value_t<RunRange<Runs>>*>;

/// What a projection makes of a constant value of a run.
template <class Projection, class Runs>
using RunKey = std::invoke_result_t<Projection&, const std::ranges::range_value_t<RunRange<Runs>>&>;

/// An iterator into an array of values, into which they can be written by address.
template <class Out, class Value>
concept ArrayOf = std::contiguous_iterator<Out> && std::same_as<std::iter_value_t<Out>, Value>;

/// Two iterators as a range. (`std::ranges::subrange` of libstdc++ 12 is none to Clang 14.)
template <class First, class Last>
struct Bounds {
    First first;
    Last last;
    [[nodiscard]] First begin() {
        if constexpr (std::copyable<First>) {
            return first;
        } else {
            return std::move(first);
        }
    }
    [[nodiscard]] Last end() const { return last; }
};

/// Runs by their iterators: the groups of those that overlap one by one where that can be told, else all of them, by
/// a tree of losers.
template <class Run, class Order, class Out>
Out merge_iterators(std::vector<Run>& runs, const Order& before, Out out) {
    using Iterator = decltype(Run::first);
    using Sentinel = decltype(Run::last);
    const auto merge_by_tree = [&](std::span<Run> some, Out to) {
        return LoserTree<Iterator, Sentinel, Order>{some, before}.merge(std::move(to));
    };
    if constexpr (std::bidirectional_iterator<Iterator> && std::same_as<Iterator, Sentinel>) {
        return RunGroups<Run, Order>{before, true}.merge(runs, std::move(out), merge_by_tree);
    } else {
        if (runs.empty()) { return out; }
        return merge_by_tree(runs, std::move(out));
    }
}

}  // namespace detail

/// A range of sorted runs, each a range itself, whose values `merge_runs` can copy to `Out` in the order of `Compare`
/// on `Projection`, which must take values that are constant.
template <class Runs, class Out, class Compare, class Projection>
concept MergeableRuns =
    std::ranges::input_range<Runs> && std::ranges::input_range<detail::RunRange<Runs>> &&
    (std::ranges::borrowed_range<std::remove_cvref_t<detail::RunRange<Runs>>> ||
     (std::ranges::forward_range<Runs> && std::is_lvalue_reference_v<detail::RunRange<Runs>>)) &&
    std::copyable<detail::RunIterator<Runs>> && std::default_initializable<detail::RunIterator<Runs>> &&
    std::indirectly_copyable<detail::RunIterator<Runs>, Out> &&
    std::indirect_strict_weak_order<Compare, std::projected<detail::RunIterator<Runs>, Projection>> &&
    std::predicate<Compare&, detail::RunKey<Projection, Runs>, detail::RunKey<Projection, Runs>>;

/// Merges sorted runs, as `std::ranges::merge` does two: any number of them, and stable; equal values come out in the
/// order of their runs. Returns the end of the output.
///
///     std::vector<std::vector<std::uint64_t>> segments = ...;  // each sorted
///     std::vector<std::uint64_t> all(total);
///     sheaf::merge_runs(segments, all.begin());
///
/// `runs`: a range of ranges: vectors, spans, lists, views; empty ones are skipped. The output must have room, and
/// not overlap them. Values are compared by `compare(projection(a), projection(b))`, a strict weak order by which
/// every run is sorted; one that is not gives a result that is not, and nothing worse. Values are copied; those of
/// runs with move iterators are moved.
///
/// Quickest where the runs are arrays of integers and the order is one of the standard library's, and nearly as quick
/// by any comparison of small values in arrays that needs no more than those; the rest is told at `RunMerger`, which
/// does that work and keeps its memory for the next merge.
///
/// Thread safety: a function without state. Complexity: linear in the values times the logarithm of the number of
/// runs, k: about n times log2 k, rounded up, comparisons, twice as many of small values that are not in arrays; and
/// k log k for the order of the runs, which is all but the copies where they do not overlap. Memory: linear in k, and
/// for arrays of small values about 2 MiB or 512 values a run, whichever is more, and as much again where the output
/// is no array of them.
///
/// Throws: `std::bad_alloc`, and what comparing, copying and the iterators throw; what the output holds is
/// unspecified then. What has been moved out of the runs is lost.
template <std::ranges::input_range Runs,
          std::weakly_incrementable Out,
          class Compare = std::ranges::less,
          class Projection = std::identity>
    requires MergeableRuns<Runs, Out, Compare, Projection>
Out merge_runs(Runs&& runs, Out out, Compare compare = {}, Projection projection = {}) {
    using Range = detail::RunRange<Runs>;
    using Value = std::ranges::range_value_t<Range>;
    if constexpr (detail::ArrayRuns<Runs> && detail::CheaplyCopied<Value>) {
        std::vector<std::span<const Value>> spans;
        if constexpr (std::ranges::sized_range<Runs>) { spans.reserve(std::ranges::size(runs)); }
        for (auto&& run : runs) { spans.emplace_back(std::ranges::data(run), std::ranges::size(run)); }
        RunMerger<Value, Compare, Projection> merger{std::move(compare), std::move(projection)};
        if constexpr (detail::ArrayOf<Out, Value>) {
            Value* const begin = std::to_address(out);
            return out + (merger.merge(spans, begin) - begin);
        } else {
            return merger.merge(spans, std::move(out));
        }
    } else {
        using Run = detail::IteratorRun<detail::RunIterator<Runs>, std::ranges::sentinel_t<Range>>;
        std::vector<Run> all;
        if constexpr (std::ranges::sized_range<Runs>) { all.reserve(std::ranges::size(runs)); }
        for (auto&& run : runs) {
            if (auto first = std::ranges::begin(run); first != std::ranges::end(run)) {
                all.push_back({std::move(first), std::ranges::end(run)});
            }
        }
        const detail::ProjectedOrder<Compare, Projection> before{std::move(compare), std::move(projection)};
        return detail::merge_iterators(all, before, std::move(out));
    }
}

/// The same for the runs from `first` to before `last`.
template <std::input_iterator First,
          std::sentinel_for<First> Last,
          std::weakly_incrementable Out,
          class Compare = std::ranges::less,
          class Projection = std::identity>
    requires MergeableRuns<detail::Bounds<First, Last>&, Out, Compare, Projection>
Out merge_runs(First first, Last last, Out out, Compare compare = {}, Projection projection = {}) {
    detail::Bounds<First, Last> runs{std::move(first), std::move(last)};
    return sheaf::merge_runs(runs, std::move(out), std::move(compare), std::move(projection));
}

SHEAF_NAMESPACE_END
