#pragma once

#include <sheaf/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

SHEAF_NAMESPACE_BEGIN

/// Why `StreamingMerge` did not take a value.
enum class PushError : std::uint8_t {
    none,      ///< It took all.
    unsorted,  ///< The value comes before the one before it in the same source.
    late,      ///< The source was not waited for, and a value that comes after this one has been given out.
    closed,    ///< The source was closed.
};

/// The enumerator's own name, for logs and metrics.
[[nodiscard]] constexpr std::string_view to_string(PushError error) noexcept {
    switch (error) {
    case PushError::none: return "none";
    case PushError::unsorted: return "unsorted";
    case PushError::late: return "late";
    case PushError::closed: return "closed";
    }
    return "unknown";
}

/// What became of the values that were pushed.
///
/// Thread safety: a plain value.
struct [[nodiscard]] PushResult {
    /// How many were taken: all, or those before the first that could not be.
    std::size_t accepted = 0;
    /// What is wrong with the next one.
    PushError error = PushError::none;
    /// Where that one stands in its source, counted from 0. It counts as given; those behind it in the same call do
    /// not, so a host goes on by pushing them again. With `none`: where the next one will stand.
    std::uint64_t position = 0;

    /// All were taken.
    [[nodiscard]] constexpr bool ok() const noexcept { return error == PushError::none; }
};

SHEAF_NAMESPACE_END
