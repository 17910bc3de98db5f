#pragma once

#include "calls.hpp"
#include "life.hpp"

#include <sheaf/options.hpp>
#include <sheaf/outcome.hpp>
#include <sheaf/statistics.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>

namespace simulation {

/// What the bounds promise, as far as it can be seen from outside, where nobody knows what the record of a packet takes.
/// Each rule returns the first thing that is wrong, or null.
class RoomRules {
public:
    using Lives = std::map<std::uint64_t, Life>;

    RoomRules(const sheaf::Options& options, const Calls& calls, bool has_hidden_failures) noexcept
        : options_{options}
        , calls_{calls}
        , has_hidden_failures_{has_hidden_failures} {}

    /// Outputs may exceed the bound, as chunks and in the prefix, which has room to grow; nothing else may.
    [[nodiscard]] const char* broken_by(const sheaf::Statistics& counts, const Lives& lives) const {
        if (counts.held_bytes <= options_.max_bytes) { return nullptr; }
        std::size_t outputs = 0;
        for (const auto& [id, life] : lives) {
            outputs += static_cast<std::size_t>(
                std::count_if(life.packets.begin(), life.packets.end(), [this](const auto& packet) {
                    return calls_.has_succeeded(packet.second.content);
                }));
        }
        return counts.held_bytes <= options_.max_bytes + outputs * most_of_an_output
                   ? nullptr
                   : "more bytes than the bound and the outputs";
    }

    /// Where a packet is submitted alone: whether work is in flight for sure.
    struct Moment {
        bool has_tasks = false;
        bool is_in_callback = false;
    };

    /// The answer to such a packet. `counts`: after it; a refusal changes nothing of what they say about room.
    [[nodiscard]] const char* broken_by(sheaf::Outcome answer,
                                        const sheaf::Statistics& counts,
                                        Moment moment,
                                        const Lives& lives) const {
        const bool is_overloaded = answer == sheaf::Rejection::overloaded;
        const bool is_stalled = answer == sheaf::Rejection::stalled;
        if (!is_overloaded && !is_stalled && answer != sheaf::Rejection::would_block) { return nullptr; }
        if (is_overloaded != (options_.when_full == sheaf::WhenFull::reject)) {
            return "another refusal at a bound than when_full says";
        }
        const bool is_busy = moment.has_tasks || moment.is_in_callback;
        // While its receipts go back a resource still has its place, though it has left.
        if (!is_full(counts) && !moment.is_in_callback) {
            return "refused for want of room, and there is some";
        }
        if (is_stalled) { return is_busy ? "stalled, and work is in flight" : nullptr; }
        // Of an event that the executor has lost on its way to the sink nobody out here knows.
        const bool has_events =
            has_hidden_failures_ || std::any_of(lives.begin(), lives.end(),
                                                [](const auto& life) { return !life.second.event.empty(); });
        const bool may_block = is_busy || has_events || counts.transforms_in_flight != 0;
        return is_overloaded || may_block ? nullptr : "would_block, and there is nothing to wait for";
    }

private:
    static constexpr std::size_t most_of_an_output = 128;   // of transforms here
    static constexpr std::size_t most_of_a_packet = 1'024;  // its record and its resource's

    [[nodiscard]] bool is_full(const sheaf::Statistics& counts) const {
        const std::size_t reserve = options_.max_packets > 1 ? (options_.max_packets + 15) / 16 : 0;
        return counts.held_packets + 1 > options_.max_packets - reserve ||
               counts.transforms_in_flight + 1 > options_.max_transforms ||
               counts.open_resources + counts.undelivered_resources + 1 > options_.max_resources ||
               counts.held_bytes + most_of_a_packet > options_.max_bytes - options_.max_bytes / 16;
    }

    const sheaf::Options options_;
    const Calls& calls_;
    const bool has_hidden_failures_;
};

}  // namespace simulation
