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
    const Lookup found = table_.find(packet.resource_id, arrival.hash, now);
    if (found.finished != nullptr) { return admit_found(found, arrival, packet, now); }
    const std::span<const std::byte> payload = packet.payload.bytes();
    const bool is_new = found.resource == nullptr;
    const bool is_next = is_new ? packet.index == options_.first_index
                                : found.resource->rests() && packet.index == found.resource->head;
    if (!is_next || !packet.payload.is_borrowed() || payload.size() > direct_payload || calls_need_timers_) {
        return admit_found(found, arrival, packet, now);
    }

    set_aside();
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
        // Near the bounds the ordinary way, which knows about the reserve.
        budget_.release_reserve(charge.bytes);
        account_.release(charge);
        Admission admission = admit_known(*found.resource, arrival, packet, now);
        admission.grant.has_disturbed = true;
        return admission;
    }
    if (is_new) {
        created->incarnation = next_incarnation_++;
        table_.insert(*created);
        live_.append(*created);
    }
    ResourceType& resource = is_new ? *created.release() : *found.resource;
    call.resource = &resource;
    call.payload = payload;
    call.index = packet.index;
    call.last = packet.last;
    call.admitted_at = now;
    resource.activity.set_direct(call);
    ++direct_calls_;
    count_admitted(resource, payload.size());
    prefetch_end(resource.prefix);
    return {Verdict::accepted, false, grant, nullptr};
}

/// Finds the memory that a direct call needs if it has to become a node: as many of each as there are calls.
template <class Traits, class Chunk>
void Engine<Traits, Chunk>::set_aside() {
    timers_.nodes.reserve(unsettled_ + 1);
    if (direct_nodes_.size() <= direct_calls_) {
        NodeReference<Node> node = new_node();
        node->reserve_copy(direct_payload);
        direct_nodes_.push(*node.detach());
    }
    if (direct_activities_.size() <= direct_calls_) {
        typename ActivityType::Owner activity = new_activity();
        activity->pending.reserve_one();
        direct_activities_.push(*activity.release());
    }
}

/// Makes an ordinary packet of the direct call that is under way.
template <class Traits, class Chunk>
void Engine<Traits, Chunk>::make_node_of_direct_call(ResourceType& resource) noexcept {
    DirectCallType& call = *resource.activity.direct();
    Node& node = *direct_nodes_.pop();
    typename ActivityType::Owner owner{direct_activities_.pop()};
    --direct_calls_;
    ActivityType& activity = *owner;
    activity.begin(resource);
    activity.charge = resting_charge(resource);
    activity.charge += charge_of(call.payload.size(), false, true);
    activity.seen_end = call.index + 1;
    if (call.last) { activity.last = call.index; }
    activity.last_activity = call.admitted_at;
    activity.unsettled = 1;
    // Neither of these needs memory: it was set aside.
    activity.pending.insert(call.index, &node);
    node.copy(call.payload);
    node.payload_held = call.payload.size();
    node.begin(resource, call.index, call.last, call.admitted_at);
    resource.activity = std::move(owner);
    call.attach(node);
}

/// The node of a direct call; it is made if there is none yet.
template <class Traits, class Chunk>
auto Engine<Traits, Chunk>::node_of(DirectCallType& call, std::uint32_t stripe) noexcept
    -> NodeReference<Node> {
    // Where there is a node already, the resource may have ended and gone: `cancel` waits for no transform.
    if (call.node.load(std::memory_order_relaxed) == nullptr) { make_node_of_direct_call(*call.resource); }
    NodeReference<Node> node{call.node.load(std::memory_order_relaxed)};
    node->stripe = stripe;
    return node;
}

template <class Traits, class Chunk>
template <class Now>
void Engine<Traits, Chunk>::complete_direct(
    DirectCallType& call, std::uint32_t stripe, Chunk& chunk, const Now& now, Work& work) noexcept {
    const bool is_alone = call.node.load(std::memory_order_relaxed) == nullptr;
    ResourceType& resource = *call.resource;
    const std::size_t former_bytes = is_alone ? Traits::held_bytes(resource.prefix) : 0;
    if (!is_alone || !collation_type::template append<Chunk>(resource.prefix, chunk)) {
        NodeReference<Node> node = node_of(call, stripe);
        complete(node, 1, std::move(chunk), now, work);
        return;
    }
    resource.activity.clear_direct();
    --direct_calls_;
    --unsettled_;
    ++resource.head;
    // The prefix is booked before the rest is released, so that the sum never falls below what is held.
    account_.force_bytes(Traits::held_bytes(resource.prefix) - former_bytes);
    if (call.last) {
        resource.activity = typename ActivityType::Owner{direct_activities_.pop()};
        resource.activity->begin(resource);
        resource.activity->last = call.index;
        resource.activity->charge = resting_charge(resource);
        resource.activity->charge.bytes += sizeof(ActivityType);
        end(resource, now(), work);
    }
    // Comes last, as in free_place().
    account_.release(charge_of(call.payload.size(), false, !call.last));
}

}  // namespace core

SHEAF_NAMESPACE_END
