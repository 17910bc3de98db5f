#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/x86_vectors.hpp>
#include <sheaf/merge/detail/key_order.hpp>
#include <sheaf/merge/detail/run.hpp>
#include <sheaf/merge/detail/two_way_merge.hpp>
#include <sheaf/merge/detail/vector_merge.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// Which instructions merge two runs.
enum class MergePath : std::uint8_t { portable, avx2, avx512 };

[[nodiscard]] inline bool is_available(MergePath path) noexcept {
#if SHEAF_HAS_X86_VECTORS
    switch (path) {
    case MergePath::portable: return true;
    case MergePath::avx2: return __builtin_cpu_supports("avx2");
    case MergePath::avx512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
    }
    return false;
#else
    return path == MergePath::portable;
#endif
}

/// The best path that this processor has.
[[nodiscard]] inline MergePath best_merge_path() noexcept {
    static const MergePath best = is_available(MergePath::avx512) ? MergePath::avx512
                                  : is_available(MergePath::avx2) ? MergePath::avx2
                                                                  : MergePath::portable;
    return best;
}

#if SHEAF_HAS_X86_VECTORS

template <class Key, class Order, bool Descending>
[[gnu::target("avx2")]] Key* merge_two_by_avx2(Run<Key> a, Run<Key> b, Key* out) noexcept {
    return merge_two_by_vectors<Key, 32, Order, Descending>(a, b, out);
}

template <class Key, class Order, bool Descending>
[[gnu::target("avx512f,avx512bw,avx512vl,avx512dq")]] Key* merge_two_by_avx512(Run<Key> a,
                                                                               Run<Key> b,
                                                                               Key* out) noexcept {
    return merge_two_by_vectors<Key, 64, Order, Descending>(a, b, out);
}

#endif

/// Whether most of some samples of `a` stand together in the merge with `b`, many of them in one piece: then copying
/// is quicker than anything that compares.
template <class Value, class Order>
[[nodiscard]] bool is_in_blocks(Run<Value> a, Run<Value> b, const Order& before) {
    constexpr std::size_t samples = 5;
    constexpr std::size_t piece = TwoEndedMerge<Value, Order>::block;
    std::size_t whole = 0;
    for (std::size_t i = 1; i <= samples; ++i) {
        const Value* const first = a.first + (a.size() - piece) / (samples + 1) * i;
        const Value* const place =
            std::partition_point(b.first, b.last, [&](const Value& value) { return before(value, *first); });
        if (place == b.last || !before(*place, first[piece - 1])) { ++whole; }
    }
    return whole > samples / 2;
}

/// The stable merge of two runs; `out` has room for both and overlaps neither. Returns the end.
template <class Value, class Compare, class Projection>
Value* merge_two(MergePath path,
                 Run<Value> a,
                 Run<Value> b,
                 Value* out,
                 const ProjectedOrder<Compare, Projection>& before) {
    if (!before(*b.first, a.last[-1])) { return std::copy(b.first, b.last, std::copy(a.first, a.last, out)); }
    if (before(b.last[-1], *a.first)) { return std::copy(a.first, a.last, std::copy(b.first, b.last, out)); }
#if SHEAF_HAS_X86_VECTORS
    using Order = ProjectedOrder<Compare, Projection>;
    if constexpr (PlainKey<Value, Compare, Projection> && (sizeof(Value) == 4 || sizeof(Value) == 8)) {
        constexpr bool descending = is_greater_than<Compare, Value>;
        // Below the first two, setting out takes longer than it saves; below the third, asking does.
        constexpr std::size_t shortest = 128;
        constexpr std::size_t shortest_run = 32;
        constexpr std::size_t shortest_asked = 16'384;
        const std::size_t size = a.size() + b.size();
        const std::size_t shorter = (std::min)(a.size(), b.size());
        if (path != MergePath::portable && size >= shortest && shorter >= shortest_run &&
            (size < shortest_asked ||
             !is_in_blocks(a.size() < b.size() ? b : a, a.size() < b.size() ? a : b, before))) {
            if (path == MergePath::avx512) {
                return merge_two_by_avx512<Value, Order, descending>(a, b, out);
            }
            // Of eight bytes there is no minimum, and without it the portable path is quicker.
            if constexpr (sizeof(Value) == 4) {
                return merge_two_by_avx2<Value, Order, descending>(a, b, out);
            }
        }
    }
#endif
    static_cast<void>(path);
    return merge_two_portably(a, b, out, before);
}

}  // namespace detail

SHEAF_NAMESPACE_END
