#pragma once

#include "../support/figures.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace driver {

/// What a run of `sheaf count` did, for the end of it. After a restart: what this run did.
struct CountSummary {
    std::uint64_t frames = 0;            ///< That were read, and counted or quarantined.
    std::uint64_t bytes = 0;             ///< Of input.
    std::uint64_t late = 0;              ///< Frames whose shortest window had been closed.
    std::uint64_t beyond_retention = 0;  ///< Frames whose shortest window was no longer kept.
    std::uint64_t quarantined = 0;       ///< Frames whose time no other confirmed.
    std::uint64_t malformed = 0;         ///< Lines that are no frame.
    std::uint64_t results = 0;           ///< Lines of output.
    std::uint64_t revised = 0;           ///< Those of them that were not the first of their closed window.
    std::uint64_t snapshots = 0;         ///< That were taken.
    std::chrono::nanoseconds elapsed{};
    ProcessUse process{};
};

/// Some lines for people.
[[nodiscard]] std::string summary_text(const CountSummary& summary);
/// One line of JSON.
[[nodiscard]] std::string summary_json(const CountSummary& summary);

}  // namespace driver
