#pragma once

#include <sheaf/config.hpp>

#include <bit>
#include <cstdint>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// What one register of an ExaLogLog sketch holds, and what happens to it (Ertl, "ExaLogLog: Space-Efficient and Practical
/// Approximate Distinct Counting up to the Exa-Scale", 2024: the update value of section 2, algorithms 2 and 5).
///
/// A register is `u * 2^D` plus D indicator bits: u is the greatest update value seen, 0 while there was none, and the bit
/// `D - j` says that the value `u - j` was seen too. The bit of the value 0, which nothing has, is set by the first value
/// up to D: it belongs to the state, and no estimate counts it.
///
/// `T`: update values come in groups of `2^T` of the same probability. `D`: number of indicator bits.
template <unsigned T, unsigned D>
struct RegisterValue {
    static constexpr unsigned bits = 6 + T + D;

    /// What a hash means to a sketch of `2^precision` registers: which of them, and the update value, at least 1. From the
    /// highest bit on a hash is T bits that choose among values of the same probability, the place, and the rest, whose
    /// trailing zeros are counted.
    ///
    /// The paper counts leading zeros, and takes the others from the low end. This is its mirror image, with the same
    /// distribution: x86-64 without extensions has an instruction that finds trailing zeros fast on all processors (TZCNT, which
    /// older ones take for BSF), and none for the leading ones. It makes an insertion 1.4 times as fast.
    struct Update {
        std::uint64_t place;
        std::uint64_t value;
    };
    static constexpr Update update_of(std::uint64_t hash, std::uint64_t precision) noexcept {
        const std::uint64_t end = std::uint64_t{1} << (64 - T - precision);
        const auto zeros = static_cast<std::uint64_t>(std::countr_zero(hash | end));
        const std::uint64_t among_equals = hash >> 1U >> (63 - T);  // in two steps, for T = 0
        return {hash << T >> (64 - precision), (zeros << T) + among_equals + 1};
    }

    /// The greatest update value that a hash can have.
    static constexpr std::uint64_t greatest(unsigned precision) noexcept {
        return std::uint64_t{65 - precision - T} << T;
    }

    static constexpr std::uint64_t maximum(std::uint64_t state) noexcept { return state >> D; }

    /// The state after the update value.
    static constexpr std::uint64_t updated(std::uint64_t state, std::uint64_t value) noexcept {
        const std::uint64_t known = maximum(state);
        if (value > known) { return (value << D) + moved_down(state, value - known); }
        // Without a branch, which nobody could predict: the bit of `below` 0 falls beyond the indicators, and a shift by D
        // and more empties them.
        const std::uint64_t below = known - value;
        return state | ((std::uint64_t{1} << D) >> (below < 63 ? below : 63) & low_mask(D));
    }

    /// The state after all values of both.
    static constexpr std::uint64_t merged(std::uint64_t one, std::uint64_t other) noexcept {
        if (one < other) { std::swap(one, other); }
        const std::uint64_t known = maximum(other);
        return known == 0 ? one : one | moved_down(other, maximum(one) - known);
    }

    /// -log2 of the probability of an update value, in a sketch of that precision.
    static constexpr unsigned exponent(std::uint64_t value, unsigned precision) noexcept {
        const auto free = static_cast<unsigned>(T + 1 + ((value - 1) >> T));
        return free < 64 - precision ? free : 64 - precision;
    }

    /// The update value that a hash has in a sketch of one precision and a place that ends in `dropped` bits more than in a
    /// coarser one: where all bits that count zeros were zero, those of the place go on counting.
    static constexpr std::uint64_t coarser_value(std::uint64_t value,
                                                 std::uint64_t place,
                                                 unsigned precision,
                                                 unsigned dropped) noexcept {
        if (value <= (std::uint64_t{64 - T - precision} << T)) { return value; }
        const auto zeros = static_cast<unsigned>(std::countr_zero(place));
        return value + (std::uint64_t{zeros < dropped ? zeros : dropped} << T);
    }

    /// Calls `use(value)` for each update value that the state recalls, the greatest first.
    template <class Use>
    static constexpr void for_each_value(std::uint64_t state, Use&& use) {
        const std::uint64_t known = maximum(state);
        if (known == 0) { return; }
        use(known);
        for (std::uint64_t below = 1; below <= D && below < known; ++below) {
            if ((state >> (D - below) & 1U) != 0) { use(known - below); }
        }
    }

    /// The probability that an update changes a register in this state, in 2^-(64 - precision).
    static constexpr std::uint64_t change_probability(std::uint64_t state, unsigned precision) noexcept {
        const std::uint64_t known = maximum(state);
        std::uint64_t sum = above(known > D ? known - D - 1 : 0, precision);
        for_each_value(state, [&](std::uint64_t value) {
            sum -= std::uint64_t{1} << (64 - precision - exponent(value, precision));
        });
        return sum;
    }

    /// The probability of all update values above this one, in the same unit.
    static constexpr std::uint64_t above(std::uint64_t value, unsigned precision) noexcept {
        if (value == 0) { return std::uint64_t{1} << (64 - precision); }
        const unsigned least = exponent(value, precision);
        return ((std::uint64_t{1 + least - T} << T) - value) << (64 - precision - least);
    }

    /// True where some sequence of updates gives this state.
    static constexpr bool is_possible(std::uint64_t state, unsigned precision) noexcept {
        const std::uint64_t known = maximum(state);
        if (known > greatest(precision)) { return false; }
        if (known > D) { return true; }
        const std::uint64_t indicators = state & low_mask(D);
        if (known == 0) { return indicators == 0; }
        // The bit of the value 0 is set, and there are no values below.
        const std::uint64_t zero = std::uint64_t{1} << (D - known);
        return (indicators & zero) != 0 && (indicators & (zero - 1)) == 0;
    }

private:
    static constexpr std::uint64_t low_mask(unsigned count) noexcept {
        return (std::uint64_t{1} << count) - 1;
    }

    /// The maximum of a state and its indicators as indicators of a maximum that is greater by `by`.
    static constexpr std::uint64_t moved_down(std::uint64_t state, std::uint64_t by) noexcept {
        return by <= D ? ((std::uint64_t{1} << D) + (state & low_mask(D))) >> by & low_mask(D) : 0;
    }
};

}  // namespace detail

SHEAF_NAMESPACE_END
