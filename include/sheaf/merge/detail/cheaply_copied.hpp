#pragma once

#include <sheaf/config.hpp>

#include <concepts>
#include <tuple>
#include <type_traits>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// To assign a value is to copy its bytes, whatever was there before: so the language says, and of pairs and tuples it
/// holds where it holds of their parts. (They have an assignment of their own, for the sake of references.)
template <class Value>
inline constexpr bool is_copied_as_bytes = std::is_trivially_copyable_v<Value> && std::copyable<Value>;
template <class First, class Second>
inline constexpr bool is_copied_as_bytes<std::pair<First, Second>> =
    is_copied_as_bytes<First> && is_copied_as_bytes<Second>;
template <class... Parts>
inline constexpr bool is_copied_as_bytes<std::tuple<Parts...>> = (is_copied_as_bytes<Parts> && ...);

/// What takes no longer to copy than to guess wrongly a few times: arrays of such values are merged without branches,
/// two runs at a time. Not pointers, because who compares them looks at what they point to: that takes long, and a
/// tree does so less often. Not `bool`, because an array of it may be none.
template <class Value>
concept CheaplyCopied = is_copied_as_bytes<Value> && std::is_trivially_copy_constructible_v<Value> &&
                        std::is_trivially_destructible_v<Value> && sizeof(Value) <= 64 &&
                        !std::is_pointer_v<Value> && !std::same_as<Value, bool>;

}  // namespace detail

SHEAF_NAMESPACE_END
