#pragma once

#include <sheaf/config.hpp>

SHEAF_NAMESPACE_BEGIN

/// The base of collations that do nothing before all chunks are there: the chunks stay where the engine keeps them,
/// and no code of the collation runs under the stripe's lock. What is left to write is `output_type` and `finish`,
/// whose first argument is a `NoPrefix&`.
///
/// Thread safety: static functions without state.
struct CollatedAtEnd {
    /// There is no output before the end.
    struct NoPrefix {};

    /// Holds nothing.
    template <class Chunk>
    using prefix_type = NoPrefix;

    /// Never takes a chunk. Runs under the stripe's lock.
    template <class Chunk>
    [[nodiscard]] static bool append(NoPrefix& /*prefix*/, Chunk& /*chunk*/) noexcept {
        return false;
    }
};

SHEAF_NAMESPACE_END
