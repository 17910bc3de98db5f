#pragma once

// Part of class Engine: the memory and the part of the budget that packets and resources need.
#include <sheaf/core/engine_interface.hpp>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// A resource that nothing is known of yet, its prefix in the memory of a former one if there is some.
template <class Traits, class Chunk>
auto Engine<Traits, Chunk>::find_resource(const id_type& id, std::uint64_t hash, Instant now)
    -> ResourceOwner {
    ResourceOwner created = table_.create(id, hash, options_.first_index, now);
    spares_.take_prefix(created->prefix);
    return created;
}

/// Takes a charge out of the budget, for `created` with the memory that it has from a former resource: if that is too
/// much, without it. `charge` becomes what was asked for last.
template <class Traits, class Chunk>
Grant Engine<Traits, Chunk>::acquire(ResourceType* created, Charge& charge, bool is_head) noexcept {
    const auto ask = [&] {
        return charge.bytes <= largest_packet_ ? account_.try_acquire(charge, is_head) : Grant{};
    };
    const std::size_t kept = created != nullptr ? Traits::held_bytes(created->prefix) : 0;
    charge.bytes += kept;
    const Grant first = ask();
    if (first || kept == 0) { return first; }
    created->drop_prefix_memory();
    charge.bytes = charge.bytes - kept + Traits::held_bytes(created->prefix);
    Grant second = ask();
    second.has_disturbed = second.has_disturbed || first.has_disturbed;
    return second;
}

template <class Traits, class Chunk>
auto Engine<Traits, Chunk>::refusal(const Charge& charge, const Grant& grant) const noexcept -> Admission {
    if (charge.bytes > largest_packet_) { return {Rejection::too_large}; }
    return {Rejection::overloaded, false, grant};
}

/// The arrival's node, or another one.
template <class Traits, class Chunk>
inline auto Engine<Traits, Chunk>::find_node(const Arrival& arrival) -> NodeReference<Node> {
    if (arrival.node != nullptr) {
        arrival.node->retain();
        return NodeReference<Node>{arrival.node};
    }
    return spares_.take_node();
}

/// What a packet is booked with: its payload and its record, and those of its resource that come with it.
template <class Traits, class Chunk>
inline Charge Engine<Traits, Chunk>::charge_of(std::size_t payload_held,
                                               bool is_new,
                                               bool activates) noexcept {
    std::size_t bytes = payload_held + sizeof(Node) + sizeof(typename ResourceType::Pending::Entry);
    if constexpr (has_receipts) { bytes += sizeof(receipt_type); }
    if constexpr (has_digest) { bytes += sizeof(std::uint64_t); }
    if (is_new) { bytes += sizeof(ResourceType); }
    if (activates) { bytes += sizeof(ActivityType); }
    return {1, bytes, is_new ? std::size_t{1} : std::size_t{0}, 1};
}

/// Gives a resource an activity, which is to be booked by the caller. Throws: `std::bad_alloc`.
template <class Traits, class Chunk>
inline void Engine<Traits, Chunk>::activate(ResourceType& resource) {
    resource.activity = spares_.take_activity();
    resource.activity->begin(resource);
    // What is booked for a resource that rests; of a new one it comes with its first packet.
    if (resource.head != options_.first_index) { resource.activity->charge = resting_charge(resource); }
}

/// Makes sure that a resource is active. False where there is no memory for that.
template <class Traits, class Chunk>
bool Engine<Traits, Chunk>::wake(ResourceType& resource) noexcept {
    settle_in(resource);
    if (resource.activity != nullptr) { return true; }
    SHEAF_TRY {
        activate(resource);
        resource.activity->charge.bytes += sizeof(ActivityType);
        account_.force_bytes(sizeof(ActivityType));
        return true;
    }
    SHEAF_CATCH_ALL { return false; }
}

/// Nothing but the prefix is left of what a resource had.
template <class Traits, class Chunk>
inline bool Engine<Traits, Chunk>::can_rest(const ResourceType& resource) const noexcept {
    if constexpr (never_rests) {
        return false;
    } else {
        const ActivityType& activity = *resource.activity;
        return activity.pending.empty() && resource.phase == ResourcePhase::open &&
               activity.last == unknown_index && activity.reserve_bytes == 0 &&
               !clocks_.follow_every_packet();
    }
}

/// Keeps an activity for another resource, as far as that makes sense.
template <class Traits, class Chunk>
inline void Engine<Traits, Chunk>::keep(typename ActivityType::Owner activity) noexcept {
    activity->recycle();
    if (spares_.activities.size() < SparesType::most_nodes) { spares_.activities.push(*activity.release()); }
}

/// Notes with the resource what it has been granted.
template <class Traits, class Chunk>
inline void Engine<Traits, Chunk>::book(ActivityType& activity,
                                        const Charge& charge,
                                        const Grant& grant) noexcept {
    activity.charge += charge;
    if (grant.is_from_reserve) { activity.reserve_bytes += charge.bytes; }
}

/// Finds the memory for the deadlines of one more resource.
template <class Traits, class Chunk>
void Engine<Traits, Chunk>::reserve_resource() {
    clocks_.reserve(live_.size() + 1);
    timers_.redeliveries.reserve(live_.size() + 1 + ended_.size());
}

/// Finds the memory for all that can happen to this packet and its resource later.
template <class Traits, class Chunk>
inline void Engine<Traits, Chunk>::reserve(ActivityType& activity, const packet_type& packet, bool is_new) {
    if (is_new) { reserve_resource(); }
    timers_.nodes.reserve(unsettled_ + 1);
    if (packet.index != activity.seen_end) { activity.gaps.reserve(); }
    const std::size_t packets = activity.pending.size() + 1;
    const auto make_room = [packets](auto& values) {
        const std::size_t needed = values.size() + packets;
        if (needed > values.capacity()) { values.reserve(needed + needed / 2); }
    };
    if constexpr (has_receipts) { make_room(activity.receipts); }
    if constexpr (has_digest) { make_room(activity.digests); }
}

}  // namespace core

SHEAF_NAMESPACE_END
