#pragma once

#include <sheaf/collation/collated_at_end.hpp>
#include <sheaf/config.hpp>

#include <concepts>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

SHEAF_NAMESPACE_BEGIN

/// Collation: the output is a `std::vector` of the chunks in index order, one element a packet. For chunks
/// that are values of their own (a number, an image, a parsed record) instead of pieces of one sequence.
///
/// Thread safety: static functions without state; distinct arguments may be used concurrently.
struct KeepChunks : CollatedAtEnd {
    /// One element a packet.
    template <class Chunk>
    using output_type = std::vector<Chunk>;

    /// The chunks, moved where their move does not throw, else copied.
    ///
    /// Runs under no lock. Throws: `std::bad_alloc`, and what copying a chunk throws. If it throws,
    /// `chunks` are as they were.
    ///
    /// Complexity: linear in the number of chunks; one allocation.
    template <class Chunk>
        requires std::is_nothrow_move_constructible_v<Chunk> || std::copy_constructible<Chunk>
    [[nodiscard]] static std::vector<Chunk> finish(NoPrefix& /*prefix*/, std::span<Chunk> chunks) {
        std::vector<Chunk> output;
        output.reserve(chunks.size());
        for (Chunk& chunk : chunks) { output.push_back(std::move_if_noexcept(chunk)); }
        return output;
    }
};

SHEAF_NAMESPACE_END
