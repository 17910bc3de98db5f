#pragma once

#include <sheaf/config.hpp>

#include <cstddef>
#include <span>
#include <vector>

SHEAF_NAMESPACE_BEGIN

/// Transform: the chunk is a copy of the payload. With it the collator is a plain reassembler of byte
/// streams.
///
/// Thread safety: stateless; called concurrently. Throws: `std::bad_alloc`. Complexity: linear; one
/// allocation.
struct Identity {
    /// See `PureTransform`.
    static constexpr bool is_pure = true;

    /// The bytes of the payload.
    [[nodiscard]] std::vector<std::byte> operator()(std::span<const std::byte> payload) const {
        return {payload.begin(), payload.end()};
    }
};

SHEAF_NAMESPACE_END
