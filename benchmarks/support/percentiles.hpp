#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace sheaf_bench {

/// The smallest value that `fraction` of all values do not exceed. Reorders `values`, which must not be empty.
template <class Value>
[[nodiscard]] Value percentile(std::vector<Value>& values, double fraction) {
    const auto rank = static_cast<std::size_t>(fraction * static_cast<double>(values.size() - 1));
    const auto place = values.begin() + static_cast<std::ptrdiff_t>(rank);
    std::nth_element(values.begin(), place, values.end());
    return *place;
}

}  // namespace sheaf_bench
