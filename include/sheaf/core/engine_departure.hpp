#pragma once

// Part of class Engine: what becomes of resources that have ended, and of what they leave.
#include <sheaf/core/engine_interface.hpp>

SHEAF_NAMESPACE_BEGIN

namespace core {

template <class Traits, class Chunk>
auto Engine<Traits, Chunk>::oldest() noexcept -> ResourceType* {
    if (const ActivityType* const first = clocks_.first()) { return first->resource; }
    ResourceType* resource = live_.oldest();
    while (resource != nullptr && resource->phase != ResourcePhase::open) {
        resource = live_.younger_than(*resource);
    }
    return resource;
}

template <class Traits, class Chunk>
void Engine<Traits, Chunk>::retire(ResourceType& resource, Departure departure, Instant now) noexcept {
    ActivityType& activity = *resource.activity;
    const bool is_completed = activity.prepared->event.index() == 0;
    const Volume volume{resource.accepted(options_.first_index), resource.accepted_bytes};
    counters_.in_flight -= volume;
    if (departure == Departure::dead_lettered) {
        ++counters_.dead_lettered;
        counters_.side_channel += volume;
    } else if (is_completed) {
        ++counters_.completed;
        counters_.delivered += volume;
    } else {
        ++counters_.incomplete;
        counters_.side_channel += volume;
    }
    if (lingering_ != 0) {
        activity.for_each_node([&](std::uint64_t, Node* node) {
            if (!node->lingers) { return; }
            const std::size_t payload = node->state == PacketState::failed ? node->payload_held : 0;
            linger(activity, *node, {0, sizeof(Node) + payload, 0, 0});
        });
    }
    ended_.remove(resource);
    table_.finish(resource, std::move(activity.prepared->coverage), now);
}

template <class Traits, class Chunk>
auto Engine<Traits, Chunk>::forget(ResourceType& retired) noexcept -> typename ActivityType::Owner {
    const ResourceOwner owner = table_.own(retired);
    typename ActivityType::Owner activity = retired.activity.take();
    release_all(*activity);
    budget_.end_delivery();
    if (activity->pending.size() > SparesType::most_nodes) { return activity; }
    activity->for_each([this](std::uint64_t, const Link& link) {
        if (Waiting* const chunk = link.waiting()) {
            drop(*chunk);
        } else {
            drop(*link.node());
        }
    });
    if constexpr (ResourceType::keeps_memory) {
        // The prefix has become the output; a sink that has only read it leaves its memory to the next prefix.
        const auto& prepared = activity->prepared;
        if (prepared != nullptr && prepared->event.index() == 0) {
            spares_.keep_prefix(std::get<0>(prepared->event).output);
        }
    }
    keep(std::move(activity));
    return {};
}

template <class Traits, class Chunk>
bool Engine<Traits, Chunk>::not_delivered(ResourceType& resource, Instant now, bool is_final) noexcept {
    ++counters_.delivery_failures;
    std::uint32_t& attempts = resource.activity->delivery_attempts;
    if (++attempts >= options_.delivery_attempts || is_final) { return true; }
    postpone(resource, later(now, pause_after(options_.delivery_backoff, attempts, random_)));
    return false;
}

template <class Traits, class Chunk>
void Engine<Traits, Chunk>::keep_undelivered(ResourceType& resource) noexcept {
    resource.phase = ResourcePhase::undelivered;
    budget_.set_aside();
}

template <class Traits, class Chunk>
void Engine<Traits, Chunk>::postpone(ResourceType& resource, Instant until) noexcept {
    resource.phase = ResourcePhase::redelivery;
    timers_.redeliveries.push(*resource.activity, until);
}

template <class Traits, class Chunk>
void Engine<Traits, Chunk>::redeliver(ResourceType& resource, Work& work) noexcept {
    timers_.redeliveries.remove(*resource.activity);
    resource.phase = ResourcePhase::delivering;
    work.deliver.push(resource);
}

template <class Traits, class Chunk>
Engine<Traits, Chunk>::~Engine() {
    for (auto* list : {&live_, &ended_}) {
        while (ResourceType* const resource = list->oldest()) {
            list->remove(*resource);
            destroy(*resource);
        }
    }
}

}  // namespace core

SHEAF_NAMESPACE_END
