#pragma once

#include <sheaf/config.hpp>
#include <sheaf/core/allocated.hpp>
#include <sheaf/core/chunk_slot.hpp>
#include <sheaf/core/instant.hpp>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// What is left of a direct call whose chunk waits for its turn: a node would be four times as large.
template <class Chunk, template <class> class Allocator>
struct WaitingChunk {
    WaitingChunk* next = nullptr;  // link among those that can be used again
    Instant admitted_at{};
    ChunkSlot<Chunk> chunk{};

    /// Throws: `std::bad_alloc`.
    [[nodiscard]] static WaitingChunk* create() { return create_object<WaitingChunk, Allocator>(); }
    void destroy() noexcept { destroy_object<Allocator>(this); }
};

}  // namespace core

SHEAF_NAMESPACE_END
