#pragma once

// Part of class Engine: what becomes of packets and resources after admission.
#include <sheaf/core/engine_interface.hpp>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// A call has ended. True where its attempt is still the one that counts; then the caller settles it.
template <class Traits, class Chunk>
inline bool Engine<Traits, Chunk>::end_call(Node& node, std::uint32_t attempt) noexcept {
    if (is_current(node, attempt)) {
        --node.calls;
        timers_.nodes.remove(node);
        return true;
    }
    ++counters_.late_results;
    leave(node);
    return false;
}

/// A call that nobody waits for has ended. The last one of a settled packet takes along what the packet has left.
template <class Traits, class Chunk>
void Engine<Traits, Chunk>::leave(Node& node) noexcept {
    if (--node.calls != 0 || !node.lingers) { return; }
    if (node.state == PacketState::done) { node.drop_payload(); }
    node.lingers = false;
    --lingering_;
    // In this order: there never seem to be more lingering calls than there are.
    budget_.end_lingering();
    account_.release({0, std::exchange(node.linger_bytes, 0), 0, 1});
}

/// Moves a part of what the resource holds to a settled packet with a running call, which holds it until the call ends.
template <class Traits, class Chunk>
void Engine<Traits, Chunk>::linger(ActivityType& activity, Node& node, const Charge& charge) noexcept {
    if (!node.lingers) {
        node.lingers = true;
        ++lingering_;
    }
    activity.charge -= charge;
    node.linger_bytes += charge.bytes;
}

/// Gives back what one settled packet does not hold any more; if that is not its place among the transforms, its call
/// lingers. Comes last, so that whoever looks at the budget always sees some work in flight: the call or the delivery.
template <class Traits, class Chunk>
inline void Engine<Traits, Chunk>::free_place(ResourceType& resource, const Charge& freed) noexcept {
    if (freed.transforms == 0) { budget_.begin_lingering(1); }
    give_back(resource, freed);
}

/// Gives back a part of what a resource holds. If it has nothing left to do, it rests from here on.
template <class Traits, class Chunk>
inline void Engine<Traits, Chunk>::give_back(ResourceType& resource, Charge freed) noexcept {
    typename ActivityType::Owner rested;
    if (can_rest(resource)) {
        clocks_.stop(*resource.activity);  // that of a gap that has closed
        freed.bytes += sizeof(ActivityType);
        rested = resource.activity.take();
    }
    release(rested != nullptr ? *rested : *resource.activity, freed);
    if (rested != nullptr) {
        SHEAF_ASSERT(rested->charge == resting_charge(resource), "sheaf: what a resting resource has booked");
        keep(std::move(rested));
    }
}

/// A packet has its chunk.
template <class Traits, class Chunk>
template <class Now>
inline void Engine<Traits, Chunk>::take_chunk(Node& node, const Now& now, Work& work) noexcept {
    ResourceType& resource = *node.resource;
    ActivityType& activity = *resource.activity;
    node.state = PacketState::done;
    Charge freed{0, node.payload_held, 0, 1};
    if (node.calls == 0) {
        node.drop_payload();
    } else {
        linger(activity, node, std::exchange(freed, {}));
    }
    const std::size_t bytes = Traits::held_bytes(*node.chunk);
    activity.charge.bytes += bytes;
    account_.force_bytes(bytes);
    --activity.unsettled;
    --unsettled_;
    settle(resource, now, work);
    free_place(resource, freed);
}

template <class Traits, class Chunk>
template <class Now>
void Engine<Traits, Chunk>::complete(
    Node& node, std::uint32_t attempt, Chunk&& chunk, const Now& now, Work& work) noexcept {
    if (!end_call(node, attempt)) { return; }
    node.chunk.emplace(std::move(chunk));
    take_chunk(node, now, work);
}

template <class Traits, class Chunk>
template <class Now>
void Engine<Traits, Chunk>::complete(
    NodeReference<Node>& call, std::uint32_t attempt, Chunk&& chunk, const Now& now, Work& work) noexcept {
    if (!end_call(*call, attempt)) { return; }
    call->chunk.emplace(std::move(chunk));
    take_chunk(take_over(call), now, work);
}

template <class Traits, class Chunk>
template <class Now>
void Engine<Traits, Chunk>::complete(NodeReference<Node>& call,
                                     std::uint32_t attempt,
                                     const Now& now,
                                     Work& work) noexcept {
    if (!end_call(*call, attempt)) { return; }
    call->chunk.set();
    take_chunk(take_over(call), now, work);
}

template <class Traits, class Chunk>
void Engine<Traits, Chunk>::fail(
    Node& node, std::uint32_t attempt, std::exception_ptr error, Instant now, Work& work) noexcept {
    if (!end_call(node, attempt)) { return; }
    ++counters_.transform_failures;
    if (node.attempt < options_.transform_attempts) {
        ++counters_.transform_retries;
        node.state = PacketState::waiting;
        timers_.nodes.push(node, later(now, pause_after(options_.transform_backoff, node.attempt, random_)));
        return;
    }
    ResourceType& resource = *node.resource;
    Charge freed;
    give_up(node, freed);
    if (resource.phase == ResourcePhase::open) { resource.activity->error = std::move(error); }
    close(resource, IncompleteReason::transform_failed, now, work);
    free_place(resource, freed);
}

