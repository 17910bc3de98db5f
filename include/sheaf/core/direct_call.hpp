#pragma once

#include <sheaf/config.hpp>
#include <sheaf/core/instant.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// A packet whose transform is called on the thread that submits it, before `submit` returns. Its record stands in that
/// thread's stack and borrows the caller's payload, so nothing is copied or looked up for it, and as a rule nothing
/// allocated. Whoever wants to see what is under way, or to end it (a stop, an explanation), first has the engine make
/// a node of it (`Engine::settle_in`), from memory that was set aside at admission.
///
/// The rule is the next packet of a resource that has nothing else to do: it stands alone, as the resource's
/// `ActivityLink`. Any other one is listed with the activity of its resource, and in its place among the pending ones.
///
/// Thread safety: guarded by the stripe's lock, but for the two atomics.
template <class ResourceType, class Node, class Threading>
struct DirectCall {
    DirectCall() noexcept {}  // a batch makes many: the rest is set by the engine

    ResourceType* resource = nullptr;  // null: this is no direct call
    std::span<const std::byte> payload;
    std::uint64_t index;
    bool last;
    bool is_listed;
    bool witnessed;  // see PacketNode
    Instant admitted_at;
    DirectCall* next;  // neighbours among the listed ones of the resource
    DirectCall* previous;
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
