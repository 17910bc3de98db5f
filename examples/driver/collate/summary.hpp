#pragma once

#include "../support/figures.hpp"
#include "../support/packet_counts.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace driver {

/// What a run did, for the end of it.
struct Summary : PacketCounts {
    std::uint64_t completed = 0;
    std::uint64_t incomplete = 0;
    std::uint64_t undelivered = 0;

    std::chrono::nanoseconds elapsed{};
    /// What the process has used.
    ProcessUse process{};

    /// From the end of a resource's last transform to the call of the sink.
    std::chrono::nanoseconds latency_p50{};
    std::chrono::nanoseconds latency_p99{};
    /// From a resource's first packet to the call of the sink.
    std::chrono::nanoseconds collate_p50{};
    std::chrono::nanoseconds collate_p99{};

    /// True where all that was read is in a complete result. Duplicates do not matter.
    [[nodiscard]] bool is_clean() const noexcept { return refused() + incomplete + undelivered == 0; }
};

/// Some lines for people.
[[nodiscard]] std::string summary_text(const Summary& summary);
/// One line of JSON.
[[nodiscard]] std::string summary_json(const Summary& summary);

}  // namespace driver
