#pragma once

#include "block_source.hpp"
#include "count_settings.hpp"

#include <sheaf/distinct/snapshot_status.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace driver {

// What `sheaf count` reads and writes.

/// Opens all sources. Throws: `UsageError`, `RuntimeFailure`.
[[nodiscard]] std::vector<std::unique_ptr<BlockSource>> open_block_sources(const CountSettings& settings);
/// Some of them are streams, which somebody may have to wait for.
[[nodiscard]] bool has_streams(const std::vector<std::unique_ptr<BlockSource>>& sources) noexcept;
/// How long nobody waits for them without looking whether there is something to report or to keep; zero: for ever.
[[nodiscard]] std::chrono::milliseconds patience_of(const CountSettings& settings) noexcept;
/// Why a snapshot cannot be gone on from.
[[nodiscard]] std::string explain_refusal(sheaf::SnapshotStatus status);

}  // namespace driver
