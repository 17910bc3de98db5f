#pragma once

#include <sheaf/config.hpp>

#include <chrono>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// A point in time: nanoseconds since the epoch of whatever clock the shell reads. The engine reads none.
using Instant = std::chrono::nanoseconds;

/// Later than every point in time: "no deadline".
inline constexpr Instant never = (Instant::max)();

/// `start + span`, which stays at `never` instead of overflowing.
[[nodiscard]] constexpr Instant later(Instant start, std::chrono::nanoseconds span) noexcept {
    return start > never - span ? never : start + span;
}

}  // namespace core

SHEAF_NAMESPACE_END
