#pragma once

// Part of class Engine: what becomes of a packet that arrives.
#include <sheaf/core/engine_interface.hpp>

SHEAF_NAMESPACE_BEGIN

namespace core {

template <class Traits, class Chunk>
auto Engine<Traits, Chunk>::admit(const Arrival& arrival, packet_type& packet, Instant now) -> Admission {
    table_.forget_expired(now);
    return admit_found(table_.find(packet.resource_id, arrival.hash, now), arrival, packet, now, nullptr);
}

template <class Traits, class Chunk>
auto Engine<Traits, Chunk>::admit_found(
    const Lookup& found, const Arrival& arrival, packet_type& packet, Instant now, DirectCallType* call)
    -> Admission {
    if (found.finished != nullptr) { return answer_finished(found.finished->coverage(), arrival, packet); }
    return found.resource != nullptr ? admit_known(*found.resource, arrival, packet, now, call)
                                     : admit_new(arrival, packet, now, call);
}

template <class Traits, class Chunk>
auto Engine<Traits, Chunk>::admit_known(
    ResourceType& resource, const Arrival& arrival, packet_type& packet, Instant now, DirectCallType* call)
    -> Admission {
    if (resource.activity.direct() != nullptr) { list_direct_call(resource); }
    // The rule: the next packet of a resource that has nothing else to do, and so is open and lacks its last.
    if (packet.index == resource.head && resource.rests()) {
        return take(resource, arrival, packet, now, false, call);
    }
    if (resource.has_seen(packet.index)) { return answer_seen(resource, arrival, packet); }
    if (contradicts(resource, packet)) {
        ++counters_.conflicts;
        return {Verdict::conflict};
    }
    if (resource.phase != ResourcePhase::open) {
        ++counters_.late;
        return {Verdict::late};
    }
    return take(resource, arrival, packet, now, false, call);
}

template <class Traits, class Chunk>
auto Engine<Traits, Chunk>::admit_new(const Arrival& arrival,
                                      packet_type& packet,
                                      Instant now,
                                      DirectCallType* call) -> Admission {
    table_.reserve_one();
    auto created = find_resource(packet.resource_id, arrival.hash, now);
    const Admission admission = take(*created, arrival, packet, now, true, call);
    if (admission.outcome.accepted()) {
        ResourceType& resource = *created.release();
        table_.insert(resource);
        live_.append(resource);
    }
    return admission;
}

template <class Traits, class Chunk>
auto Engine<Traits, Chunk>::answer_finished(const CoverageView& coverage,
                                            const Arrival& arrival,
                                            const packet_type& packet) -> Admission {
    if (coverage.contains(packet.index)) {
        Admission admission{Verdict::duplicate, has_receipts};
        if constexpr (has_receipts) {
            NodeReference<Node> place = find_node(arrival);
            admission.node = arrival.node != nullptr ? arrival.node : place.detach();
        }
        ++counters_.duplicates;
        return admission;
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
auto Engine<Traits, Chunk>::answer_seen(ResourceType& resource, const Arrival& arrival, packet_type& packet)
    -> Admission {
    const Link first = packet.index < resource.head || resource.activity == nullptr
                           ? Link{}
                           : resource.activity->pending.find(packet.index);
    if constexpr (has_digest) {
        const auto place = static_cast<std::size_t>(packet.index - options_.first_index);
        if (arrival.digest != (first != nullptr ? first.node()->digest : resource.activity->digests[place])) {
            if (first != nullptr) { first.witness(); }
            ++counters_.conflicts;
            return {Verdict::conflict};
        }
    }
    if constexpr (has_receipts) {
        // Room for it beside the receipts that the pending packets still have to bring.
        ActivityType& activity = *resource.activity;  // with receipts a resource always has one
        const std::size_t needed = activity.receipts.size() + activity.pending.size() + 1;
        if (needed > activity.receipts.capacity()) { activity.receipts.reserve(needed + needed / 2); }
        const Charge charge{0, sizeof(receipt_type), 0, 0};
        const Grant grant = account_.try_acquire(charge, false);
        if (!grant) { return {Rejection::overloaded, false, grant}; }
        book(activity, charge, grant);
        activity.receipts.push_back(std::move(packet.receipt));
    }
    static_cast<void>(arrival);
    if (first != nullptr) { first.witness(); }
    ++counters_.duplicates;
    return {Verdict::duplicate};
}

/// A second last packet, a packet beyond the last, or a last one below what is here.
template <class Traits, class Chunk>
bool Engine<Traits, Chunk>::contradicts(ResourceType& resource, const packet_type& packet) const noexcept {
    if (resource.activity == nullptr) { return false; }
    const ActivityType& activity = *resource.activity;
    const bool last_is_known = activity.last != unknown_index;
    const bool conflict = last_is_known ? packet.last || packet.index > activity.last
                                        : packet.last && packet.index + 1 < activity.highest_end();
    // The packet that stands against it is the highest one in either case.
    if (conflict && !activity.pending.empty()) { activity.pending.back().value.witness(); }
    return conflict;
}

/// Admits a packet that nothing speaks against, if the budget allows. `call`: its record, or null, then a node is.
template <class Traits, class Chunk>
inline auto Engine<Traits, Chunk>::take(ResourceType& resource,
                                        const Arrival& arrival,
                                        packet_type& packet,
                                        Instant now,
                                        bool is_new,
                                        DirectCallType* call) -> Admission {
    const bool activates = resource.activity == nullptr;
    Charge charge = charge_of(packet.payload.held_bytes(), is_new, activates);
    if (resource.activity != nullptr && resource.activity->reserve_bytes != 0) {
        budget_.unload_reserve(resource.activity->reserve_bytes);
    }
    const bool is_head = !is_new && packet.index == resource.seen_end();
    const Grant grant = acquire(is_new ? &resource : nullptr, charge, is_head);
    if (!grant) { return refusal(charge, grant); }
    NodeReference<Node> node;
    SHEAF_TRY {
        if (activates) { activate(resource); }
        reserve(*resource.activity, packet, is_new);
        if (call == nullptr) {
            node = find_node(arrival);
            if (arrival.node == nullptr) { node->copy(packet.payload); }
            resource.activity->pending.insert(packet.index, Link{*node});
        } else {
            resource.activity->pending.insert(packet.index, Link{*call});
        }
    }
    SHEAF_CATCH_ALL {
        if (grant.is_from_reserve) { budget_.release_reserve(charge.bytes); }
        account_.release(charge);
        if (activates && resource.activity != nullptr) { keep(resource.activity.take()); }
        SHEAF_RETHROW;
    }
    if (is_new) {
        resource.incarnation = next_incarnation_++;
        if constexpr (requires { Traits::source_position(packet.receipt); }) {
            resource.incarnation = Traits::source_position(packet.receipt);
        }
    }
    book(*resource.activity, charge, grant);
    prefetch_end(resource.prefix);
    note_arrival(resource, packet, now);
    if (call == nullptr) {
        node->digest = arrival.digest;
        enter(resource, *node, packet, now);
    } else {
        begin_direct(resource, packet, now, *call);
        resource.activity->list(*call);
    }
    return {Verdict::accepted, false, grant, node.detach()};
}

/// The packet's record becomes a node.
template <class Traits, class Chunk>
inline void Engine<Traits, Chunk>::enter(ResourceType& resource,
                                         Node& node,
                                         packet_type& packet,
                                         Instant now) noexcept {
    node.adopt(packet.payload);
    node.receipt = std::move(packet.receipt);
    node.begin(resource, packet.index, packet.last, now);
}

/// The part of an admission that cannot fail, but for the packet's own record.
template <class Traits, class Chunk>
inline void Engine<Traits, Chunk>::note_arrival(ResourceType& resource,
                                                const packet_type& packet,
                                                Instant now) noexcept {
    ActivityType& activity = *resource.activity;
    if (packet.index != activity.seen_end) {
        activity.gaps.see(packet.index, now);
    } else if (activity.gaps.is_open()) {
        activity.seen_end = activity.pending.first_absent(packet.index);
        activity.gaps.close_below(activity.seen_end);
    } else {
        ++activity.seen_end;
    }
    if (packet.last) { activity.last = packet.index; }
    activity.last_activity = now;
    ++activity.unsettled;
    count_admitted(resource, packet.payload.size());
    if (activity.gaps.is_open() || clocks_.follow_every_packet()) { clocks_.update(activity); }
}

template <class Traits, class Chunk>
inline void Engine<Traits, Chunk>::count_admitted(ResourceType& resource, std::size_t payload_size) noexcept {
    ++unsettled_;
    count_accepted(resource, payload_size);
}

template <class Traits, class Chunk>
inline void Engine<Traits, Chunk>::count_accepted(ResourceType& resource, std::size_t payload_size) noexcept {
    const Volume volume{1, payload_size};
    resource.accepted_bytes += volume.bytes;
    counters_.accepted += volume;
    counters_.in_flight += volume;
}

template <class Traits, class Chunk>
bool Engine<Traits, Chunk>::undo(Node& node, packet_type& packet, Instant now, Work& work) noexcept {
    if (!is_current(node, 1) || node.witnessed) { return false; }
    ResourceType& resource = *node.resource;
    settle_in(resource);
    ActivityType& activity = *resource.activity;
    SHEAF_TRY { activity.gaps.reserve_restore(activity.pending.size()); }
    SHEAF_CATCH_ALL { return false; }

    activity.pending.erase(node.index);
    if (node.last) { activity.last = unknown_index; }
    if (node.index < activity.seen_end) { activity.seen_end = node.index; }
    activity.gaps.clear();
    activity.for_each([&activity](std::uint64_t index, const Link& other) {
        if (index > activity.seen_end) { activity.gaps.restore(index, other.admitted_at()); }
    });

    timers_.nodes.remove(node);
    node.state = PacketState::failed;
    const Volume volume{1, node.payload_bytes().size()};
    node.give_back(packet.payload);
    packet.receipt = std::move(node.receipt);
    --activity.unsettled;
    --unsettled_;
    resource.accepted_bytes -= volume.bytes;
    counters_.accepted -= volume;
    counters_.in_flight -= volume;
    // What it took out of the reserve stays with its resource: `unload_reserve` gives that back with the rest.
    release(activity, charge_of(node.payload_held, false, false));
    node.release();  // the engine's reference; the caller holds the call's

    if (resource.accepted(options_.first_index) == 0) {
        clocks_.stop(activity);
        live_.remove(resource);
        table_.erase(resource);
        destroy(resource);
    } else {
        if (resource.phase == ResourcePhase::open) { clocks_.update(activity); }
        settle(resource, [now] { return now; }, work);
        give_back(resource, {});
    }
    return true;
}

}  // namespace core

SHEAF_NAMESPACE_END
