#pragma once

#include <sheaf/distinct/calendar.hpp>
#include <sheaf/distinct/window_options.hpp>
#include <sheaf/distinct/window_result.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
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
        now_ = now;
        ++statistics.elements;
        if (element.time < sheaf::earliest_time || element.time > sheaf::latest_time) {
            ++statistics.out_of_calendar;
            return sheaf::Placement::out_of_calendar;
        }
        Partition& partition = partition_of(element.partition);
        ++statistics.waiting;
        const auto reach = 2 * options_.confirmations + 1;
        const bool is_full_without_time = !partition.clock && partition.all.size() >= reach;
        partition.all.push_back({element, true, false});
        const bool is_known = knows(partition, element);
        const auto placement = place_if_near(partition, element);
        bool is_lost = false;
        if (const std::size_t first = first_recalled(partition);
            first != 0 && partition.all[first - 1].waits) {
            is_lost = true;
            partition.all[first - 1].waits = false;
            quarantine(partition.all[first - 1].element);
        }
        if (placement) {
            partition.all.back().waits = false;
            leave_waiting(*placement);
        } else if (!partition.clock) {
            partition.unsettled = true;
        }
        partition.all.back().again = is_known && (!placement || element.time > *partition.clock);
        if (placement || !(is_lost || is_full_without_time)) { see(partition); }
        go_on(partition);
        follow_clocks();
        const auto confirmed = leap(partition);
        const auto released = release(partition, confirmed);
        if (released) { see(partition); }
        follow_clocks();
        return placement ? *placement : released.value_or(sheaf::Placement::waiting);
    }

    void expect_partition(std::uint64_t id, std::chrono::nanoseconds now) {
        now_ = now;
        see(partition_of(id));
    }

    void finish_partition(std::uint64_t id) {
        if (!partitions_.contains(id)) { return; }
        Partition& partition = partitions_[id];
        partition.sleeps = true;
        finish_one(partition, time_of_others());
        partitions_.erase(id);
        follow_clocks();
    }

    void finish() {
        const auto others = time_of_others();
        for (auto& [id, partition] : partitions_) { finish_one(partition, others); }
        partitions_.clear();
        ended_ = true;
    }

    std::vector<sheaf::WindowResult> emit(std::chrono::nanoseconds now) {
        now_ = now;
        if (options_.idle_timeout.count() != 0) {
            for (auto& [id, partition] : partitions_) {
                if (now - partition.last_seen >= options_.idle_timeout) { partition.sleeps = true; }
            }
            const auto others = time_of_others();
            for (auto& [id, partition] : partitions_) {
                if (partition.sleeps && partition.unsettled) { settle(partition, others); }
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
            if (closed ? window.last_closed == count : !update || window.last_of_any == count) { continue; }
            results.push_back(
                {key.first, window.bounds, {count, 0}, true, closed, window.closed_reports, window.anew});
            window.last_of_any = count;
            window.last_closed = closed ? std::optional{count} : std::nullopt;
            if (closed && window.closed_reports++ != 0) { ++statistics.revisions; }
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
        bool again = false;  // it was among the last ones already
    };
    struct Partition {
        std::vector<Seen> all;
        std::optional<Instant> clock;
        std::chrono::nanoseconds last_seen{0};
        bool sleeps = false;
        bool unsettled = false;  // an element has waited since it was settled
    };
    struct Window {
        sheaf::TimeWindow bounds;
        std::set<std::uint64_t> elements;
        std::optional<double> last_of_any;
        std::optional<double> last_closed;  // none where it has been reported as open since
        std::uint32_t closed_reports = 0;
        bool anew = false;
    };

    Partition& partition_of(std::uint64_t id) {
        const auto [place, is_new] = partitions_.try_emplace(id);
        if (is_new) { place->second.last_seen = now_; }
        return place->second;
    }
    /// The last element is among those before it.
    [[nodiscard]] bool knows(const Partition& partition, const sheaf::WindowElement& element) const {
        const auto first = partition.all.begin() + static_cast<std::ptrdiff_t>(first_recalled(partition));
        return element.position != 0 &&
               std::any_of(first, std::prev(partition.all.end()),
                           [&](const Seen& seen) { return seen.element == element; });
    }
    void see(Partition& partition) {
        partition.last_seen = now_;
        partition.sleeps = false;
    }
    [[nodiscard]] bool is_closed(Instant end) const {
        return ended_ || (watermark_ && *watermark_ >= end + options_.lateness);
    }
    [[nodiscard]] bool is_gone(sheaf::Period period, Instant end) const {
        return watermark_ && *watermark_ >= end + options_.lateness + options_.retention.of(period);
    }
    [[nodiscard]] bool is_all_gone(Instant time, Instant clock) {
        for (const sheaf::Period period : sheaf::all_periods) {
            if (!options_.periods.contains(period)) { continue; }
            const Instant end = calendar_.window_at(period, time).end;
            if (clock < end + options_.lateness + options_.retention.of(period)) { return false; }
        }
        return true;
    }
    [[nodiscard]] std::size_t first_recalled(const Partition& partition) const {
        const std::size_t reach = 2 * options_.confirmations + 1;
        return partition.all.size() > reach ? partition.all.size() - reach : 0;
    }

    /// Counts the element, if its clock does not contradict it and any of its windows is kept.
    std::optional<sheaf::Placement> place_if_near(const Partition& partition,
                                                  const sheaf::WindowElement& element) {
        if (!partition.clock || element.time > *partition.clock + options_.max_jump) { return std::nullopt; }
        if (is_all_gone(element.time, *partition.clock)) { return std::nullopt; }
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
                const auto [place, is_new] = windows_.try_emplace({period, bounds.begin});
                Window& window = place->second;
                window.bounds = bounds;
                if (is_new) {
                    window.anew = furthest_ && *furthest_ >= bounds.end + options_.lateness +
                                                                 options_.retention.of(period);
                }
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
            const Seen& seen = partition.all[i];
            if (!seen.waits && !seen.again) { counted.push_back(seen.element.time); }
        }
        std::sort(counted.begin(), counted.end(), std::greater<>{});
        if (counted.size() > options_.confirmations) {
            partition.clock = (std::max)(*partition.clock, counted[options_.confirmations]);
        }
    }

    /// The times from the first to the last of a chain.
    using Chain = std::optional<std::pair<Instant, Instant>>;

    Chain leap(Partition& partition) {
        std::multiset<Instant> candidates;
        for (std::size_t i = first_recalled(partition); i < partition.all.size(); ++i) {
            const Seen& seen = partition.all[i];
            if (!seen.again && (seen.waits || !partition.clock)) { candidates.insert(seen.element.time); }
        }
        std::vector<std::vector<Instant>> chains;
        for (const Instant time : candidates) {
            if (chains.empty() || time > chains.back().back() + options_.max_jump) { chains.emplace_back(); }
            chains.back().push_back(time);
        }
        for (const auto& chain : chains) {
            if (chain.size() <= options_.confirmations) { continue; }
            std::optional<Instant> first;
            for (const Seen& seen : partition.all) {
                const Instant time = seen.element.time;
                if (seen.waits && time >= chain.front() && time <= chain.back()) {
                    first = first ? (std::min)(*first, time) : time;
                }
            }
            if (first && watermark_ && is_all_gone(*first, *watermark_)) { watermark_ = first; }
            if (partition.clock != chain.front()) {
                partition.clock = chain.front();
                ++statistics.leaps;
                see(partition);
                follow_clocks();
            }
            return std::pair{chain.front(), chain.back()};
        }
        return std::nullopt;
    }

    /// What became of the last element, if it has been counted.
    std::optional<sheaf::Placement> release(Partition& partition, const Chain& confirmed) {
        std::optional<sheaf::Placement> last;
        for (Seen& seen : partition.all) {
            if (!seen.waits) { continue; }
            const Instant time = seen.element.time;
            const auto placement = confirmed && confirmed->first <= time && time <= confirmed->second
                                       ? place(seen.element)
                                       : place_if_near(partition, seen.element);
            if (!placement) { continue; }
            seen.waits = false;
            leave_waiting(*placement);
            if (&seen == &partition.all.back()) { last = placement; }
        }
        go_on(partition);
        return last;
    }

    /// The later of the watermark and the least clock of those that are awake.
    [[nodiscard]] std::optional<Instant> time_of_others() const {
        std::optional<Instant> least;
        for (const auto& [id, partition] : partitions_) {
            if (!partition.sleeps && partition.clock) {
                least = least ? (std::min)(*least, *partition.clock) : *partition.clock;
            }
        }
        return (std::max)(watermark_, least);  // none is less than any
    }

    void settle(Partition& partition, std::optional<Instant> others) {
        if (partition.clock) { return; }
        for (Seen& seen : partition.all) {
            if (!seen.waits) { continue; }
            if (others && seen.element.time > *others + options_.max_jump) { continue; }
            if (const auto placement = place(seen.element)) {
                seen.waits = false;
                leave_waiting(*placement);
            }
        }
        partition.unsettled = false;
    }

    void finish_one(Partition& partition, std::optional<Instant> others) {
        settle(partition, others);
        for (bool is_changed = true; is_changed;) {
            const auto counted = statistics.counted;
            release(partition, {});
            if (!partition.clock) { break; }
            Instant latest = *partition.clock;
            for (std::size_t i = first_recalled(partition); i < partition.all.size(); ++i) {
                if (!partition.all[i].waits) { latest = (std::max)(latest, partition.all[i].element.time); }
            }
            for (Seen& seen : partition.all) {
                if (!seen.waits || seen.element.time < latest ||
                    seen.element.time > latest + options_.max_jump) {
                    continue;
                }
                if (const auto placement = place(seen.element)) {
                    seen.waits = false;
                    leave_waiting(*placement);
                }
            }
            go_on(partition);
            is_changed = statistics.counted != counted;
        }
        for (Seen& seen : partition.all) {
            if (seen.waits) { quarantine(seen.element); }
            seen.waits = false;
        }
    }

    void follow_clocks() {
        std::optional<Instant> least;
        for (const auto& [id, partition] : partitions_) {
            if (partition.sleeps) { continue; }
            if (!partition.clock) { return; }
            least = least ? (std::min)(*least, *partition.clock) : *partition.clock;
        }
        if (least && (!watermark_ || *least > *watermark_)) { watermark_ = least; }
        if (watermark_ && (!furthest_ || *watermark_ > *furthest_)) { furthest_ = watermark_; }
    }

    sheaf::WindowOptions options_;
    sheaf::Calendar<Zone> calendar_;
    std::map<std::uint64_t, Partition> partitions_;
    std::map<std::pair<sheaf::Period, Instant>, Window> windows_;
    std::optional<Instant> watermark_;
    std::optional<Instant> furthest_;
    std::optional<std::chrono::nanoseconds> last_update_;
    std::chrono::nanoseconds now_{0};
    bool ended_ = false;
};

}  // namespace test
