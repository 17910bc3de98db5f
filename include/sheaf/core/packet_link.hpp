#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/prefetch.hpp>

#include <cstddef>
#include <cstdint>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// What there is of a packet that is not yet part of the prefix: a node, the direct call that is under way, the chunk
/// that it has left, or nothing. In one word, because a resource may have a million of them pending.
template <class Node, class DirectCallType, class Waiting>
class PacketLink {
public:
    PacketLink() noexcept = default;
    explicit PacketLink(Node& node) noexcept
        : word_{reinterpret_cast<std::uintptr_t>(&node)} {}
    explicit PacketLink(DirectCallType& call) noexcept
        : word_{reinterpret_cast<std::uintptr_t>(&call) | call_mark} {}
    explicit PacketLink(Waiting& waiting) noexcept
        : word_{reinterpret_cast<std::uintptr_t>(&waiting) | waiting_mark} {}

    /// Null where it is something else.
    [[nodiscard]] Node* node() const noexcept { return as<Node>(0); }
    [[nodiscard]] DirectCallType* call() const noexcept { return as<DirectCallType>(call_mark); }
    [[nodiscard]] Waiting* waiting() const noexcept { return as<Waiting>(waiting_mark); }

    /// The place of its chunk. Precondition of both: a node or a chunk.
    [[nodiscard]] auto& chunk() const noexcept {
        Waiting* const chunk = waiting();
        return chunk != nullptr ? chunk->chunk : node()->chunk;
    }
    [[nodiscard]] auto admitted_at() const noexcept {
        const Waiting* const chunk = waiting();
        return chunk != nullptr ? chunk->admitted_at : node()->admitted_at;
    }

    /// Asks for the memory of what it points to.
    void prefetch() const noexcept { detail::prefetch(reinterpret_cast<const void*>(word_ & ~marks)); }

    /// An answer was given that relies on this packet: its admission stands. Precondition: not null.
    void witness() const noexcept {
        if (Node* const packet = node()) {
            packet->witnessed = true;
        } else if (DirectCallType* const packet_call = call()) {
            packet_call->witnessed = true;
        }  // that of a chunk stands anyway
    }

    [[nodiscard]] friend bool operator==(const PacketLink& link, std::nullptr_t) noexcept {
        return link.word_ == 0;
    }

private:
    // In bits that are zero in an address.
    static constexpr std::uintptr_t call_mark = 1;
    static constexpr std::uintptr_t waiting_mark = 2;
    static constexpr std::uintptr_t marks = 3;

    template <class T>
    [[nodiscard]] T* as(std::uintptr_t mark) const noexcept {
        return (word_ & marks) == mark ? reinterpret_cast<T*>(word_ & ~marks) : nullptr;
    }

    std::uintptr_t word_ = 0;
};

}  // namespace core

SHEAF_NAMESPACE_END