template <class Traits, class Chunk>
void Engine<Traits, Chunk>::park(Node& node, std::uint32_t attempt, Instant now) noexcept {
    if (!is_current(node, attempt)) {
        leave(node);
        return;
    }
    --node.calls;
    --node.attempt;  // this one did not happen
    node.state = PacketState::waiting;
    timers_.nodes.remove(node);
    timers_.nodes.push(node, now);
}

/// The packet will have no chunk. Adds to `freed` what the caller is to give back: its place among the transforms in
/// flight, unless a call still runs.
template <class Traits, class Chunk>
void Engine<Traits, Chunk>::give_up(Node& node, Charge& freed) noexcept {
    ActivityType& activity = *node.resource->activity;
    timers_.nodes.remove(node);
    node.state = PacketState::failed;
    ++activity.failed;
    --activity.unsettled;
    --unsettled_;
    if (node.calls == 0) {
        ++freed.transforms;
    } else {
        linger(activity, node, {0, 0, 0, 1});
    }
}

template <class Traits, class Chunk>
void Engine<Traits, Chunk>::expire(Instant now, Work& work) noexcept {
    while (!timers_.nodes.empty() && timers_.nodes.next_due() <= now) {
        Node& node = timers_.nodes.top();
        timers_.nodes.remove(node);
        if (node.state == PacketState::waiting) {
            ++node.attempt;
            node.state = PacketState::dispatched;
            node.call_began_at.store(0, std::memory_order_relaxed);
            ++node.calls;
            node.retain();
            work.dispatch.push(node);
        } else {
            fail_unfinished(node, node.attempt, detail::make_error<TransformTimeout>(), now, work);
        }
    }
    while (ActivityType* const activity = clocks_.first()) {
        const auto deadline = clocks_.deadline_of(*activity);
        if (deadline.at > now) { break; }
        close(*activity->resource, deadline.reason, now, work);
    }
    while (!timers_.redeliveries.empty() && timers_.redeliveries.next_due() <= now) {
        redeliver(*timers_.redeliveries.top().resource, work);
    }
}

template <class Traits, class Chunk>
void Engine<Traits, Chunk>::close_unfillable(Instant now, Work& work) noexcept {
    for (ResourceType* resource = live_.oldest(); resource != nullptr;) {
        ResourceType* const younger = live_.younger_than(*resource);  // closing may move it to the other list
        settle_in(*resource);
        if (resource->rests() || !resource->activity->is_fully_seen()) {
            close(*resource, IncompleteReason::drained, now, work);
        }
        resource = younger;
    }
    for (ResourceType* resource = ended_.oldest(); resource != nullptr;
         resource = ended_.younger_than(*resource)) {
        if (resource->phase == ResourcePhase::undelivered) {
            budget_.take_up();
            redeliver(*resource, work);
        }
    }
}

template <class Traits, class Chunk>
void Engine<Traits, Chunk>::abandon(Instant now, Work& work, bool retries_undelivered) noexcept {
    for (ResourceType* resource = ended_.oldest(); resource != nullptr;
         resource = ended_.younger_than(*resource)) {
        if (resource->phase == ResourcePhase::undelivered && retries_undelivered) {
            budget_.take_up();
            redeliver(*resource, work);
        } else if (resource->phase == ResourcePhase::redelivery) {
            redeliver(*resource, work);
        }
    }
    for (ResourceType *resource = live_.oldest(), *younger = nullptr; resource != nullptr;
         resource = younger) {
        younger = live_.younger_than(*resource);
        if (!wake(*resource)) { continue; }
        Charge freed;
        const std::size_t abandoned = resource->unsettled();
        resource->activity->for_each_node([&](std::uint64_t, Node* node) {
            if (node->state == PacketState::dispatched || node->state == PacketState::waiting) {
                give_up(*node, freed);
            }
        });
        if (resource->phase == ResourcePhase::open) {
            resource->phase = ResourcePhase::closing;
            resource->reason = IncompleteReason::cancelled;
        }
        collate(*resource);
        end(*resource, now, work);
        budget_.begin_lingering(abandoned - freed.transforms);  // in this order, as in free_place()
        release(*resource->activity, freed);
    }
}

/// No more packets: the resource ends as soon as its transforms have settled. What closed it first is the reason.
template <class Traits, class Chunk>
void Engine<Traits, Chunk>::close(ResourceType& resource,
                                  IncompleteReason reason,
                                  Instant now,
                                  Work& work) noexcept {
    if (!wake(resource)) { return; }
    if (resource.phase == ResourcePhase::open) {
        resource.phase = ResourcePhase::closing;
        resource.reason = reason;
        clocks_.stop(*resource.activity);
    }
    settle(resource, [now] { return now; }, work);
}

