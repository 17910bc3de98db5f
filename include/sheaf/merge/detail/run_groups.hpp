#pragma once

#include <sheaf/config.hpp>
#include <sheaf/merge/detail/copy_run.hpp>
#include <sheaf/merge/detail/heap_sort.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// Finds out which runs have to be merged at all: sorted by their first values they fall into groups, of which one
/// ends before the next begins. A group of one run is copied.
///
/// `Run`: has `first` and `last`, iterators that can go back one. No run is empty.
template <class Run, class Order>
class RunGroups {
public:
    /// `keeps_order`: within a group the runs are in the order in which they came, which a stable merge needs. Else
    /// they are in that of their first values, so that neighbours have most to do with each other.
    RunGroups(const Order& before, bool keeps_order)
        : before_{before}
        , keeps_order_{keeps_order} {}

    /// Merges `runs`, whose order is not kept: copies what is a group of its own, and has
    /// `merge_group(std::span<Run>, Out)`, which returns the end of the output, merge the other groups.
    ///
    /// Throws: `std::bad_alloc`, and what comparing, copying and `merge_group` throw. Complexity, beside the merges:
    /// linear in the number of runs where all of them have a range in common, else n log n.
    template <class Out, class MergeGroup>
    Out merge(std::vector<Run>& runs, Out out, MergeGroup merge_group) {
        find_groups(runs);
        std::size_t begin = 0;
        for (const std::size_t end : ends_) {
            const auto group = std::span{runs}.subspan(begin, end - begin);
            out = group.size() == 1 ? copy_run(group[0].first, group[0].last, std::move(out))
                                    : merge_group(group, std::move(out));
            begin = end;
        }
        return out;
    }

private:
    /// Reorders `runs`, and fills `ends_`.
    void find_groups(std::vector<Run>& runs) {
        ends_.clear();
        if (runs.empty()) { return; }
        if (have_common_range(runs)) {
            ends_.push_back(runs.size());
            return;
        }
        places_.resize(runs.size());
        for (std::size_t i = 0; i < runs.size(); ++i) { places_[i] = i; }
        heap_sort(places_, [&](std::size_t a, std::size_t b) {
            if (before_(*runs[a].first, *runs[b].first)) { return true; }
            return !before_(*runs[b].first, *runs[a].first) && a < b;
        });
        find_ends(runs);
        std::vector<Run> ordered;
        ordered.reserve(runs.size());
        for (const std::size_t place : places_) { ordered.push_back(runs[place]); }
        runs.swap(ordered);
    }

    /// Every run begins before any of them ends.
    [[nodiscard]] bool have_common_range(const std::vector<Run>& runs) const {
        auto latest_first = runs.front().first;
        auto earliest_last = last_of(runs.front());
        for (const Run& run : runs) {
            if (before_(*latest_first, *run.first)) { latest_first = run.first; }
            if (before_(*last_of(run), *earliest_last)) { earliest_last = last_of(run); }
        }
        return !before_(*earliest_last, *latest_first);
    }

    [[nodiscard]] static auto last_of(const Run& run) {
        auto last = run.last;
        return --last;
    }

    void find_ends(const std::vector<Run>& runs) {
        std::size_t begin = 0;
        auto latest_last = last_of(runs[places_[0]]);
        for (std::size_t i = 1; i < places_.size(); ++i) {
            const Run& run = runs[places_[i]];
            if (before_(*latest_last, *run.first)) {
                end_group(begin, i);
                begin = i;
                latest_last = last_of(run);
            } else if (before_(*latest_last, *last_of(run))) {
                latest_last = last_of(run);
            }
        }
        end_group(begin, places_.size());
    }

    void end_group(std::size_t begin, std::size_t end) {
        if (keeps_order_) {
            const auto places = std::span{places_}.subspan(begin, end - begin);
            std::sort(places.begin(), places.end());
        }
        ends_.push_back(end);
    }

    [[no_unique_address]] Order before_;
    bool keeps_order_;
    std::vector<std::size_t> places_{};
    /// The number of runs before the end of each group.
    std::vector<std::size_t> ends_{};
};

}  // namespace detail

SHEAF_NAMESPACE_END
