#pragma once

#include <sheaf/config.hpp>
#include <sheaf/distinct/detail/partition_clock.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// What is known of one partition of the source.
struct Partition {
    PartitionClock clock;
    /// By the host's clock.
    std::chrono::nanoseconds last_seen{0};
    /// It has sent nothing for so long that nobody waits for it.
    bool idle = false;
    /// Elements wait of which nobody has looked whether they are to be counted because it is idle.
    bool unsettled = false;
    /// What was found confirmed could not be counted, for want of memory: to be tried again before the next element.
    bool cut_short = false;
};

/// The partitions, by their ids.
class PartitionTable {
public:
    explicit PartitionTable(std::size_t confirmations) noexcept
        : confirmations_{confirmations} {}

    /// That partition; made if there is none, as if it had been seen at `now`. Valid until it is forgotten.
    [[nodiscard]] Partition& at(std::uint64_t id, std::chrono::nanoseconds now) {
        if (last_ == nullptr || last_id_ != id) { find(id, now); }
        return *last_;
    }
    [[nodiscard]] bool contains(std::uint64_t id) const { return partitions_.contains(id); }
    void forget(std::uint64_t id) noexcept {
        partitions_.erase(id);
        last_ = nullptr;
        is_least_known_ = false;
    }
    [[nodiscard]] std::map<std::uint64_t, Partition>& all() noexcept { return partitions_; }
    [[nodiscard]] const std::map<std::uint64_t, Partition>& all() const noexcept { return partitions_; }

    /// The least time of all clocks that count. Nothing where none counts, or one that does has no time yet.
    ///
    /// Complexity: linear in the partitions after the last of those with the least time has gone on; else constant.
    [[nodiscard]] std::optional<std::chrono::sys_seconds> least_time() noexcept {
        if (!is_least_known_) { find_least(); }
        return least_;
    }
    /// A clock that was at this time has gone on.
    void has_gone_on(std::chrono::sys_seconds before) noexcept {
        if (is_least_known_ && before == least_ && --at_least_ == 0) { is_least_known_ = false; }
    }
    /// A partition has become idle, or is not any more, or its clock has leapt.
    void has_changed() noexcept { is_least_known_ = false; }

private:
    void find(std::uint64_t id, std::chrono::nanoseconds now) {
        const auto [place, is_new] =
            partitions_.try_emplace(id, Partition{PartitionClock{confirmations_}, now, false, false, false});
        if (is_new) { is_least_known_ = false; }
        last_ = &place->second;
        last_id_ = id;
    }

    void find_least() noexcept {
        is_least_known_ = true;
        least_ = std::nullopt;
        at_least_ = 0;
        for (const auto& [id, partition] : partitions_) {
            if (partition.idle) { continue; }
            const auto time = partition.clock.time();
            if (!time) {
                least_ = std::nullopt;
                return;
            }
            if (!least_ || *time < *least_) {
                least_ = time;
                at_least_ = 0;
            }
            if (time == least_) { ++at_least_; }
        }
    }

    std::map<std::uint64_t, Partition> partitions_;
    std::size_t confirmations_;
    // Where it is known: the least time, and how many partitions have it. A partition without a time gets one by a leap, and
    // those that are later only go on.
    bool is_least_known_ = false;
    std::optional<std::chrono::sys_seconds> least_;
    std::size_t at_least_ = 0;
    // Most elements are of the same partition as the one before.
    std::uint64_t last_id_ = 0;
    Partition* last_ = nullptr;
};

}  // namespace detail

SHEAF_NAMESPACE_END
