#pragma once

#include <sheaf/distinct/calendar.hpp>
#include <sheaf/distinct/window_options.hpp>
#include <sheaf/distinct/window_result.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace test {

/// What calendar windows are to do, in the plainest way: it keeps all elements, looks at all of them whenever it is asked
/// something, and inserts each element into each of its windows.
template <class Zone>
class WindowModel {
public:
    using Instant = std::chrono::sys_seconds;

    WindowModel(sheaf::WindowOptions options, Zone zone)
        : options_{std::move(options)}
        , calendar_{std::move(zone)} {}

    sheaf::Placement insert(const sheaf::WindowElement& element, std::chrono::nanoseconds now) {
        ++statistics.elements;
        Partition& partition = partitions_[element.partition];
        partition.last_seen = now;
        if (element.time < sheaf::earliest_time || element.time > sheaf::latest_time) {
            ++statistics.out_of_calendar;
            return sheaf::Placement::out_of_calendar;
        }
        partition.sleeps = false;

        Seen seen{element, true};
        const auto placement = place_if_near(partition, element);
        if (placement) { seen.waits = false; }
        ++statistics.waiting;
        if (placement) { leave_waiting(*placement); }
        partition.all.push_back(seen);
        const std::size_t size = partition.all.size();
        const std::size_t reach = 2 * options_.confirmations + 1;
        if (size > reach && partition.all[size - 1 - reach].waits) {
            partition.all[size - 1 - reach].waits = false;
            quarantine(partition.all[size - 1 - reach].element);
            partition.all[size - 1 - reach].forgotten = true;
        }
        const auto before = partition.clock;
        go_on(partition);
        follow_clocks();
        if (!leap(partition) && partition.clock == before) {
            return placement.value_or(sheaf::Placement::waiting);
        }
        const auto released = release(partition);
        return placement ? *placement : released.value_or(sheaf::Placement::waiting);
    }

    void expect_partition(std::uint64_t id, std::chrono::nanoseconds now) {
        partitions_[id].last_seen = now;
        partitions_[id].sleeps = false;
    }

    void finish_partition(std::uint64_t id) {
        Partition& partition = partitions_[id];
        settle(partition);
        for (Seen& seen : partition.all) {
            if (seen.waits) { quarantine(seen.element); }
        }
        partition.all.clear();
        partition.sleeps = true;
        follow_clocks();
    }

    void finish() {
        for (const auto& [id, partition] : partitions_) { finish_partition(id); }
        ended_ = true;
    }

    std::vector<sheaf::WindowResult> emit(std::chrono::nanoseconds now) {
        if (options_.idle_timeout.count() != 0) {
            for (auto& [id, partition] : partitions_) {
                if (partition.sleeps || now - partition.last_seen < options_.idle_timeout) { continue; }
                settle(partition);
                partition.sleeps = true;
            }
            follow_clocks();
        }
        if (!last_update_) { last_update_ = now; }
        const bool update =
            options_.update_every.count() != 0 && now - *last_update_ >= options_.update_every;
        if (update) { last_update_ = now; }
        std::vector<sheaf::WindowResult> results;
        for (auto& [key, window] : windows_) {
            const bool closed = is_closed(window.bounds.end);
            const auto count = static_cast<double>(window.elements.size());
            const bool is_first = closed && window.closed_reports == 0;
            if ((!closed && !update) || (!is_first && count == window.reported)) { continue; }
            results.push_back({key.first, window.bounds, {count, 0}, true, closed, window.closed_reports});
            window.reported = count;
            if (closed) {
                if (!is_first) { ++statistics.revisions; }
                ++window.closed_reports;
            }
        }
        std::sort(results.begin(), results.end(), [](const auto& one, const auto& other) {
            return std::pair{one.window.end, one.period} < std::pair{other.window.end, other.period};
        });
        std::erase_if(windows_,
                      [&](const auto& entry) { return is_gone(entry.first.first, entry.second.bounds.end); });
        return results;
    }

    /// As after a restart, of which nobody sees anything but that the updates begin anew.
    void restart(std::chrono::nanoseconds now) {
        for (auto& [id, partition] : partitions_) { partition.last_seen = now; }
        last_update_.reset();
    }

    [[nodiscard]] std::optional<Instant> watermark() const { return watermark_; }

    sheaf::WindowStatistics statistics;
    std::vector<sheaf::WindowElement> quarantined;

private:
    struct Seen {
        sheaf::WindowElement element;
        bool waits = true;
        bool forgotten = false;
    };
    struct Partition {
        std::vector<Seen> all;
        std::optional<Instant> clock;
        std::chrono::nanoseconds last_seen{0};
        bool sleeps = false;  // idle or finished
    };
    struct Window {
        sheaf::TimeWindow bounds;
        std::set<std::uint64_t> elements;
        double reported = 0;
        std::uint32_t closed_reports = 0;
    };

