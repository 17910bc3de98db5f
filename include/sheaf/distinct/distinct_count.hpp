#pragma once

#include <sheaf/config.hpp>

SHEAF_NAMESPACE_BEGIN

/// How many distinct elements have been counted.
///
/// Thread safety: a plain value.
struct DistinctCount {
    /// Their number.
    double estimate = 0;
    /// The standard error of that number, relative to it: by as much it is off in two of three cases, by twice as much in
    /// one of twenty. 0 where it is exact.
    double relative_error = 0;

    /// The same figures.
    friend constexpr bool operator==(const DistinctCount&, const DistinctCount&) noexcept = default;
};

SHEAF_NAMESPACE_END
