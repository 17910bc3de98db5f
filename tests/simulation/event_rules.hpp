#pragma once

#include "calls.hpp"
#include "life.hpp"

#include <sheaf/events.hpp>
#include <sheaf/options.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace simulation {

/// What the host has asked for so far.
struct Asked {
    bool evicted = false;
    bool drained = false;
    bool cancelled = false;
};

/// What an event must be, given the packets that were accepted and the calls of the transform. Each rule returns the
/// first thing that is wrong, or null.
class EventRules {
public:
    EventRules(const sheaf::Options& options, const Calls& calls, bool has_hidden_failures) noexcept
        : options_{options}
        , calls_{calls}
        , has_hidden_failures_{has_hidden_failures} {}

    [[nodiscard]] const char* broken_by(const Completed& event, const Life& life) const {
        if (!life.has_all(options_.first_index)) { return "Completed, but a packet is missing"; }
        if (life.answered_late) { return "Completed, but a packet was late"; }
        Chunk expected;
        for (const auto& [index, entry] : life.packets) {
            append(expected, entry.content);
            if (!calls_.has_succeeded(entry.content)) {
                return "Completed, but a transform has not succeeded";
            }
        }
        return event.output == expected ? nullptr : "the output is not the chunks in index order";
    }

    [[nodiscard]] const char* broken_by(const Incomplete& event,
                                        const Life& life,
                                        Instant now,
                                        const Asked& asked) const {
        // Exactly once each, in one of the three places.
        Chunk expected;
        std::vector<sheaf::IndexRange> missing;
        std::uint64_t next = options_.first_index;
        auto chunk = event.chunks.begin();
        auto payload = event.payloads.begin();
        bool failed = has_hidden_failures_;
        for (const auto& [index, entry] : life.packets) {
            if (index != next) { missing.push_back({next, index - 1}); }
            next = index + 1;
            if (index - options_.first_index < event.collated) {
                append(expected, entry.content);
                if (!calls_.has_succeeded(entry.content)) { return "collated without a transform"; }
            } else if (chunk != event.chunks.end() && chunk->index == index) {
                if (chunk->chunk != test::chunk_of(entry.content)) { return "another packet's chunk"; }
                if (!calls_.has_succeeded(entry.content)) { return "a chunk without a transform"; }
                ++chunk;
            } else if (payload != event.payloads.end() && payload->index == index) {
                if (test::content_of(payload->payload.bytes()) != entry.content) {
                    return "another packet's payload";
                }
                if (calls_.has_succeeded(entry.content)) {
                    return "a payload although the transform has succeeded";
                }
                failed = failed || calls_.has_failed(entry.content);
                ++payload;
            } else {
                return "an accepted packet is not in the event";
            }
        }
        if (chunk != event.chunks.end() || payload != event.payloads.end()) {
            return "more in the event than was accepted";
        }
        if (event.output != expected) { return "the output is not the prefix in index order"; }
        if (event.missing != missing) { return "missing names other ranges"; }
        if (event.last_index != life.last()) { return "last_index"; }
        if (!reason_holds(event, life, now, failed, asked)) { return "the reason does not hold"; }
        if (event.reason != IncompleteReason::transform_failed && event.error != nullptr) {
            return "an error for no reason";
        }
        const bool may_be_whole = event.reason == IncompleteReason::cancelled || !event.payloads.empty();
        if (!may_be_whole && life.has_all(options_.first_index)) {
            return "Incomplete, but nothing is missing";
        }
        return nullptr;
    }

    /// One of the resource's clocks has run out, and nothing else keeps it: its event must have come.
    [[nodiscard]] bool is_overdue(const Life& life, Instant now) const {
        if (has_hidden_failures_ || !life.event.empty() || life.has_all(options_.first_index)) {
            return false;
        }
        for (const auto& [index, entry] : life.packets) {
            if (!calls_.has_succeeded(entry.content)) { return false; }
        }
        const Clocks over = clocks_over(life, now);
        return over.gap || over.inactivity || over.age;
    }

private:
    static void append(Chunk& output, std::uint32_t content) {
        const Chunk chunk = test::chunk_of(content);
        output.insert(output.end(), chunk.begin(), chunk.end());
    }

    /// Which of a resource's clocks have run out.
    struct Clocks {
        bool gap = false;
        bool inactivity = false;
        bool age = false;
    };
    [[nodiscard]] Clocks clocks_over(const Life& life, Instant now) const {
        Instant newest{};
        Instant oldest = Instant::max();
        Instant first_sight = Instant::max();
        std::uint64_t gap = options_.first_index;
        for (const auto& [index, entry] : life.packets) {
            gap += index == gap ? 1 : 0;
            newest = std::max(newest, entry.at);
            oldest = std::min(oldest, entry.at);
            if (index > gap) { first_sight = std::min(first_sight, entry.at); }
        }
        const auto is_over = [now](Instant start, Instant span) {
            return span.count() != 0 && start != Instant::max() && start + span <= now;
        };
        return {is_over(first_sight, options_.gap_timeout), is_over(newest, options_.inactivity_timeout),
                is_over(oldest, options_.total_age)};
    }

    [[nodiscard]] bool reason_holds(
        const Incomplete& event, const Life& life, Instant now, bool failed, const Asked& asked) const {
        const Clocks over = clocks_over(life, now);
        switch (event.reason) {
        case IncompleteReason::gap_timeout: return over.gap;
        case IncompleteReason::inactivity: return over.inactivity;
        case IncompleteReason::total_age: return over.age;
        case IncompleteReason::transform_failed: return failed;
        case IncompleteReason::collation_failed: return false;
        case IncompleteReason::evicted: return asked.evicted;
        case IncompleteReason::drained: return asked.drained;
        case IncompleteReason::cancelled: return asked.cancelled;
        }
        return false;
    }

    const sheaf::Options& options_;
    const Calls& calls_;
    const bool has_hidden_failures_;
};

}  // namespace simulation
