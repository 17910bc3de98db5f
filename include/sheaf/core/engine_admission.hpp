#pragma once

// Part of class Engine: what becomes of a packet that arrives.
#include <sheaf/core/engine_interface.hpp>

SHEAF_NAMESPACE_BEGIN

namespace core {

template <class Traits, class Chunk>
auto Engine<Traits, Chunk>::admit(Node& node, std::uint64_t hash, packet_type& packet, Instant now)
    -> Admission {
    table_.forget_expired(now);
    const Lookup found = table_.find(packet.resource_id, hash, now);
    if (found.finished != nullptr) { return answer_finished(*found.finished, packet); }
    if (found.resource != nullptr) {
        ResourceType& resource = *found.resource;
        if (resource.has_seen(packet.index)) { return answer_seen(resource, node, packet); }
        if (contradicts(resource, packet)) {
            ++counters_.conflicts;
            return {Verdict::conflict};
        }
        if (resource.phase != ResourcePhase::open) {
            ++counters_.late;
            return {Verdict::late};
        }
        return take(resource, node, packet, now, false);
    }

    table_.reserve_one();
    auto created = ResourceType::create(packet.resource_id, hash, options_.first_index, now);
    const Admission admission = take(*created, node, packet, now, true);
    if (admission.outcome.accepted()) {
        ResourceType& resource = *created.release();
        table_.insert(resource);
        live_.append(resource);
    }
    return admission;
}

template <class Traits, class Chunk>
auto Engine<Traits, Chunk>::answer_finished(const Coverage& coverage, const packet_type& packet) noexcept
    -> Admission {
    if (coverage.contains(packet.index)) {
        ++counters_.duplicates;
        return {Verdict::duplicate, has_receipts};
    }
    // Of a coverage that was too ragged only the prefix is remembered, so the last one may come here again.
    const bool second_last = packet.last && coverage.last != unknown_index && packet.index != coverage.last;
    if (second_last || (coverage.last != unknown_index && packet.index > coverage.last)) {
        ++counters_.conflicts;
        return {Verdict::conflict};
    }
    ++counters_.late;
    return {Verdict::late};
}

/// An index that is here already: the first content stands.
template <class Traits, class Chunk>
auto Engine<Traits, Chunk>::answer_seen(ResourceType& resource, const Node& node, packet_type& packet)
    -> Admission {
    Node* const first = packet.index < resource.head ? nullptr : resource.pending.find(packet.index);
    if constexpr (has_digest) {
        const auto place = static_cast<std::size_t>(packet.index - options_.first_index);
        if (node.digest != (first != nullptr ? first->digest : resource.digests[place])) {
            if (first != nullptr) { first->witnessed = true; }
            ++counters_.conflicts;
            return {Verdict::conflict};
        }
    }
    if constexpr (has_receipts) {
        // Room for it beside the receipts that the pending packets still have to bring.
        const std::size_t needed = resource.receipts.size() + resource.pending.size() + 1;
        if (needed > resource.receipts.capacity()) { resource.receipts.reserve(needed + needed / 2); }
        const Charge charge{0, sizeof(receipt_type), 0, 0};
        const Grant grant = budget_.try_acquire(charge, false);
        if (!grant) { return {Rejection::overloaded, false, grant}; }
        book(resource, charge, grant);
        resource.receipts.push_back(std::move(packet.receipt));
    }
    static_cast<void>(node);
    if (first != nullptr) { first->witnessed = true; }
    ++counters_.duplicates;
    return {Verdict::duplicate};
}

/// A second last packet, a packet beyond the last, or a last one below what is here.
template <class Traits, class Chunk>
bool Engine<Traits, Chunk>::contradicts(ResourceType& resource, const packet_type& packet) const noexcept {
    const bool last_is_known = resource.last != unknown_index;
    const bool conflict = last_is_known ? packet.last || packet.index > resource.last
                                        : packet.last && packet.index + 1 < resource.highest_end();
    // The packet that stands against it is the highest one in either case.
    if (conflict && !resource.pending.empty()) { resource.pending.back().value->witnessed = true; }
    return conflict;
}

/// What a packet is booked with: its payload and its record, and its resource's where it opens one.
template <class Traits, class Chunk>
Charge Engine<Traits, Chunk>::charge_of(std::size_t payload_held, bool is_new) noexcept {
    std::size_t bytes = payload_held + sizeof(Node) + sizeof(typename ResourceType::Pending::Entry);
    if constexpr (has_receipts) { bytes += sizeof(receipt_type); }
    if constexpr (has_digest) { bytes += sizeof(std::uint64_t); }
    if (is_new) { bytes += sizeof(ResourceType); }
    return {1, bytes, is_new ? std::size_t{1} : std::size_t{0}, 1};
}

/// Admits a packet that nothing speaks against, if the budget allows.
template <class Traits, class Chunk>
auto Engine<Traits, Chunk>::take(
    ResourceType& resource, Node& node, packet_type& packet, Instant now, bool is_new) -> Admission {
    const Charge charge = charge_of(packet.payload.held_bytes(), is_new);
    budget_.unload_reserve(resource.reserve_bytes);
    if (charge.bytes > budget_.largest_packet()) { return {Rejection::too_large}; }
    const bool is_head = !is_new && packet.index == resource.seen_end;
    const Grant grant = budget_.try_acquire(charge, is_head);
    if (!grant) { return {Rejection::overloaded, false, grant}; }
    SHEAF_TRY {
        reserve(resource, packet, is_new);
        resource.pending.insert(packet.index, &node);
    }
    SHEAF_CATCH_ALL {
        if (grant.is_from_reserve) { budget_.release_reserve(charge.bytes); }
        budget_.release(charge);
        SHEAF_RETHROW;
    }
    if (is_new) {
        resource.incarnation = next_incarnation_++;
        if constexpr (requires { Traits::source_position(packet.receipt); }) {
            resource.incarnation = Traits::source_position(packet.receipt);
        }
    }
    book(resource, charge, grant);
    enter(resource, node, packet, now);
    return {Verdict::accepted};
}

/// Notes with the resource what it has been granted.
template <class Traits, class Chunk>
void Engine<Traits, Chunk>::book(ResourceType& resource, const Charge& charge, const Grant& grant) noexcept {
    resource.charge.packets += charge.packets;
    resource.charge.bytes += charge.bytes;
    resource.charge.resources += charge.resources;
    resource.charge.transforms += charge.transforms;
    if (grant.is_from_reserve) { resource.reserve_bytes += charge.bytes; }
}

/// Finds the memory for all that can happen to this packet and its resource later.
template <class Traits, class Chunk>
void Engine<Traits, Chunk>::reserve(ResourceType& resource, const packet_type& packet, bool is_new) {
    const std::size_t resources = live_.size() + (is_new ? 1 : 0);
    clocks_.reserve(resources);
    timers_.redeliveries.reserve(resources + ended_.size());
    timers_.nodes.reserve(unsettled_ + 1);
    if (packet.index != resource.seen_end) { resource.gaps.reserve(); }
    const std::size_t packets = resource.pending.size() + 1;
    const auto make_room = [packets](auto& values) {
        const std::size_t needed = values.size() + packets;
        if (needed > values.capacity()) { values.reserve(needed + needed / 2); }
    };
    if constexpr (has_receipts) { make_room(resource.receipts); }
    if constexpr (has_digest) { make_room(resource.digests); }
}

/// The part of an admission that cannot fail.
template <class Traits, class Chunk>
void Engine<Traits, Chunk>::enter(ResourceType& resource,
                                  Node& node,
                                  packet_type& packet,
                                  Instant now) noexcept {
    node.adopt(packet.payload);
    node.receipt = std::move(packet.receipt);
    node.resource = &resource;
    node.index = packet.index;
    node.last = packet.last;
    node.admitted_at = now;
    node.attempt = 1;
    node.calls = 1;
    node.state = PacketState::dispatched;
    node.retain();

    if (packet.index != resource.seen_end) {
        resource.gaps.see(packet.index, now);
    } else if (resource.gaps.is_open()) {
        resource.seen_end = resource.pending.first_absent(packet.index);
        resource.gaps.close_below(resource.seen_end);
    } else {
        ++resource.seen_end;
    }
    if (packet.last) { resource.last = packet.index; }
    resource.last_activity = now;
    ++resource.unsettled;
    ++unsettled_;

    const Volume volume{1, node.payload_bytes().size()};
    resource.accepted += volume;
    counters_.accepted += volume;
    counters_.in_flight += volume;
    clocks_.update(resource);
}

template <class Traits, class Chunk>
bool Engine<Traits, Chunk>::undo(Node& node, packet_type& packet, Instant now, Work& work) noexcept {
    if (!is_current(node, 1) || node.witnessed) { return false; }
    ResourceType& resource = *node.resource;
    SHEAF_TRY { resource.gaps.reserve_restore(resource.pending.size()); }
    SHEAF_CATCH_ALL { return false; }

    resource.pending.erase(node.index);
    if (node.last) { resource.last = unknown_index; }
    if (node.index < resource.seen_end) { resource.seen_end = node.index; }
    resource.gaps.clear();
    resource.pending.for_each([&resource](std::uint64_t index, const Node* other) {
        if (index > resource.seen_end) { resource.gaps.restore(index, other->admitted_at); }
    });

    timers_.nodes.remove(node);
    node.state = PacketState::failed;
    const Volume volume{1, node.payload_bytes().size()};
    node.give_back(packet.payload);
    packet.receipt = std::move(node.receipt);
    --resource.unsettled;
    --unsettled_;
    resource.accepted -= volume;
    counters_.accepted -= volume;
    counters_.in_flight -= volume;
    // What it took out of the reserve stays with its resource: `unload_reserve` gives that back with the rest.
    release(resource, charge_of(node.payload_held, false));
    node.release();  // the engine's reference; the caller holds the call's

    if (resource.accepted.packets == 0) {
        clocks_.stop(resource);
        table_.erase(resource);
        live_.remove(resource);
        destroy(typename ResourceType::Owner{&resource});
    } else {
        if (resource.phase == ResourcePhase::open) { clocks_.update(resource); }
        settle(resource, now, work);
    }
    return true;
}

}  // namespace core

SHEAF_NAMESPACE_END
