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

    typename ResourceType::Owner created;
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
    ++unlisted_calls_;
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
    // What it takes at most, if only for a moment; the prefix of a former resource has `kept_bytes`, or less.
    const std::size_t chunk_bytes = Traits::held_bytes(chunk);
    if (!is_next || !account_.has_spare(
                        {1, chunk_bytes + sizeof(ResourceType) + kept_bytes + sizeof(ActivityType), 1, 1})) {
        return false;
    }
    typename ResourceType::Owner created;
    if (known == nullptr) {
        table_.reserve_one();
        created = find_resource(packet.resource_id, arrival.hash, now);
        reserve_resource();
    }
    typename ActivityType::Owner activity;
    if (packet.last) { activity = new_activity(); }
    ResourceType& resource = known == nullptr ? *created : *known;
    const Charge resting = known == nullptr ? resting_charge(resource) : Charge{};
    if (!append(resource, chunk)) { return false; }
    if (created != nullptr) {
        account_.take_spare(resting);
        resource.incarnation = next_incarnation_++;
        table_.insert(resource);
        live_.append(*created.release());
    }
    ++resource.head;
    count_accepted(resource, packet.payload.size());
    if (activity != nullptr) {
        account_.take_spare({0, sizeof(ActivityType), 0, 0});
        end_in_order(resource, std::move(activity), now, work);
    }
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
    if (direct_nodes_.size() <= direct_calls_) { direct_nodes_.push(*new_node().detach()); }
    if (direct_chunks_.size() <= direct_calls_) {
        Waiting* const spare = spares_.chunks.pop();
        direct_chunks_.push(spare != nullptr ? *spare : *Waiting::create());
    }
    if (direct_copies_.size() <= direct_calls_) { direct_copies_.emplace_back().reserve(direct_payload); }
    if (direct_activities_.size() <= unlisted_calls_) {
        typename ActivityType::Owner activity = new_activity();
        activity->pending.reserve_one();
        direct_activities_.push(*activity.release());
    }
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
    ++direct_calls_;
}

/// A direct call no longer stands alone.
template <class Traits, class Chunk>
void Engine<Traits, Chunk>::list_direct_call(ResourceType& resource) noexcept {
    DirectCallType& call = *resource.activity.direct();
    typename ActivityType::Owner owner{direct_activities_.pop()};
    --unlisted_calls_;
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
    --direct_calls_;
    Node& node = *direct_nodes_.pop();
    node.copy(call.payload, std::move(direct_copies_.back()));
    direct_copies_.pop_back();
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
    --direct_calls_;
    --unlisted_calls_;
    --unsettled_;
    ++resource.head;
    if (call.last) { end_in_order(resource, activity_at_hand(), now(), work); }
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
    --direct_calls_;
    --activity.unsettled;
    --unsettled_;
    Charge freed{0, call.payload.size(), 0, 1};
    if (call.index == resource.head && append(resource, chunk)) {
        activity.pending.pop_front();
        ++resource.head;
        freed.packets = 1;
        freed.bytes += sizeof(Node) + sizeof(typename ResourceType::Pending::Entry);
    } else {
        Waiting& waiting = chunk_at_hand();
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
