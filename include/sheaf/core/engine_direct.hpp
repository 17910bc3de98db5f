#pragma once

// Part of class Engine: packets whose transform the submitting thread calls before `submit` returns.
#include <sheaf/core/engine_interface.hpp>

SHEAF_NAMESPACE_BEGIN

namespace core {

template <class Traits, class Chunk>
auto Engine<Traits, Chunk>::admit_direct(const Arrival& arrival,
                                         packet_type& packet,
                                         Instant now,
                                         DirectCallType& call) -> Admission {
    table_.forget_expired(now);
    return admit_direct(table_.find(packet.resource_id, arrival.hash, now), arrival, packet, now, call);
}

template <class Traits, class Chunk>
auto Engine<Traits, Chunk>::admit_direct(
    const Lookup& found, const Arrival& arrival, packet_type& packet, Instant now, DirectCallType& call)
    -> Admission {
    if (found.finished != nullptr) { return admit_found(found, arrival, packet, now, nullptr); }
    const std::span<const std::byte> payload = packet.payload.bytes();
    const bool is_new = found.resource == nullptr;
    if (!packet.payload.is_borrowed() || payload.size() > direct_payload || calls_need_timers_) {
        return admit_found(found, arrival, packet, now, nullptr);
    }
    set_aside();
    const bool is_next = is_new ? packet.index == options_.first_index
                                : found.resource->rests() && packet.index == found.resource->head;
    if (!is_next) { return admit_found(found, arrival, packet, now, &call); }

    ResourceOwner created{nullptr, {}};
    Charge charge = charge_of(payload.size(), is_new, true);
    if (is_new) {
        table_.reserve_one();
        created = find_resource(packet.resource_id, arrival.hash, now);
        reserve_resource();
    }
    const Grant grant = acquire(is_new ? created.get() : nullptr, charge, !is_new);
    if (!grant) { return refusal(charge, grant); }
    if (grant.is_from_reserve) {
        // Near the bounds with an activity, which knows about the reserve.
        budget_.release_reserve(charge.bytes);
        account_.release(charge);
        Admission admission = admit_known(*found.resource, arrival, packet, now, &call);
        admission.grant.has_disturbed = true;
        return admission;
    }
    if (is_new) {
        created->incarnation = next_incarnation_++;
        table_.insert(*created);
        live_.append(*created);
    }
    ResourceType& resource = is_new ? *created.release() : *found.resource;
    begin_direct(resource, packet, now, call);
    resource.activity.set_direct(call);
    direct_.begin_alone();
    count_admitted(resource, payload.size());
    prefetch_end(resource.prefix);
    return {Verdict::accepted, false, grant, nullptr};
}

template <class Traits, class Chunk>
auto Engine<Traits, Chunk>::admit_with_chunk(const Arrival& arrival,
                                             packet_type& packet,
                                             Instant now,
                                             DirectCallType& call,
                                             std::uint32_t stripe,
                                             Chunk& chunk,
                                             Work& work) -> Admission {
    table_.forget_expired(now);
    const Lookup found = table_.find(packet.resource_id, arrival.hash, now);
    if (found.finished == nullptr && join(found.resource, arrival, packet, now, chunk, work)) {
        return {Verdict::accepted};
    }
    const Admission admission = admit_direct(found, arrival, packet, now, call);
    if (call.resource != nullptr) {
        complete_direct(call, stripe, chunk, [now] { return now; }, work);
        call.resource = nullptr;
    }
    return admission;
}

/// The rule: the chunk of the next packet joins the prefix, and nothing else is left of the packet. False, and nothing
/// has happened, where it is not like that, or where the budget has to be asked.
template <class Traits, class Chunk>
bool Engine<Traits, Chunk>::join(ResourceType* known,
                                 const Arrival& arrival,
                                 const packet_type& packet,
                                 Instant now,
                                 Chunk& chunk,
                                 Work& work) {
    const bool is_next = known == nullptr ? packet.index == options_.first_index
                                          : packet.index == known->head && known->rests();
    // What it takes as a rule, if only for a moment; the prefix of a former resource has `kept_bytes`, or less.
    const std::size_t chunk_bytes = Traits::held_bytes(chunk);
    if (!is_next || !account_.has_spare(
                        {1, chunk_bytes + sizeof(ResourceType) + kept_bytes + sizeof(ActivityType), 1, 1})) {
        return false;
    }
    ResourceOwner created{nullptr, {}};
    if (known == nullptr) {
        table_.reserve_one();
        created = find_resource(packet.resource_id, arrival.hash, now);
        reserve_resource();
    }
    typename ActivityType::Owner activity;
    if (packet.last) { activity = spares_.take_activity(); }
    ResourceType& resource = known == nullptr ? *created : *known;
    Charge taken = known == nullptr ? resting_charge(resource) : Charge{};
    if (activity != nullptr) { taken.bytes += sizeof(ActivityType); }
    // Before `append`, which may use up what is spare.
    if (!account_.has_spare(taken)) { return false; }
    account_.take_spare(taken);
    if (!append(resource, chunk)) {
        account_.release(taken);
        return false;
    }
    if (created != nullptr) {
        resource.incarnation = next_incarnation_++;
        table_.insert(resource);
        live_.append(*created.release());
    }
    ++resource.head;
    count_accepted(resource, packet.payload.size());
    if (activity != nullptr) { end_in_order(resource, std::move(activity), now, work); }
    return true;
}

/// The last packet has joined the prefix of a resource that rests.
template <class Traits, class Chunk>
inline void Engine<Traits, Chunk>::end_in_order(ResourceType& resource,
                                                typename ActivityType::Owner activity,
                                                Instant now,
                                                Work& work) noexcept {
    resource.activity = std::move(activity);
    resource.activity->begin(resource);
    resource.activity->last = resource.head - 1;
    resource.activity->charge = resting_charge(resource);
    resource.activity->charge.bytes += sizeof(ActivityType);
    end(resource, now, work);
}

/// Finds the memory that a direct call needs if its chunk has to wait, or if it has to become a node: as many of each
/// as there are calls.
template <class Traits, class Chunk>
void Engine<Traits, Chunk>::set_aside() {
    timers_.nodes.reserve(unsettled_ + 1);
    direct_.reserve_one(spares_);
}

/// The packet's record becomes a direct call.
template <class Traits, class Chunk>
inline void Engine<Traits, Chunk>::begin_direct(ResourceType& resource,
                                                const packet_type& packet,
                                                Instant now,
                                                DirectCallType& call) noexcept {
    call.resource = &resource;
    call.payload = packet.payload.bytes();
    call.index = packet.index;
    call.last = packet.last;
    call.is_listed = false;
    call.witnessed = false;
    call.admitted_at = now;
    direct_.begin();
}

/// A direct call no longer stands alone.
template <class Traits, class Chunk>
void Engine<Traits, Chunk>::list_direct_call(ResourceType& resource) noexcept {
    DirectCallType& call = *resource.activity.direct();
    typename ActivityType::Owner owner = direct_.take_activity();
    direct_.end_alone();
    ActivityType& activity = *owner;
    activity.begin(resource);
    activity.charge = resting_charge(resource);
    activity.charge += charge_of(call.payload.size(), false, true);
    activity.seen_end = call.index + 1;
    if (call.last) { activity.last = call.index; }
    activity.last_activity = call.admitted_at;
    activity.unsettled = 1;
    activity.pending.insert(call.index, Link{call});  // room for it was set aside
    activity.list(call);
    resource.activity = std::move(owner);
}

/// Makes an ordinary packet of a direct call that is under way.
template <class Traits, class Chunk>
void Engine<Traits, Chunk>::make_node(DirectCallType& call) noexcept {
    ResourceType& resource = *call.resource;
    if (!call.is_listed) { list_direct_call(resource); }
    resource.activity->unlist(call);
    direct_.end();
    Node& node = direct_.take_node(call.payload);
    node.payload_held = call.payload.size();
    node.begin(resource, call.index, call.last, call.admitted_at);
    node.witnessed = call.witnessed;
    resource.activity->pending.replace(call.index, Link{node});
    call.attach(node);
}

template <class Traits, class Chunk>
void Engine<Traits, Chunk>::settle_in(ResourceType& resource) noexcept {
    if (DirectCallType* const call = resource.activity.direct()) { make_node(*call); }
    while (resource.activity != nullptr && resource.activity->calls != nullptr) {
        make_node(*resource.activity->calls);
    }
}

/// The node of a direct call; it is made if there is none yet.
template <class Traits, class Chunk>
auto Engine<Traits, Chunk>::node_of(DirectCallType& call, std::uint32_t stripe) noexcept
    -> NodeReference<Node> {
    // Where there is a node already, the resource may have ended and gone: `cancel` waits for no transform.
    if (call.node.load(std::memory_order_relaxed) == nullptr) { make_node(call); }
    NodeReference<Node> node{call.node.load(std::memory_order_relaxed)};
    node->stripe = stripe;
    return node;
}

template <class Traits, class Chunk>
template <class Now>
void Engine<Traits, Chunk>::complete_direct(
    DirectCallType& call, std::uint32_t stripe, Chunk& chunk, const Now& now, Work& work) noexcept {
    if (call.node.load(std::memory_order_relaxed) != nullptr) {
        NodeReference<Node> node = node_of(call, stripe);
        complete(node, 1, std::move(chunk), now, work);
        return;
    }
    ResourceType& resource = *call.resource;
    if (!call.is_listed && !append(resource, chunk)) { list_direct_call(resource); }
    if (call.is_listed) {
        complete_listed(call, chunk, now, work);
        return;
    }
    resource.activity.clear_direct();
    direct_.end();
    direct_.end_alone();
    --unsettled_;
    ++resource.head;
    if (call.last) { end_in_order(resource, direct_.take_activity(spares_), now(), work); }
    // Comes last, as in free_place().
    account_.release(charge_of(call.payload.size(), false, !call.last));
}

/// The same of one that does not stand alone: its chunk joins the prefix, or waits for its turn.
template <class Traits, class Chunk>
template <class Now>
void Engine<Traits, Chunk>::complete_listed(DirectCallType& call,
                                            Chunk& chunk,
                                            const Now& now,
                                            Work& work) noexcept {
    ResourceType& resource = *call.resource;
    ActivityType& activity = *resource.activity;
    activity.unlist(call);
    direct_.end();
    --activity.unsettled;
    --unsettled_;
    Charge freed{0, call.payload.size(), 0, 1};
    if (call.index == resource.head && append(resource, chunk)) {
        activity.pending.pop_front();
        ++resource.head;
        freed.packets = 1;
        freed.bytes += sizeof(Node) + sizeof(typename ResourceType::Pending::Entry);
    } else {
        Waiting& waiting = direct_.take_chunk(spares_);
        waiting.admitted_at = call.admitted_at;
        waiting.chunk.take(chunk);
        activity.pending.replace(call.index, Link{waiting});
        freed.bytes += sizeof(Node) - sizeof(Waiting);
        const std::size_t chunk_bytes = Traits::held_bytes(*waiting.chunk);
        activity.charge.bytes += chunk_bytes;
        account_.force_bytes(chunk_bytes);
    }
    settle(resource, now, work);
    free_place(resource, freed);
}

}  // namespace core

SHEAF_NAMESPACE_END
