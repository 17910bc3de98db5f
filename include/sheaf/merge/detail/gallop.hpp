#pragma once

#include <sheaf/config.hpp>

#include <algorithm>
#include <iterator>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// The end of those at the front of a run that belong there: `belongs` is true for them and for none behind them.
/// Looks at distances that double, and then between the last two (J. Bentley, A. Yao, "An Almost Optimal Algorithm
/// for Unbounded Searching", 1976): where few belong, few are looked at.
///
/// Throws: what `belongs` and the iterators throw. Complexity: logarithmic in how many belong.
template <std::random_access_iterator Iterator, std::sized_sentinel_for<Iterator> Sentinel, class Belongs>
[[nodiscard]] Iterator gallop(Iterator first, Sentinel last, const Belongs& belongs) {
    using Distance = std::iter_difference_t<Iterator>;
    const Distance size = last - first;
    Distance low = 0;
    Distance step = 1;
    while (step <= size - low && belongs(first[low + (step - 1)])) {
        low = static_cast<Distance>(low + step);
        step = low;
    }
    const Distance rest = (std::min)(step, static_cast<Distance>(size - low));
    return std::ranges::partition_point(first + low, first + low + rest, belongs);
}

}  // namespace detail

SHEAF_NAMESPACE_END
