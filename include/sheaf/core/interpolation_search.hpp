#pragma once

#include <sheaf/config.hpp>

#include <cstddef>
#include <cstdint>

SHEAF_NAMESPACE_BEGIN

namespace core {

// A search that begins where the key would be if keys were spread evenly, as indices are as a rule, and goes on in steps
// of 1, 2, 4 and so on: of a million packets in random order that touches one cache line or two, where halving touches a
// line with nearly every step. O(log n) whatever the keys.

/// Of so many ascending keys between `first` and `last` the one where `key` is if they are spread evenly. Precondition:
/// `count` is not 0.
[[nodiscard]] inline std::size_t guess_place(std::size_t count,
                                             std::uint64_t first,
                                             std::uint64_t last,
                                             std::uint64_t key) noexcept {
    if (last <= first || key <= first) { return 0; }
    if (key >= last) { return count - 1; }
    // Below `count`: rounded to nearest the quotient is 1 at most.
    return static_cast<std::size_t>(static_cast<double>(key - first) / static_cast<double>(last - first) *
                                    static_cast<double>(count - 1));
}

/// How many elements stand before the place that is looked for: those for which `is_before` is true, which none behind
/// them is. `begin`: where to begin, an element's position.
template <class Sorted, class IsBefore>
[[nodiscard]] std::size_t search_from(const Sorted& sorted, std::size_t begin, IsBefore is_before) noexcept {
    const std::size_t count = sorted.size();
    // All below `low` are before the place, none from `high` on is.
    std::size_t low = 0;
    std::size_t high = count;
    if (is_before(sorted[begin])) {
        low = begin + 1;
        for (std::size_t step = 1; begin + step < count; step *= 2) {
            if (!is_before(sorted[begin + step])) {
                high = begin + step;
                break;
            }
            low = begin + step + 1;
        }
    } else {
        high = begin;
        for (std::size_t step = 1; step <= begin; step *= 2) {
            if (is_before(sorted[begin - step])) {
                low = begin - step + 1;
                break;
            }
            high = begin - step;
        }
    }
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (is_before(sorted[middle])) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

}  // namespace core

SHEAF_NAMESPACE_END
