#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/always_inline.hpp>
#include <sheaf/merge/detail/key_order.hpp>
#include <sheaf/merge/detail/run.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// How many values of `a` are among the first `count` of the stable merge of `a` and `b`. Complexity: logarithmic.
///
/// S. Odeh, O. Green, Z. Mwassi, O. Shmueli, Y. Birk, "Merge Path: Parallel Merging Made Simple", IPDPS workshops 2012.
template <class Value, class Order>
[[nodiscard]] std::size_t share_of_first(std::size_t count, Run<Value> a, Run<Value> b, const Order& before) {
    std::size_t low = count > b.size() ? count - b.size() : 0;
    std::size_t high = (std::min)(count, a.size());
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (before(b.first[count - middle - 1], a.first[middle])) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/// A stable merge of two runs, worked on from both ends at once: the front and the back do not wait for each other,
/// so the processor works on both. Where values are equal, those of the first run come first.
///
/// Whatever `before` answers, no value is read or written beyond the runs and the room for both, and all come out.
template <class Value, class Order>
class TwoEndedMerge {
public:
    SHEAF_ALWAYS_INLINE TwoEndedMerge(Run<Value> a, Run<Value> b, Value* out, const Order& before) noexcept
        : a_{a.first}
        , a_end_{a.last}
        , b_{b.first}
        , b_end_{b.last}
        , out_{out}
        , out_end_{out + a.size() + b.size()}
        , before_{before} {}

    /// So many steps can be taken without a look at the bounds: each takes two values, in the worst case of one run.
    [[nodiscard]] SHEAF_ALWAYS_INLINE std::size_t safe_steps() const noexcept {
        return static_cast<std::size_t>((std::min)(a_end_ - a_, b_end_ - b_)) / 2;
    }

    /// The first and the last value that are left. No branch depends on the values.
    SHEAF_ALWAYS_INLINE void step() {
        take_first();
        const bool is_a_last = before_(b_end_[-1], a_end_[-1]);
        *--out_end_ = either(is_a_last, a_end_ - 1, b_end_ - 1);
        a_end_ -= static_cast<std::ptrdiff_t>(is_a_last);
        b_end_ -= static_cast<std::ptrdiff_t>(!is_a_last);
    }

    /// Copies a block of one run that comes before, or behind, all that is left of the other. False where there is
    /// none: what is interleaved is asked once a block. Precondition: `safe_steps() >= block`.
    SHEAF_ALWAYS_INLINE bool copy_blocks() {
        bool has_copied = true;
        if (!before_(*b_, a_[block - 1])) {
            copy_block(out_, a_);
            a_ += block;
            out_ += block;
        } else if (before_(b_[block - 1], *a_)) {
            copy_block(out_, b_);
            b_ += block;
            out_ += block;
        } else {
            has_copied = false;
        }
        if (safe_steps() < block) { return true; }
        if (!before_(b_end_[-static_cast<std::ptrdiff_t>(block)], a_end_[-1])) {
            b_end_ -= block;
            out_end_ -= block;
            copy_block(out_end_, b_end_);
        } else if (before_(b_end_[-1], a_end_[-static_cast<std::ptrdiff_t>(block)])) {
            a_end_ -= block;
            out_end_ -= block;
            copy_block(out_end_, a_end_);
        } else {
            return has_copied;
        }
        return true;
    }

    /// All that is left. (Of a copy, because what a call knows the address of is not kept in registers.)
    SHEAF_ALWAYS_INLINE void finish() const { TwoEndedMerge{*this}.take_all(); }

    /// How many values one look may save the steps for. With fewer, looking costs more; of more, long rows of equal
    /// keys have none.
    static constexpr std::size_t block = 32;
    /// With fewer steps at a time, asking how many there may be takes longer than they do.
    static constexpr std::size_t fewest_steps = 4;

private:
    // Not a part of its callers: it is what comes behind their loops, and once is enough of it.
    SHEAF_NEVER_INLINE void take_all() {
        for (std::size_t steps = safe_steps(); steps >= fewest_steps; steps = safe_steps()) {
            if (steps >= block) {
                if (copy_blocks()) { continue; }
                steps = block;
            }
            for (; steps != 0; --steps) { step(); }
        }
        if ((a_end_ - a_) + (b_end_ - b_) > longest_plain) {
            finish_by_search();
        } else {
            finish_plainly();
        }
    }

    static constexpr std::ptrdiff_t longest_plain = 128;

    /// With its size as a constant, which a copy of runs does not know.
    SHEAF_ALWAYS_INLINE static void copy_block(Value* to, const Value* from) {
        if constexpr (std::is_trivially_copyable_v<Value>) {
            std::memcpy(to, from, block * sizeof(Value));
        } else {
            std::copy_n(from, block, to);
        }
    }

    /// Of integers both are loaded, because so compilers make no branch of it. Of other values the address is chosen by
    /// a mask, from a word that the compiler does not know: else Clang would see that it is a choice, and branch.
    [[nodiscard]] SHEAF_ALWAYS_INLINE static const Value& either(bool is_first,
                                                                 const Value* first,
                                                                 const Value* second) noexcept {
        auto word = static_cast<std::uintptr_t>(is_first);
#ifdef __GNUC__
        asm("" : "+r"(word));
#endif
        const std::uintptr_t mask = std::uintptr_t{0} - word;
        const auto one = reinterpret_cast<std::uintptr_t>(first);
        const auto other = reinterpret_cast<std::uintptr_t>(second);
        return *reinterpret_cast<const Value*>(other ^ ((one ^ other) & mask));
    }
    [[nodiscard]] SHEAF_ALWAYS_INLINE static Value either(bool is_first,
                                                          const Value* first,
                                                          const Value* second) noexcept
        requires std::integral<Value>
    {
        const Value one = *first;
        const Value other = *second;
        return is_first ? one : other;
    }

    SHEAF_ALWAYS_INLINE void take_first() {
        const bool is_b_first = before_(*b_, *a_);
        *out_++ = either(is_b_first, b_, a_);
        a_ += static_cast<std::ptrdiff_t>(!is_b_first);
        b_ += static_cast<std::ptrdiff_t>(is_b_first);
    }

    void finish_plainly() {
        while (a_ != a_end_ && b_ != b_end_) { take_first(); }
        copy_rest();
    }

    /// One run has a few values left and the other many: each of the few is looked for.
    void finish_by_search() {
        if (a_end_ - a_ < b_end_ - b_) {
            for (; a_ != a_end_; ++a_) {
                const Value* const place = std::partition_point(
                    b_, b_end_, [this](const Value& value) { return before_(value, *a_); });
                out_ = std::copy(b_, place, out_);
                b_ = place;
                *out_++ = *a_;
            }
        } else {
            for (; b_ != b_end_; ++b_) {
                const Value* const place = std::partition_point(
                    a_, a_end_, [this](const Value& value) { return !before_(*b_, value); });
                out_ = std::copy(a_, place, out_);
                a_ = place;
                *out_++ = *b_;
            }
        }
        copy_rest();
    }

    void copy_rest() { std::copy(b_, b_end_, std::copy(a_, a_end_, out_)); }

    const Value* a_;
    const Value* a_end_;
    const Value* b_;
    const Value* b_end_;
    Value* out_;
    Value* out_end_;
    [[no_unique_address]] HeldOrder<Order> before_;
};

/// The stable merge of two runs, on any processor; `out` has room for both. Returns the end.
///
/// Longer merges are cut into halves, which are two merges with two ends each: four rows of steps that do not wait
/// for each other take 0.6 times as long as two.
template <class Value, class Order>
Value* merge_two_portably(Run<Value> a, Run<Value> b, Value* out, const Order& before) {
    using Merge = TwoEndedMerge<Value, Order>;
    constexpr std::size_t shortest_cut = 64;
    const std::size_t size = a.size() + b.size();
    if (size < shortest_cut) {
        Merge{a, b, out, before}.finish();
        return out + size;
    }
    const std::size_t half = size / 2;
    const Value* const a_cut = a.first + share_of_first(half, a, b, before);
    const Value* const b_cut = b.first + (half - static_cast<std::size_t>(a_cut - a.first));
    Merge lower{{a.first, a_cut}, {b.first, b_cut}, out, before};
    Merge upper{{a_cut, a.last}, {b_cut, b.last}, out + half, before};
    for (;;) {
        std::size_t steps = (std::min)(lower.safe_steps(), upper.safe_steps());
        if (steps < Merge::fewest_steps) { break; }
        if (steps >= Merge::block) {
            const bool has_copied = lower.copy_blocks();
            if (upper.copy_blocks() || has_copied) { continue; }
            steps = Merge::block;
        }
        for (; steps != 0; --steps) {
            lower.step();
            upper.step();
        }
    }
    lower.finish();
    upper.finish();
    return out + size;
}

}  // namespace detail

SHEAF_NAMESPACE_END
