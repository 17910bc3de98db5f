#pragma once

#include "engine_bench.hpp"

#include <sheaf/core/packet_node.hpp>
#include <sheaf/core/resource.hpp>
#include <sheaf/events.hpp>
#include <sheaf/outcome.hpp>
#include <sheaf/statistics.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace test {

using sheaf::IncompleteReason;
using sheaf::Outcome;
using sheaf::Rejection;
using sheaf::Verdict;
using sheaf::core::never;
using sheaf::core::PacketState;
using sheaf::core::ResourcePhase;

struct ModelPacket {
    std::uint32_t content = 0;
    bool last = false;
    Instant admitted_at{};
    PacketState state = PacketState::dispatched;
    std::uint32_t attempt = 1;
    Instant due = never;     // of the running call's timeout, or of the next attempt
    bool witnessed = false;  // somebody was told something that is true only because of this packet
};

struct ModelResource {
    std::map<std::uint64_t, ModelPacket> packets;
    ResourcePhase phase = ResourcePhase::open;
    IncompleteReason reason = IncompleteReason::cancelled;
    std::uint64_t incarnation = 0;
    Instant opened_at{};
    Instant last_activity{};
    Instant settled_at{};
    std::uint32_t delivery_attempts = 0;
    Instant due = never;  // of the next attempt to deliver
    std::vector<std::uint32_t> receipts;

    [[nodiscard]] std::optional<std::uint64_t> last() const {
        for (const auto& [index, packet] : packets) {
            if (packet.last) { return index; }
        }
        return std::nullopt;
    }
    [[nodiscard]] std::uint64_t highest() const { return packets.rbegin()->first; }
    /// The first index, from `first` on, that was not accepted.
    [[nodiscard]] std::uint64_t gap(std::uint64_t first) const {
        while (packets.contains(first)) { ++first; }
        return first;
    }
    [[nodiscard]] bool is_fully_seen(std::uint64_t first) const {
        return last().has_value() && gap(first) == *last() + 1;
    }
    /// The first index without a chunk: the end of the collated prefix.
    [[nodiscard]] std::uint64_t head(std::uint64_t first) const {
        for (auto at = packets.find(first); at != packets.end() && at->first == first; ++at) {
            if (at->second.state != PacketState::done) { break; }
            ++first;
        }
        return first;
    }
    [[nodiscard]] std::size_t count(PacketState state) const {
        return static_cast<std::size_t>(std::count_if(
            packets.begin(), packets.end(), [state](const auto& p) { return p.second.state == state; }));
    }
    [[nodiscard]] std::size_t unsettled() const {
        return count(PacketState::dispatched) + count(PacketState::waiting);
    }
    [[nodiscard]] bool is_complete(std::uint64_t first) const {
        return is_fully_seen(first) && count(PacketState::done) == packets.size();
    }
    [[nodiscard]] bool has_ended() const { return phase >= ResourcePhase::delivering; }
    [[nodiscard]] sheaf::Volume volume() const {
        sheaf::Volume sum;
        for (const auto& [index, packet] : packets) { sum += {1, payload_of(packet.content).size()}; }
        return sum;
    }
};

}  // namespace test
