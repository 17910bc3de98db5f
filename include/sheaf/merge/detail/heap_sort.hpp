#pragma once

#include <sheaf/config.hpp>

#include <algorithm>
#include <functional>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// Sorts by `before`, not stably. Whatever that answers, nothing but the values is looked at: `std::sort` may run beyond
/// their ends where the order is none, as that of floating-point numbers is none where some are not numbers.
template <class Value, class Order>
void heap_sort(std::vector<Value>& values, const Order& before) {
    std::make_heap(values.begin(), values.end(), std::cref(before));
    std::sort_heap(values.begin(), values.end(), std::cref(before));
}

}  // namespace detail

SHEAF_NAMESPACE_END
