#pragma once

#include "random.hpp"
#include "seeds.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

namespace test {

/// What sorted runs can look like. Each shape is another way through the merge.
enum class RunShape : std::uint8_t {
    random,           ///< Evenly from all values of the type.
    few_values,       ///< Five values.
    extremes,         ///< The least and the greatest values of the type, and those beside them.
    disjoint,         ///< No two runs overlap, in no order.
    partly_disjoint,  ///< Each run overlaps its neighbours.
    rows,             ///< Long rows of equal values.
};
inline constexpr RunShape run_shapes[] = {RunShape::random,   RunShape::few_values,      RunShape::extremes,
                                          RunShape::disjoint, RunShape::partly_disjoint, RunShape::rows};

/// A run of `size` values, not yet sorted. `place`: among those of the runs, for shapes that have one.
template <class T>
std::vector<T> values_of(Random& random, RunShape shape, std::size_t size, std::uint64_t place) {
    using Limits = std::numeric_limits<T>;
    std::vector<T> values(size);
    for (T& value : values) {
        switch (shape) {
        case RunShape::random: value = static_cast<T>(random()); break;
        case RunShape::few_values: value = static_cast<T>(random.below(5)); break;
        case RunShape::extremes:
            value = random.chance(50) ? static_cast<T>(Limits::lowest() + static_cast<T>(random.below(2)))
                                      : static_cast<T>(Limits::max() - static_cast<T>(random.below(2)));
            break;
        case RunShape::disjoint: value = static_cast<T>(place * 8 + random.below(8)); break;
        case RunShape::partly_disjoint: value = static_cast<T>(place * 8 + random.below(24)); break;
        case RunShape::rows: value = static_cast<T>(random.below(3) * 40 + random.below(100) / 99); break;
        }
    }
    return values;
}

/// `count` runs, each sorted by `compare` and of at most `longest` values.
template <class T, class Compare = std::less<>>
std::vector<std::vector<T>> sorted_runs(
    Random& random, RunShape shape, std::size_t count, std::size_t longest, Compare compare = {}) {
    std::vector<std::vector<T>> runs;
    for (std::size_t i = 0; i < count; ++i) {
        const auto size = static_cast<std::size_t>(random.below(longest + 1));
        runs.push_back(values_of<T>(random, shape, size, random.below(count)));
        std::sort(runs.back().begin(), runs.back().end(), compare);
    }
    return runs;
}

/// The runs merged one after the other by the standard library, which is stable.
template <class T, class Compare = std::less<>>
std::vector<T> folded(const std::vector<std::vector<T>>& runs, Compare compare = {}) {
    std::vector<T> all;
    for (const std::vector<T>& run : runs) {
        std::vector<T> next;
        next.reserve(all.size() + run.size());
        std::merge(all.begin(), all.end(), run.begin(), run.end(), std::back_inserter(next), compare);
        all.swap(next);
    }
    return all;
}

/// Calls `check(random, shape)` with all shapes for each seed: as many as the environment says, or `rounds`.
template <class Check>
void for_each_shape(std::uint64_t rounds, Check check) {
    const auto seed = number_from_environment("SHEAF_SEED", 1);
    rounds = count_from_environment("SHEAF_SEEDS", rounds);
    for (std::uint64_t round = seed; round < seed + rounds; ++round) {
        CAPTURE(round);
        Random random{round};
        for (const RunShape shape : run_shapes) {
            CAPTURE(static_cast<int>(shape));
            check(random, shape);
        }
    }
}

}  // namespace test
