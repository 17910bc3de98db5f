#pragma once

#include <sheaf/config.hpp>
#include <sheaf/distinct/detail/partition_clock.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// What is known of one partition of the source.
struct Partition {
    PartitionClock clock;
    /// By the host's clock.
    std::chrono::nanoseconds last_seen{0};
    /// It has sent nothing for so long that nobody waits for it.
    bool idle = false;
    /// It will send nothing more.
    bool finished = false;
    /// The host's own words.
    std::vector<std::byte> source_position;
};

/// The partitions, by their ids.
class PartitionTable {
public:
    explicit PartitionTable(std::size_t confirmations) noexcept
        : confirmations_{confirmations} {}

    /// That partition; made if there is none. Valid as long as the table.
    [[nodiscard]] Partition& at(std::uint64_t id) {
        if (last_ == nullptr || last_id_ != id) {
            last_ =
                &partitions_.try_emplace(id, Partition{PartitionClock{confirmations_}, {}, false, false, {}})
                     .first->second;
            last_id_ = id;
        }
        return *last_;
    }
    [[nodiscard]] std::map<std::uint64_t, Partition>& all() noexcept { return partitions_; }
    [[nodiscard]] const std::map<std::uint64_t, Partition>& all() const noexcept { return partitions_; }

    /// The least time of all clocks that count. Nothing where none counts, or one that does has no time yet.
    [[nodiscard]] std::optional<std::chrono::sys_seconds> least_time() const noexcept {
        std::optional<std::chrono::sys_seconds> least;
        for (const auto& [id, partition] : partitions_) {
            if (partition.idle || partition.finished) { continue; }
            const auto time = partition.clock.time();
            if (!time) { return std::nullopt; }
            if (!least || *time < *least) { least = time; }
        }
        return least;
    }

private:
    std::map<std::uint64_t, Partition> partitions_;
    std::size_t confirmations_;
    // Most elements are of the same partition as the one before.
    std::uint64_t last_id_ = 0;
    Partition* last_ = nullptr;
};

}  // namespace detail

SHEAF_NAMESPACE_END
