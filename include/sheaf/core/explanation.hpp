#pragma once

#include <sheaf/config.hpp>
#include <sheaf/core/finished_ids.hpp>
#include <sheaf/core/instant.hpp>
#include <sheaf/core/resource.hpp>
#include <sheaf/options.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// Why a resource waits: figures taken under the lock, to be put into words without it.
struct Explanation {
    bool is_known = false;
    bool is_finished = false;
    ResourcePhase phase = ResourcePhase::open;
    IncompleteReason reason = IncompleteReason::cancelled;
    std::uint64_t accepted = 0;
    std::uint64_t collated_end = 0;
    std::uint64_t seen_end = 0;
    std::uint64_t last = unknown_index;
    std::size_t unsettled = 0;
    bool has_gap = false;
    std::chrono::nanoseconds gap_open_for{};
    std::chrono::nanoseconds gap_deadline_in = never;
    bool has_running_call = false;
    std::uint64_t running_index = 0;
    std::uint32_t running_attempt = 0;
    std::chrono::nanoseconds running_for{};
    std::uint32_t delivery_attempts = 0;
    std::chrono::nanoseconds redelivery_in{};
};

/// When the call for a node began, as far as one is running.
template <class Node>
[[nodiscard]] Instant call_began(const Node& node) noexcept {
    if (node.state != PacketState::dispatched) { return Instant::zero(); }
    return Instant{node.call_began_at.load(std::memory_order_seq_cst)};
}

template <class Traits, class Chunk>
[[nodiscard]] Explanation explain_resource(const Resource<Traits, Chunk>* resource,
                                           bool is_finished,
                                           Instant now,
                                           const Options& options) noexcept {
    Explanation why;
    why.is_finished = is_finished;
    why.is_known = why.is_finished || resource != nullptr;
    if (resource == nullptr) { return why; }
    why.phase = resource->phase;
    why.reason = resource->reason;
    why.accepted = resource->accepted(options.first_index);
    why.collated_end = resource->head;
    why.seen_end = resource->seen_end();
    why.last = resource->last();
    why.unsettled = resource->unsettled();
    if (resource->activity == nullptr) { return why; }
    const auto& activity = *resource->activity;
    why.delivery_attempts = activity.delivery_attempts;
    if (resource->phase == ResourcePhase::redelivery) { why.redelivery_in = activity.due - now; }
    if (activity.gaps.is_open()) {
        why.has_gap = true;
        why.gap_open_for = now - activity.gaps.since();
        if (options.gap_timeout != Instant::zero()) {
            why.gap_deadline_in = options.gap_timeout - why.gap_open_for;
        }
    }
    if (resource->has_ended()) { return why; }
    activity.for_each_node([&](std::uint64_t index, const auto* node) {
        const Instant began = call_began(*node);
        if (began == Instant::zero() || (why.has_running_call && now - began <= why.running_for)) { return; }
        why.has_running_call = true;
        why.running_index = index;
        why.running_attempt = node->attempt;
        why.running_for = now - began;
    });
    return why;
}

/// The words for it. Throws: `std::bad_alloc`.
[[nodiscard]] inline std::string to_text(const Explanation& why) {
    const auto seconds = [](std::chrono::nanoseconds span) {
        char text[40];
        std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(span.count()) * 1e-9);
        return std::string{text};
    };
    if (!why.is_known) { return "unknown: no packet of it is held and it is not remembered"; }
    if (why.is_finished) { return "finished: its event has been delivered"; }
    const std::string accepted = std::to_string(why.accepted) + " accepted";
    switch (why.phase) {
    case ResourcePhase::delivering: return accepted + "; its event is with the sink";
    case ResourcePhase::redelivery:
        return accepted + "; the sink failed " + std::to_string(why.delivery_attempts) +
               " times, next attempt in " + seconds(why.redelivery_in);
    case ResourcePhase::undelivered:
        return accepted + "; the sink failed " + std::to_string(why.delivery_attempts) +
               " times and no dead letter took the event";
    case ResourcePhase::open:
    case ResourcePhase::closing: break;
    }
    std::string text = accepted + ", collated up to " + std::to_string(why.collated_end) + " exclusive";
    if (why.phase == ResourcePhase::closing) {
        text +=
            "; ends incomplete (" + std::string{to_string(why.reason)} + ") when its transforms have settled";
    } else if (why.has_gap) {
        text += "; waiting for index " + std::to_string(why.seen_end) + " since " + seconds(why.gap_open_for);
        if (why.gap_deadline_in != never) {
            text += " (gap deadline in " + seconds(why.gap_deadline_in) + ")";
        }
    } else if (why.last == unknown_index) {
        text += "; waiting for index " + std::to_string(why.seen_end) + ", the last index is not known";
    } else {
        text += "; all packets up to the last, " + std::to_string(why.last) + ", are here";
    }
    text += "; " + std::to_string(why.unsettled) + " transforms outstanding";
    if (why.has_running_call) {
        text += ", that of index " + std::to_string(why.running_index) + " running " +
                seconds(why.running_for) + ", attempt " + std::to_string(why.running_attempt);
    }
    return text;
}

}  // namespace core

SHEAF_NAMESPACE_END
