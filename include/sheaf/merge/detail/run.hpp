#pragma once

#include <sheaf/config.hpp>

#include <cstddef>
#include <iterator>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// A sorted run by its iterators.
template <class Iterator, class Sentinel = Iterator>
struct IteratorRun {
    Iterator first{};
    Sentinel last{};

    [[nodiscard]] constexpr std::size_t size() const noexcept
        requires std::sized_sentinel_for<Sentinel, Iterator>
    {
        return static_cast<std::size_t>(last - first);
    }
};

/// A run that is held in one piece.
template <class Value>
using Run = IteratorRun<const Value*>;

}  // namespace detail

SHEAF_NAMESPACE_END
