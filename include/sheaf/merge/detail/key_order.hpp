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

/// `compare` on what `projection` makes of two values.
template <class Compare, class Projection>
struct ProjectedOrder {
    [[no_unique_address]] Compare compare{};
    [[no_unique_address]] Projection projection{};

    template <class A, class B>
    [[nodiscard]] constexpr bool operator()(const A& a, const B& b) const {
        return static_cast<bool>(
            std::invoke(compare, std::invoke(projection, a), std::invoke(projection, b)));
    }
};

/// What a projection makes of a value.
template <class Value, class Projection>
using ProjectedKey = std::remove_cvref_t<std::invoke_result_t<const Projection&, const Value&>>;

/// Equal values cannot be told apart, so it does not matter which of them comes first.
template <class Value, class Compare, class Projection>
concept PlainKey = std::integral<Value> && std::same_as<Projection, std::identity> &&
                   (is_less_than<Compare, Value> || is_greater_than<Compare, Value>);

/// To compare and to copy two values takes about as long as to guess wrongly once is worth: numbers, and small
/// records that have a number for their key. They are merged without branches, two runs at a time.
template <class Value, class Compare, class Projection>
concept CheaplyMerged =
    std::is_trivially_copyable_v<Value> && sizeof(Value) <= 16 &&
    (std::same_as<Projection, std::identity> || std::is_member_object_pointer_v<Projection>) &&
    std::is_arithmetic_v<ProjectedKey<Value, Projection>> &&
    (is_less_than<Compare, ProjectedKey<Value, Projection>> ||
     is_greater_than<Compare, ProjectedKey<Value, Projection>>);

}  // namespace detail

SHEAF_NAMESPACE_END
