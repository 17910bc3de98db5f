#pragma once

#include <sheaf/config.hpp>
#include <sheaf/merge/detail/key_order.hpp>
#include <sheaf/merge/detail/merge_path.hpp>
#include <sheaf/merge/detail/run.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// Merges many runs two at a time: a tree of merges, each value copied once a level, that is about log2 of the number
/// of runs times.
///
/// Neighbours are merged, so that the result is stable, and every part of the tree has about as many values on its
/// left as on its right, so that long runs are copied less often than short ones. A part is finished before the next
/// is begun, so small ones stay in the cache. Results go to the output and to the scratch memory in turns, level by
/// level, the last to the output; the runs are read where they are.
template <class Value, class Compare, class Projection>
class MergePasses {
public:
    using Order = ProjectedOrder<Compare, Projection>;

    MergePasses(MergePath path, const Order& before)
        : path_{path}
        , before_{before} {}

    /// Merges `runs`, none of them empty, `total` values in all, to `out`; `out` and `scratch` have room for them and
    /// overlap nothing. Returns the end.
    ///
    /// Throws: `std::bad_alloc`, before anything is written, and what comparing throws.
    Value* merge(std::span<const Run<Value>> runs, Value* out, Value* scratch) {
        if (runs.size() == 1) { return std::copy(runs[0].first, runs[0].last, out); }
        ends_.resize(runs.size() + 1);
        ends_[0] = 0;
        for (std::size_t i = 0; i < runs.size(); ++i) { ends_[i + 1] = ends_[i] + runs[i].size(); }
        runs_ = runs.data();
        const Run<Value> merged = part(0, runs.size(), out, scratch);
        return out + merged.size();
    }

private:
    /// Merges the runs from `first` to before `last`, to their place in `to`.
    Run<Value> part(std::size_t first, std::size_t last, Value* to, Value* other) {
        if (last - first == 1) { return runs_[first]; }
        const std::size_t middle = balanced(first, last);
        const Run<Value> left = part(first, middle, other, to);
        const Run<Value> right = part(middle, last, other, to);
        Value* const begin = to + ends_[first];
        return {begin, merge_two(path_, left, right, begin, before_)};
    }

    /// Where to cut, so that both sides have runs and about as many values.
    [[nodiscard]] std::size_t balanced(std::size_t first, std::size_t last) const noexcept {
        const std::size_t half = ends_[first] + (ends_[last] - ends_[first]) / 2;
        const std::size_t* const begin = ends_.data();
        auto middle =
            static_cast<std::size_t>(std::lower_bound(begin + first + 1, begin + last - 1, half) - begin);
        if (middle > first + 1 && half - ends_[middle - 1] < ends_[middle] - half) { --middle; }
        return middle;
    }

    MergePath path_;
    [[no_unique_address]] Order before_;
    const Run<Value>* runs_ = nullptr;
    std::vector<std::size_t> ends_{};
};

}  // namespace detail

SHEAF_NAMESPACE_END
