#pragma once

#include <sheaf/config.hpp>

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// One of the standard library's function objects for `<` on keys of this type.
template <class Compare, class Key>
inline constexpr bool is_less_than =
    std::same_as<Compare, std::ranges::less> || std::same_as<Compare, std::less<>> ||
    std::same_as<Compare, std::less<Key>>;

/// One of those for `>`.
template <class Compare, class Key>
inline constexpr bool is_greater_than =
    std::same_as<Compare, std::ranges::greater> || std::same_as<Compare, std::greater<>> ||
    std::same_as<Compare, std::greater<Key>>;

/// `compare` on what `projection` makes of two values. Both may change what they hold, as in the standard library.
template <class Compare, class Projection>
struct ProjectedOrder {
    [[no_unique_address]] mutable std::remove_const_t<Compare> compare{};
    [[no_unique_address]] mutable std::remove_const_t<Projection> projection{};

    template <class A, class B>
    [[nodiscard]] constexpr bool operator()(const A& a, const B& b) const {
        return static_cast<bool>(
            std::invoke(compare, std::invoke(projection, a), std::invoke(projection, b)));
    }
};

/// Equal values cannot be told apart, so it does not matter which of them comes first.
template <class Value, class Compare, class Projection>
concept PlainKey = std::integral<Value> && std::same_as<Projection, std::identity> &&
                   (is_less_than<Compare, Value> || is_greater_than<Compare, Value>);

/// An order as a loop holds it: a small one as a copy, which can stay in registers, and any other by reference.
template <class Order>
using HeldOrder =
    std::conditional_t<std::is_trivially_copyable_v<Order> && sizeof(Order) <= 2 * sizeof(void*),
                       Order,
                       const Order&>;

}  // namespace detail

SHEAF_NAMESPACE_END
