#pragma once

#include <sheaf/config.hpp>
#include <sheaf/core/chunk_slot.hpp>
#include <sheaf/core/resource.hpp>
#include <sheaf/core/work_list.hpp>

#include <cstddef>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace shell {

/// What is put between data of different threads. A constant of the library's own: the standard's is missing in
/// Clang 14 and differs with compiler flags.
inline constexpr std::size_t cache_line = 64;

/// One lock, the engine under it, and the ended resources that wait for a thread to deliver them.
template <class Mutex, class Engine>
struct alignas(cache_line) Stripe {
    template <class... Arguments>
    explicit Stripe(Arguments&&... arguments)
        : engine{std::forward<Arguments>(arguments)...} {}

    Mutex mutex;
    Engine engine;                                        // guarded by mutex
    core::WorkList<typename Engine::ResourceType> ready;  // guarded by mutex
    // guarded by mutex; memory for the chunk of a direct call
    core::ChunkSlot<typename Engine::chunk_type> scratch;
    std::size_t unplaced = 0;  // guarded by mutex; of `ready`: no task is on its way for them
};

}  // namespace shell

SHEAF_NAMESPACE_END
