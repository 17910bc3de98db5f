#pragma once

#include <sheaf/config.hpp>
#include <sheaf/distinct/detail/partition_clock.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

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
    /// Those of these times that wait have been confirmed and are to be counted. It is over at once but where that throws:
    /// then it is tried again before the next element.
    std::optional<PartitionClock::Span> confirmed{};

    /// Its place among the clocks that count, or what it will need there.
    using Times = std::multiset<std::chrono::sys_seconds>;
    Times::iterator place{};
    Times::node_type node{};
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
    /// Precondition: it is there.
    void forget(std::uint64_t id) noexcept {
        const auto place = partitions_.find(id);
        leave(place->second, place->second.idle, place->second.clock.time());
        partitions_.erase(place);
        last_ = nullptr;
    }
    /// All of them. Whoever changes a clock or who is idle says so.
    [[nodiscard]] std::map<std::uint64_t, Partition>& all() noexcept { return partitions_; }
    [[nodiscard]] const std::map<std::uint64_t, Partition>& all() const noexcept { return partitions_; }

    /// The least time of all clocks that count, which are those that are not idle. Nothing where none counts, or one that does
    /// has no time yet. Complexity: constant.
    [[nodiscard]] std::optional<std::chrono::sys_seconds> least_time() const noexcept {
        return without_time_ != 0 ? std::nullopt : known_time();
    }
    /// The same, whether or not there are some that have no time yet.
    [[nodiscard]] std::optional<std::chrono::sys_seconds> known_time() const noexcept {
        return times_.empty() ? std::nullopt : std::optional{*times_.begin()};
    }
    /// A partition is or has been idle, or its clock has been changed. Complexity: logarithmic in the partitions.
    void has_changed(bool was_idle,
                     std::optional<std::chrono::sys_seconds> before,
                     Partition& partition) noexcept {
        if (was_idle == partition.idle && before == partition.clock.time()) { return; }
        leave(partition, was_idle, before);
        if (partition.idle) { return; }
        if (const auto time = partition.clock.time()) {
            partition.node.value() = *time;
            partition.place = times_.insert(std::move(partition.node));
        } else {
            ++without_time_;
        }
    }

private:
    void find(std::uint64_t id, std::chrono::nanoseconds now) {
        auto place = partitions_.find(id);
        if (place == partitions_.end()) {
            Partition partition{PartitionClock{confirmations_}, now};
            // All the memory that it will ever need among the times.
            Partition::Times one{std::chrono::sys_seconds{}};
            partition.node = one.extract(one.begin());
            place = partitions_.try_emplace(id, std::move(partition)).first;
            ++without_time_;
        }
        last_ = &place->second;
        last_id_ = id;
    }

    void leave(Partition& partition, bool was_idle, std::optional<std::chrono::sys_seconds> before) noexcept {
        if (was_idle) { return; }
        if (before) {
            partition.node = times_.extract(partition.place);
        } else {
            --without_time_;
        }
    }

    std::map<std::uint64_t, Partition> partitions_;
    std::size_t confirmations_;
    // Of those that are not idle: the times, and how many have none.
    Partition::Times times_;
    std::size_t without_time_ = 0;
    // Most elements are of the same partition as the one before.
    std::uint64_t last_id_ = 0;
    Partition* last_ = nullptr;
};

}  // namespace detail

SHEAF_NAMESPACE_END
