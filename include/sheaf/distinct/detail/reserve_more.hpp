#pragma once

#include <sheaf/config.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// Makes room for `more` elements of a vector that never has more than `most`, so that adding them throws nothing. Doubles
/// the memory at least, so that many small additions are amortised. Strong guarantee.
template <class Vector>
void reserve_more(Vector& vector,
                  std::size_t more = 1,
                  std::size_t most = (std::numeric_limits<std::size_t>::max)()) {
    constexpr std::size_t first = 8;
    const std::size_t needed = (std::min)(most, vector.size() + more);
    if (needed <= vector.capacity()) { return; }
    vector.reserve((std::min)(most, (std::max)({needed, first, 2 * vector.size()})));
}

}  // namespace detail

SHEAF_NAMESPACE_END
