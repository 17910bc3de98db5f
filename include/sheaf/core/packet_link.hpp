#pragma once

#include <sheaf/config.hpp>

#include <cstddef>
#include <cstdint>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// The record of a packet that is not yet part of the prefix: a node, or the direct call that is under way, or null. In
/// one word, because a resource may have a million of them pending.
template <class Node, class DirectCallType>
class PacketLink {
public:
    PacketLink() noexcept = default;
    explicit PacketLink(Node& node) noexcept
        : word_{reinterpret_cast<std::uintptr_t>(&node)} {}
    explicit PacketLink(DirectCallType& call) noexcept
        : word_{reinterpret_cast<std::uintptr_t>(&call) | 1U} {}

    /// The node, or null.
    [[nodiscard]] Node* node() const noexcept {
        return (word_ & 1U) != 0 ? nullptr : reinterpret_cast<Node*>(word_);
    }
    /// An answer was given that relies on this packet: its admission stands. Precondition: not null.
    void witness() const noexcept {
        if ((word_ & 1U) != 0) {
            reinterpret_cast<DirectCallType*>(word_ - 1)->witnessed = true;
        } else {
            node()->witnessed = true;
        }
    }
    [[nodiscard]] friend bool operator==(const PacketLink& link, std::nullptr_t) noexcept {
        return link.word_ == 0;
    }

private:
    std::uintptr_t word_ = 0;  // an address; that of a direct call plus one
};

}  // namespace core

SHEAF_NAMESPACE_END
