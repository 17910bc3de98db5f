#pragma once

#include <sheaf/config.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// `std::ranges::copy`, which in libstdc++ 12 copies the output iterator too, so that one that can only be moved does
/// not compile. Returns the end of the output.
template <class Iterator, class Sentinel, class Out>
Out copy_run(Iterator first, Sentinel last, Out out) {
    if constexpr (std::contiguous_iterator<Iterator> && std::contiguous_iterator<Out> &&
                  std::sized_sentinel_for<Sentinel, Iterator>) {
        return std::copy_n(std::move(first), last - first, std::move(out));
    } else {
        for (; first != last; ++first, static_cast<void>(++out)) { *out = *first; }
        return out;
    }
}

}  // namespace detail

SHEAF_NAMESPACE_END
