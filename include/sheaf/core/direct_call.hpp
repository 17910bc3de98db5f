#pragma once

#include <sheaf/config.hpp>
#include <sheaf/core/instant.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// A packet whose transform is called on the thread that submits it, before `submit` returns: the record of the rule,
/// the next packet of a resource that has nothing else to do. It stands in the submitting thread's stack and borrows
/// the caller's payload, so nothing is allocated, copied or looked up for it. Whoever else has to do with the resource
/// while the call is under way (another packet of it, a stop, an explanation) first has the engine make a node of it
/// (`Engine::settle_in`), from memory that was set aside at admission.
///
/// Thread safety: guarded by the stripe's lock, but for the two atomics.
template <class ResourceType, class Node, class Threading>
struct DirectCall {
    ResourceType* resource = nullptr;
    std::span<const std::byte> payload{};
    std::uint64_t index = 0;
    bool last = false;
    Instant admitted_at{};
    /// The node, once there is one; with the reference of the call.
    typename Threading::template atomic<Node*> node{nullptr};
    /// When the call began; 0: not begun.
    typename Threading::template atomic<Instant::rep> began{0};

    /// The call begins. Sequentially consistent, here and where the node is made: either this thread sees the node, or
    /// whoever makes it sees when the call began.
    void begin(Instant at) noexcept {
        began.store(at.count(), std::memory_order_seq_cst);
        if (Node* const made = node.load(std::memory_order_seq_cst)) {
            made->call_began_at.store(at.count(), std::memory_order_seq_cst);
        }
    }
    void attach(Node& made) noexcept {
        node.store(&made, std::memory_order_seq_cst);
        // Only what is set: else it could undo what `begin` stores meanwhile.
        if (const auto at = began.load(std::memory_order_seq_cst); at != 0) {
            made.call_began_at.store(at, std::memory_order_seq_cst);
        }
    }
};

}  // namespace core

SHEAF_NAMESPACE_END
