#pragma once

#include "engine_bench.hpp"

#include <sheaf/core/instant.hpp>
#include <sheaf/events.hpp>
#include <sheaf/statistics.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace simulation {

using sheaf::IncompleteReason;
using sheaf::core::Instant;
using test::Chunk;
using Completed = sheaf::Completed<Chunk>;
using Incomplete = sheaf::Incomplete<Chunk>;

/// One packet on its way in. Its receipt is a number of its own, and so is its content, unless it repeats a packet.
struct Submission {
    std::uint64_t id = 0;
    std::uint64_t index = 0;
    bool last = false;
    std::uint32_t content = 0;
    std::uint32_t receipt = 0;
    bool in_batch = false;  // what came after it may have been answered before
    bool from_sink = false;
    bool intake_was_open = true;
    bool entered = false;   // the ledger has it among the accepted ones already
    bool released = false;  // its receipt has come back
};

/// One life of a resource, from its first accepted packet until its event is delivered.
struct Life {
    struct Entry {
        std::uint32_t content = 0;
        bool last = false;
        Instant at{};
    };
    std::map<std::uint64_t, Entry> packets;
    std::uint64_t number = 0;
    std::string event;  // as it came at the first attempt; empty: has not come
    bool is_completed = false;
    bool answered_late = false;
    std::uint32_t failed_deliveries = 0;
    Instant finished_at{};

    [[nodiscard]] std::optional<std::uint64_t> last() const {
        const bool known = !packets.empty() && packets.rbegin()->second.last;
        return known ? std::optional{packets.rbegin()->first} : std::nullopt;
    }
    /// The first index, from `next` on, that is not in it.
    [[nodiscard]] std::uint64_t gap(std::uint64_t next) const {
        while (packets.contains(next)) { ++next; }
        return next;
    }
    [[nodiscard]] bool has_all(std::uint64_t first) const {
        return last() && *last() - first + 1 == packets.size();
    }
    [[nodiscard]] bool contradicts(std::uint64_t index, bool is_last) const {
        return last() ? is_last || index > *last()
                      : is_last && !packets.empty() && index < packets.rbegin()->first;
    }
    [[nodiscard]] sheaf::Volume volume() const {
        sheaf::Volume sum;
        for (const auto& [index, entry] : packets) { sum += {1, test::payload_of(entry.content).size()}; }
        return sum;
    }
};

/// Everything an event says, to compare one attempt with the next.
[[nodiscard]] inline std::string text_of(const Completed& event) {
    std::string text = "C" + event.delivery_id();
    for (const std::uint32_t number : event.output) { text += ' ' + std::to_string(number); }
    return text;
}
[[nodiscard]] inline std::string text_of(const Incomplete& event) {
    std::string text = "I" + event.delivery_id() + ' ' + std::string{to_string(event.reason)};
    for (const std::uint32_t number : event.output) { text += ' ' + std::to_string(number); }
    for (const auto& chunk : event.chunks) {
        text += " c" + std::to_string(chunk.index) + ':' + std::to_string(chunk.chunk.size());
    }
    for (const auto& payload : event.payloads) {
        text += " p" + std::to_string(payload.index) + ':' +
                std::to_string(test::content_of(payload.payload.bytes()));
    }
    return text;
}

}  // namespace simulation
