#pragma once

#include <sheaf/config.hpp>
#include <sheaf/merge/detail/cheaply_copied.hpp>
#include <sheaf/merge/detail/key_order.hpp>
#include <sheaf/merge/detail/loser_tree.hpp>
#include <sheaf/merge/detail/merge_passes.hpp>
#include <sheaf/merge/detail/merge_path.hpp>
#include <sheaf/merge/detail/run.hpp>
#include <sheaf/merge/detail/run_groups.hpp>
#include <sheaf/merge/detail/run_slices.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

SHEAF_NAMESPACE_BEGIN

/// Merges sorted runs that are held in arrays, again and again: what it needs of memory it keeps from one merge to
/// the next. For a single merge there is `merge_runs`.
///
/// `Value`: copyable. `Compare` and `Projection`: as of `std::ranges::merge`; values are compared by
/// `compare(projection(a), projection(b))`, a strict weak order. The merge is stable: equal values come out in the
/// order of their runs, and within a run in the order they have there. A run that is not sorted gives a result that
/// is not, and nothing worse; so does an order that is none, e.g. of floating-point numbers that are not numbers.
///
/// How: runs whose ranges do not overlap are copied. Values of at most 64 bytes that are copied as they lie in
/// memory (numbers, pairs of them, small records; not pointers) are cut into slices that stay in the cache, and each slice is merged in passes of two runs
/// each, without a branch on the values where the comparison has none. Integers in one of the standard library's orders
/// `less` and `greater` are merged so by the vector instructions that the processor has. All others are merged by a
/// tree of losers.
///
/// Thread safety: one object, one thread at a time.
template <class Value, class Compare = std::ranges::less, class Projection = std::identity>
class RunMerger {
public:
    /// Orders by `compare` of what `projection` makes of values.
    explicit RunMerger(Compare compare = {}, Projection projection = {})
        : RunMerger{std::move(compare), std::move(projection), detail::best_merge_path()} {}

    /// For tests, which want one path of instructions and not the best. Precondition: the processor has it.
    RunMerger(Compare compare, Projection projection, detail::MergePath path)
        : before_{std::move(compare), std::move(projection)}
        , path_{path} {}

    /// Merges `runs` into the array at `out`, which has room for all their values and overlaps none of them. Returns
    /// its end.
    ///
    /// Complexity: as of `merge_runs`. Memory, kept: for passes that of a slice, about 1 MiB or 256 values a run,
    /// whichever is more, at times up to three times that, and that of the runs; else that of the runs.
    ///
    /// Throws: `std::bad_alloc`, and what comparing and copying throw. `runs` is as it was then, and what `out` holds
    /// is unspecified.
    Value* merge(std::span<const std::span<const Value>> runs, Value* out) { return merge_groups(runs, out); }

    /// The same to any output iterator. Memory: a slice more.
    template <std::weakly_incrementable Out>
        requires(std::indirectly_writable<Out, const Value&> && !std::same_as<Out, Value*>)
    Out merge(std::span<const std::span<const Value>> runs, Out out) {
        return merge_groups(runs, std::move(out));
    }

private:
    using Run = detail::Run<Value>;
    using Order = detail::ProjectedOrder<Compare, Projection>;
    static constexpr bool by_passes = detail::CheaplyCopied<Value>;
    static constexpr std::size_t slice_bytes = std::size_t{1} << 20U;
    /// With fewer values of a run in a slice, finding their ends takes too long.
    static constexpr std::size_t fewest_of_run = 256;

    /// Memory for values, of which none is made.
    struct Room {
        std::vector<std::byte> bytes{};

        /// Precondition: `Value` is cheaply copied, so that to assign to it in the room begins its life.
        [[nodiscard]] Value* of(std::size_t count) {
            const std::size_t needed = count * sizeof(Value) + alignof(Value);
            if (bytes.size() < needed) {
                std::vector<std::byte>{}.swap(bytes);
                bytes.resize(needed);
            }
            void* begin = bytes.data();
            std::size_t space = bytes.size();
            return static_cast<Value*>(std::align(alignof(Value), count * sizeof(Value), begin, space));
        }
    };

    template <class Out>
    Out merge_groups(std::span<const std::span<const Value>> runs, Out out) {
        runs_.clear();
        for (const std::span<const Value> run : runs) {
            if (!run.empty()) { runs_.push_back({run.data(), run.data() + run.size()}); }
        }
        return groups_.merge(runs_, std::move(out), [this](std::span<Run> group, Out to) {
            if constexpr (by_passes) {
                return merge_slices(group, std::move(to));
            } else {
                return detail::LoserTree<const Value*, const Value*, Order>{group, before_}.merge(
                    std::move(to));
            }
        });
    }

    template <class Out>
    Out merge_slices(std::span<const Run> group, Out out) {
        std::size_t total = 0;
        for (const Run& run : group) { total += run.size(); }
        const std::size_t slice = (std::max)(slice_bytes / sizeof(Value), fewest_of_run * group.size());
        if (total <= slice + slice / 2) { return merge_slice(group, total, std::move(out)); }
        slices_.begin(group, total, slice);
        while (slices_.next()) {
            if (slices_.all_equal()) {
                for (const Run& piece : slices_.pieces()) {
                    out = detail::copy_run(piece.first, piece.last, std::move(out));
                }
            } else {
                out = merge_slice(slices_.pieces(), slices_.size(), std::move(out));
            }
        }
        return out;
    }

    template <class Out>
    Out merge_slice(std::span<const Run> pieces, std::size_t size, Out out) {
        if constexpr (std::same_as<Out, Value*>) {
            return passes_.merge(pieces, out, scratch_.of(size));
        } else {
            Value* const merged = merged_.of(size);
            Value* const end = passes_.merge(pieces, merged, scratch_.of(size));
            return detail::copy_run(merged, end, std::move(out));
        }
    }

    [[no_unique_address]] Order before_;
    detail::MergePath path_;
    std::vector<Run> runs_{};
    detail::RunGroups<Run, Order> groups_{before_, !detail::PlainKey<Value, Compare, Projection>};
    detail::RunSlices<Value, Order> slices_{before_};
    detail::MergePasses<Value, Compare, Projection> passes_{path_, before_};
    Room scratch_{};
    Room merged_{};
};

SHEAF_NAMESPACE_END