/// Moves what can be moved into the prefix, and ends the resource if nothing is outstanding any more.
template <class Traits, class Chunk>
template <class Now>
inline void Engine<Traits, Chunk>::settle(ResourceType& resource, const Now& now, Work& work) noexcept {
    collate(resource);
    ActivityType& activity = *resource.activity;
    if (activity.reserve_bytes != 0) { budget_.unload_reserve(activity.reserve_bytes); }
    if (activity.unsettled != 0) { return; }
    if (resource.phase == ResourcePhase::closing || resource.is_complete()) { end(resource, now(), work); }
}

/// Puts a chunk behind the prefix, and books what that takes: before the chunk is released, so that the sum never falls
/// below what is held. False where there is no memory for it.
template <class Traits, class Chunk>
inline bool Engine<Traits, Chunk>::append(ResourceType& resource, Chunk& chunk) noexcept {
    const std::size_t former_bytes = Traits::held_bytes(resource.prefix);
    if (!collation_type::template append<Chunk>(resource.prefix, chunk)) { return false; }
    const std::size_t bytes = Traits::held_bytes(resource.prefix);
    if (resource.activity != nullptr) { resource.activity->charge.bytes += bytes - former_bytes; }
    if (bytes >= former_bytes) {
        account_.force_bytes(bytes - former_bytes);
    } else {  // the chunk itself has become the prefix, and had less memory than a former prefix has left
        account_.release({0, former_bytes - bytes, 0, 0});
    }
    return true;
}

/// Asks for what `collate` will read soon: of many chunks that waited each is somewhere else.
template <class Traits, class Chunk>
inline void Engine<Traits, Chunk>::prefetch_pending(const typename ResourceType::Pending& pending) noexcept {
    constexpr std::size_t soon = 4;
    if (pending.size() <= soon) { return; }
    if (const auto* const entry = pending.ahead(2 * soon)) { entry->value.prefetch(); }
    if (const auto* const entry = pending.ahead(soon)) {
        if (const Waiting* const waiting = entry->value.waiting()) { prefetch_end(*waiting->chunk); }
    }
}

template <class Traits, class Chunk>
inline void Engine<Traits, Chunk>::collate(ResourceType& resource) noexcept {
    ActivityType& activity = *resource.activity;
    while (!activity.pending.empty()) {
        const auto& front = activity.pending.front();
        if (front.index != resource.head || front.value.call() != nullptr) { return; }
        prefetch_pending(activity.pending);
        if (Waiting* const waiting = front.value.waiting()) {
            const std::size_t bytes = Traits::held_bytes(*waiting->chunk) + sizeof(Waiting) + sizeof(front);
            if (!append(resource, *waiting->chunk)) { return; }
            release(activity, {1, bytes, 0, 0});
            activity.pending.pop_front();
            ++resource.head;
            drop(*waiting);
            continue;
        }
        Node& node = *front.value.node();
        if (node.state != PacketState::done) { return; }
        const std::size_t chunk_bytes = Traits::held_bytes(*node.chunk);
        if (!append(resource, *node.chunk)) { return; }
        if (node.lingers) { linger(activity, node, {0, sizeof(Node), 0, 0}); }
        const std::size_t record_bytes = node.lingers ? 0 : sizeof(Node);
        release(activity, {1, chunk_bytes + record_bytes + sizeof(front), 0, 0});

        if constexpr (has_receipts) { activity.receipts.push_back(std::move(node.receipt)); }
        if constexpr (has_digest) { activity.digests.push_back(node.digest); }
        activity.pending.pop_front();
        ++resource.head;
        drop(node);
    }
}

/// Lets go of a packet: for the next one to use, if nobody reads this one.
template <class Traits, class Chunk>
inline void Engine<Traits, Chunk>::drop(Node& node) noexcept {
    if (spares_.nodes.size() < SparesType::most_nodes && node.is_only_the_engines()) {
        node.recycle();
        spares_.nodes.push(node);
    } else {
        node.chunk.reset();  // a call may keep the node for long, and this is not booked any more
        node.release_all();
    }
}

template <class Traits, class Chunk>
inline void Engine<Traits, Chunk>::drop(Waiting& chunk) noexcept {
    if (spares_.chunks.size() < SparesType::most_chunks) {
        chunk.chunk.reset();
        spares_.chunks.push(chunk);
    } else {
        chunk.destroy();
    }
}

template <class Traits, class Chunk>
void Engine<Traits, Chunk>::end(ResourceType& resource, Instant now, Work& work) noexcept {
    // What delivery and `retire` will write to.
    table_.prefetch_finish(resource.hash);
    detail::prefetch(resource.activity->spare_prepared.get(), 1 + sizeof(Prepared<Traits, Chunk>) / 64);
    clocks_.stop(*resource.activity);
    live_.remove(resource);
    ended_.append(resource);
    resource.phase = ResourcePhase::delivering;
    resource.activity->settled_at = now;
    budget_.begin_delivery();
    work.deliver.push(resource);
}

}  // namespace core

SHEAF_NAMESPACE_END