    [[nodiscard]] bool is_closed(Instant end) const {
        return ended_ || (watermark_ && *watermark_ >= end + options_.lateness);
    }
    [[nodiscard]] bool is_gone(sheaf::Period period, Instant end) const {
        return watermark_ && *watermark_ >= end + options_.lateness + options_.retention.of(period);
    }
    [[nodiscard]] std::size_t first_recalled(const Partition& partition) const {
        const std::size_t reach = 2 * options_.confirmations + 1;
        return partition.all.size() > reach ? partition.all.size() - reach : 0;
    }

    /// Counts the element, if its clock does not contradict it and any of its windows is kept.
    std::optional<sheaf::Placement> place_if_near(const Partition& partition,
                                                  const sheaf::WindowElement& element) {
        if (!partition.clock || element.time > *partition.clock + options_.max_jump) { return std::nullopt; }
        return place(element);
    }

    std::optional<sheaf::Placement> place(const sheaf::WindowElement& element) {
        std::optional<sheaf::Placement> placement;
        bool is_shortest = true;
        for (const sheaf::Period period : sheaf::all_periods) {
            if (!options_.periods.contains(period)) { continue; }
            const sheaf::TimeWindow bounds = calendar_.window_at(period, element.time);
            if (!is_gone(period, bounds.end)) {
                if (!placement) {
                    placement = !is_shortest            ? sheaf::Placement::beyond_retention
                                : is_closed(bounds.end) ? sheaf::Placement::late
                                                        : sheaf::Placement::counted;
                }
                Window& window = windows_[{period, bounds.begin}];
                window.bounds = bounds;
                window.elements.insert(element.hash);
            }
            is_shortest = false;
        }
        return placement;
    }

    void leave_waiting(sheaf::Placement placement) {
        --statistics.waiting;
        ++statistics.counted;
        if (placement == sheaf::Placement::late) { ++statistics.late; }
        if (placement == sheaf::Placement::beyond_retention) { ++statistics.beyond_retention; }
    }

    void quarantine(const sheaf::WindowElement& element) {
        --statistics.waiting;
        ++statistics.quarantined;
        if (quarantined.size() < options_.max_quarantine_reports) { quarantined.push_back(element); }
    }

    void go_on(Partition& partition) {
        if (!partition.clock) { return; }
        std::vector<Instant> counted;
        for (std::size_t i = first_recalled(partition); i < partition.all.size(); ++i) {
            if (!partition.all[i].waits && !partition.all[i].forgotten) {
                counted.push_back(partition.all[i].element.time);
            }
        }
        std::sort(counted.begin(), counted.end(), std::greater<>{});
        if (counted.size() > options_.confirmations) {
            partition.clock = (std::max)(*partition.clock, counted[options_.confirmations]);
        }
    }

    bool leap(Partition& partition) {
        std::vector<Instant> waiting;
        for (const Seen& seen : partition.all) {
            if (seen.waits) { waiting.push_back(seen.element.time); }
        }
        std::sort(waiting.begin(), waiting.end());
        for (std::size_t i = 0; i + options_.confirmations < waiting.size(); ++i) {
            if (waiting[i + options_.confirmations] > waiting[i] + options_.max_jump) { continue; }
            partition.clock = waiting[i];
            ++statistics.leaps;
            bool all_gone = true;
            for (const sheaf::Period period : sheaf::all_periods) {
                if (options_.periods.contains(period) &&
                    !is_gone(period, calendar_.window_at(period, waiting[i]).end)) {
                    all_gone = false;
                }
            }
            if (all_gone) { watermark_ = waiting[i]; }
            follow_clocks();
            return true;
        }
        return false;
    }

    /// What became of the last element, if it has been counted.
    std::optional<sheaf::Placement> release(Partition& partition) {
        std::optional<sheaf::Placement> last;
        for (Seen& seen : partition.all) {
            if (!seen.waits) { continue; }
            const auto placement = place_if_near(partition, seen.element);
            if (!placement) { continue; }
            seen.waits = false;
            leave_waiting(*placement);
            if (&seen == &partition.all.back()) { last = placement; }
        }
        go_on(partition);
        follow_clocks();
        return last;
    }

    void settle(Partition& partition) {
        if (partition.clock) { return; }
        for (Seen& seen : partition.all) {
            if (!seen.waits) { continue; }
            if (const auto placement = place(seen.element)) {
                seen.waits = false;
                leave_waiting(*placement);
                partition.clock =
                    partition.clock ? (std::min)(*partition.clock, seen.element.time) : seen.element.time;
            }
        }
        go_on(partition);
        follow_clocks();
    }

    void follow_clocks() {
        std::optional<Instant> least;
        for (const auto& [id, partition] : partitions_) {
            if (partition.sleeps) { continue; }
            if (!partition.clock) { return; }
            least = least ? (std::min)(*least, *partition.clock) : *partition.clock;
        }
        if (least && (!watermark_ || *least > *watermark_)) { watermark_ = least; }
    }

    sheaf::WindowOptions options_;
    sheaf::Calendar<Zone> calendar_;
    std::map<std::uint64_t, Partition> partitions_;
    std::map<std::pair<sheaf::Period, Instant>, Window> windows_;
    std::optional<Instant> watermark_;
    std::optional<std::chrono::nanoseconds> last_update_;
    bool ended_ = false;
};

}  // namespace test
