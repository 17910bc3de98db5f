#pragma once

#include <sheaf/config.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

SHEAF_NAMESPACE_BEGIN

/// A number of packets and the bytes of their payloads.
struct Volume {
    /// Number of packets.
    std::uint64_t packets = 0;
    /// Bytes of their payloads.
    std::uint64_t bytes = 0;

    /// As many packets and as many bytes.
    friend constexpr bool operator==(Volume, Volume) noexcept = default;
    /// Adds packets to packets and bytes to bytes.
    constexpr Volume& operator+=(Volume other) noexcept {
        packets += other.packets;
        bytes += other.bytes;
        return *this;
    }
    /// Takes packets from packets and bytes from bytes. Precondition: neither becomes negative.
    constexpr Volume& operator-=(Volume other) noexcept {
        packets -= other.packets;
        bytes -= other.bytes;
        return *this;
    }
    /// The sum of packets and that of bytes.
    friend constexpr Volume operator+(Volume a, Volume b) noexcept { return a += b; }
};

/// What a collator has done so far: one consistent cut over all stripes. At every such cut
/// `accepted == delivered + side_channel + in_flight`, per packet and per byte.
///
/// Thread safety: a plain value.
struct Statistics {
    Volume accepted;      ///< Packets for which `submit` returned `accepted`.
    Volume delivered;     ///< Of these: in a `Completed` that the sink has taken.
    Volume side_channel;  ///< Of these: in an `Incomplete` that the sink has taken, or in a dead letter.
    Volume in_flight;     ///< Of these: neither yet.

    /// Packets for which `submit` returned `duplicate`.
    std::uint64_t duplicates = 0;
    /// Packets for which `submit` returned `conflict`.
    std::uint64_t conflicts = 0;
    /// Packets for which `submit` returned `late`.
    std::uint64_t late = 0;
    /// Packets for which `submit` returned `rejected`.
    std::uint64_t rejected = 0;

    std::uint64_t completed = 0;      ///< `Completed` events that the sink has taken.
    std::uint64_t incomplete = 0;     ///< `Incomplete` events that the sink has taken.
    std::uint64_t dead_lettered = 0;  ///< Events that went to the dead letter.

    std::uint64_t transform_retries = 0;   ///< Further attempts that failures have called for.
    std::uint64_t transform_failures = 0;  ///< Attempts that threw, timed out or were dropped.
    std::uint64_t late_results = 0;        ///< Results that came after their attempt had been given up.
    std::uint64_t delivery_failures = 0;   ///< Attempts of the sink that failed.

    std::size_t open_resources = 0;         ///< Resources that still take packets or wait for transforms.
    std::size_t undelivered_resources = 0;  ///< Ended resources whose event the sink has not taken yet.
    std::size_t remembered = 0;             ///< Finished ids in memory.
    std::size_t held_packets = 0;           ///< Against `Options::max_packets`.
    std::size_t held_bytes = 0;             ///< Against `Options::max_bytes`.
    std::size_t transforms_in_flight = 0;   ///< Against `Options::max_transforms`.

    /// Adds each counter to its own kind.
    Statistics& operator+=(const Statistics& other) noexcept {
        accepted += other.accepted;
        delivered += other.delivered;
        side_channel += other.side_channel;
        in_flight += other.in_flight;
        duplicates += other.duplicates;
        conflicts += other.conflicts;
        late += other.late;
        rejected += other.rejected;
        completed += other.completed;
        incomplete += other.incomplete;
        dead_lettered += other.dead_lettered;
        transform_retries += other.transform_retries;
        transform_failures += other.transform_failures;
        late_results += other.late_results;
        delivery_failures += other.delivery_failures;
        open_resources += other.open_resources;
        undelivered_resources += other.undelivered_resources;
        remembered += other.remembered;
        held_packets += other.held_packets;
        held_bytes += other.held_bytes;
        transforms_in_flight += other.transforms_in_flight;
        return *this;
    }
};

/// How `drain` ended.
enum class DrainStatus : std::uint8_t {
    finished,  ///< Every accepted packet has left in a terminal event that the sink has taken.
    undelivered,  ///< All is done but for events that the sink has refused for good, and no dead letter has taken.
    deadline,  ///< Something is unfinished: the deadline has passed, or nothing that could be waited for can end it.
    would_deadlock,  ///< Called inside a callback or transform of the same collator: nothing was done.
};

/// The enumerator's own name, for logs and metrics.
[[nodiscard]] constexpr std::string_view to_string(DrainStatus status) noexcept {
    switch (status) {
    case DrainStatus::finished: return "finished";
    case DrainStatus::undelivered: return "undelivered";
    case DrainStatus::deadline: return "deadline";
    case DrainStatus::would_deadlock: return "would_deadlock";
    }
    return "unknown";
}

/// A transform that was still running when `drain` gave up waiting.
template <class Id = std::uint64_t>
struct RunningTransform {
    /// The resource of its packet.
    Id id{};
    /// The place of its packet in the resource.
    std::uint64_t index = 0;
    /// The time since the call began.
    std::chrono::nanoseconds running_for{};
};

/// What `drain` says of the work.
template <class Id = std::uint64_t>
struct DrainReport {
    /// How `drain` ended.
    DrainStatus status = DrainStatus::finished;
    /// Counters at the end; what is unfinished stands under `in_flight`.
    Statistics statistics{};
    /// Up to 16 of the calls that were still running for a packet that waits for them.
    std::vector<RunningTransform<Id>> running{};
};

SHEAF_NAMESPACE_END
