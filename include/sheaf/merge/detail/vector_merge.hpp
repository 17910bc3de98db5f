#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/always_inline.hpp>
#include <sheaf/detail/x86_vectors.hpp>
#include <sheaf/merge/detail/merge_network.hpp>
#include <sheaf/merge/detail/run.hpp>
#include <sheaf/merge/detail/two_way_merge.hpp>

#include <cstddef>

#if SHEAF_HAS_X86_VECTORS

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// A merge of two runs of integers by vectors, from the front. Half of the values that have been loaded are held
/// back: the later ones, in `held_`.
template <class Key, std::size_t Bytes, class Order, bool Descending>
class VectorFront {
    using Lane = typename LaneOf<Key>::Type;
    using Network = MergeNetwork<Lane, Bytes, Descending>;
    using Vector = typename Network::Vector;
    using Loose = typename VectorOf<Lane, Bytes>::Loose;

public:
    static constexpr std::size_t lanes = Network::lanes;

    /// Precondition: both runs have at least a vector.
    SHEAF_ALWAYS_INLINE VectorFront(Run<Key> a, Run<Key> b, Key* out) noexcept
        : a_{a}
        , b_{b}
        , out_{out} {
        Vector first;
        load(first, a_.first);
        load(held_, b_.first);
        a_.first += lanes;
        b_.first += lanes;
        Network::merge(first, held_);
        store(first);
    }

    /// Both runs have another vector.
    [[nodiscard]] SHEAF_ALWAYS_INLINE bool can_step() const noexcept {
        return a_.size() >= lanes && b_.size() >= lanes;
    }

    /// Puts out a vector: that run's next is loaded whose head comes first, which the other run's and all behind it
    /// cannot come before by more than what is held.
    SHEAF_ALWAYS_INLINE void step() noexcept {
        const auto is_b_first = static_cast<std::ptrdiff_t>(Order{}(*b_.first, *a_.first));
        const Key* const from = is_b_first != 0 ? b_.first : a_.first;
        a_.first += static_cast<std::ptrdiff_t>(lanes) * (1 - is_b_first);
        b_.first += static_cast<std::ptrdiff_t>(lanes) * is_b_first;
        Vector next;
        load(next, from);
        Network::merge(next, held_);
        store(next);
    }

    /// What is held and what is left. Precondition: `!can_step()`, so the shorter rest is less than a vector.
    SHEAF_ALWAYS_INLINE void finish() noexcept {
        Key held[lanes];
        *reinterpret_cast<Loose*>(held) = held_;
        const bool is_a_shorter = a_.size() < lanes;
        const Run<Key> shorter = is_a_shorter ? a_ : b_;
        const Run<Key> longer = is_a_shorter ? b_ : a_;
        Key joined[2 * lanes];
        const Key* const joined_end =
            merge_two_portably<Key, Order>({held, held + lanes}, shorter, joined, Order{});
        merge_two_portably<Key, Order>({joined, joined_end}, longer, out_, Order{});
    }

private:
    SHEAF_ALWAYS_INLINE static void load(Vector& vector, const Key* from) noexcept {
        vector = *reinterpret_cast<const Loose*>(from);
    }
    SHEAF_ALWAYS_INLINE void store(const Vector& vector) noexcept {
        *reinterpret_cast<Loose*>(out_) = vector;
        out_ += lanes;
    }

    Run<Key> a_;
    Run<Key> b_;
    Key* out_;
    Vector held_;
};

/// The merge of two runs of integers of four or eight bytes by vectors of `Bytes`; `out` has room for both. Returns
/// the end.
///
/// A vector takes longer than its instructions do, because each waits for the one before. So the merge is cut into
/// halves, which are merged in turns.
template <class Key, std::size_t Bytes, class Order, bool Descending>
SHEAF_ALWAYS_INLINE inline Key* merge_two_by_vectors(Run<Key> a, Run<Key> b, Key* out) noexcept {
    using Front = VectorFront<Key, Bytes, Order, Descending>;
    const std::size_t half = (a.size() + b.size()) / 2;
    const std::size_t a_share = share_of_first(half, a, b, Order{});
    const Run<Key> a_parts[2] = {{a.first, a.first + a_share}, {a.first + a_share, a.last}};
    const Run<Key> b_parts[2] = {{b.first, b.first + (half - a_share)}, {b.first + (half - a_share), b.last}};
    for (std::size_t i = 0; i < 2; ++i) {
        if (a_parts[i].size() < Front::lanes || b_parts[i].size() < Front::lanes) {
            return merge_two_portably(a, b, out, Order{});
        }
    }
    Front lower{a_parts[0], b_parts[0], out};
    Front upper{a_parts[1], b_parts[1], out + half};
    while (lower.can_step() && upper.can_step()) {
        lower.step();
        upper.step();
    }
    while (lower.can_step()) { lower.step(); }
    while (upper.can_step()) { upper.step(); }
    lower.finish();
    upper.finish();
    return out + a.size() + b.size();
}

}  // namespace detail

SHEAF_NAMESPACE_END

#endif
