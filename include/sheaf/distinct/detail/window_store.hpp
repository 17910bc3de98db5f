#pragma once

#include <sheaf/config.hpp>
#include <sheaf/distinct/calendar.hpp>
#include <sheaf/distinct/detail/window_level.hpp>
#include <sheaf/distinct/period.hpp>
#include <sheaf/distinct/window_options.hpp>
#include <sheaf/distinct/window_result.hpp>
#include <sheaf/distinct/zone.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// The windows of all periods, and what the watermark makes of them.
///
/// Three things follow from the watermark alone, so that it does not matter when results are taken: which windows are
/// closed, which are gone, and where an element is counted.
template <ZonePolicy Zone>
class WindowStore {
public:
    using Instant = std::chrono::sys_seconds;
    using Place = WindowLevel::Place;

    /// A window that has something to report.
    struct Due {
        Period period;
        Place place;
    };

    WindowStore(WindowOptions options, Zone zone)
        : options_{std::move(options)}
        , calendar_{std::move(zone)} {
        PeriodSet roots;
        for (const Period period : all_periods) {
            if (!options_.periods.contains(period)) { continue; }
            longest_ = (std::max)(longest_, kept_for(period));
            if (!source_of(period)) {
                only_root_ = roots.empty() ? std::optional{period} : std::nullopt;
                roots.insert(period);
            }
        }
    }

    [[nodiscard]] const WindowOptions& options() const noexcept { return options_; }
    [[nodiscard]] std::optional<Instant> watermark() const noexcept { return watermark_; }
    [[nodiscard]] bool has_ended() const noexcept { return ended_; }
    [[nodiscard]] const Zone& zone() const noexcept { return calendar_.zone(); }
    [[nodiscard]] WindowLevel& level(Period period) noexcept {
        return levels_[static_cast<std::size_t>(period)];
    }
    [[nodiscard]] const WindowLevel& level(Period period) const noexcept {
        return levels_[static_cast<std::size_t>(period)];
    }

    /// The time lies in the window that the last element was counted in, and that one is still open.
    [[nodiscard]] bool is_in_last(Instant time) const noexcept {
        return last_ && time >= (*last_)->first && time < (*last_)->second.end;
    }
    /// Counts an element there.
    void count_in_last(std::uint64_t hash) { insert(*only_root_, *last_, hash); }

    /// Counts an element in the shortest of its windows, and in those that do not consist of such. Nothing where all of
    /// them are gone.
    [[nodiscard]] std::optional<Placement> count(std::uint64_t hash, Instant time) {
        std::optional<Placement> placement;
        PeriodSet reached;
        bool has_skipped = false;
        bool has_made = false;
        for (const Period period : all_periods) {
            if (!options_.periods.contains(period)) { continue; }
            if (const auto source = source_of(period); source && reached.contains(*source)) {
                reached.insert(period);
                if (has_made) { static_cast<void>(window_at(period, time)); }
                continue;
            }
            const auto place = kept_window(period, time);
            if (!place) {
                has_skipped = true;
                continue;
            }
            // Also one that a failed try has left: those that contain it may be missing.
            has_made = (*place)->second.is_untouched();
            insert(period, *place, hash);
            const bool late = is_closed((*place)->second.end);
            if (!placement) {
                placement = has_skipped ? Placement::beyond_retention
                            : late      ? Placement::late
                                        : Placement::counted;
            }
            if (only_root_ == period && !late) { last_ = place; }
            reached.insert(period);
        }
        return placement;
    }

    /// No window is gone before a clock is so much later than any time in it.
    [[nodiscard]] std::chrono::seconds longest_kept() const noexcept { return longest_; }
    /// All windows of a time are gone, as a clock sees it.
    [[nodiscard]] bool is_all_gone(Instant time, Instant clock) {
        // A window ends after all times in it.
        if (clock - time < longest_) { return false; }
        return std::all_of(all_periods.begin(), all_periods.end(), [&](Period period) {
            return !options_.periods.contains(period) ||
                   has_passed(clock, calendar_.window_at(period, time).end, kept_for(period));
        });
    }

    /// The watermark goes on, if this is later.
    void go_on_to(Instant watermark) noexcept {
        if (watermark_ && watermark <= *watermark_) { return; }
        watermark_ = watermark;
        note_gone(watermark);
        forget_last();
    }

    /// The watermark goes back to a time at which everything had been gone. What is then open again will close again.
    void go_back_to(Instant watermark) {
        std::array<Instant, period_count> begins{};
        const Instant first_open = (std::max)(earliest_time, watermark - options_.lateness);
        for (std::size_t i = 0; i < period_count; ++i) {
            begins[i] = calendar_.window_at(all_periods[i], first_open).begin;
        }
        for (std::size_t i = 0; i < period_count; ++i) {
            levels_[i].open_from = (std::min)(levels_[i].open_from, begins[i]);
            levels_[i].forget_due_from(levels_[i].open_from);
        }
        watermark_ = watermark;
        next_due_ = (Instant::min)();
        forget_last();
    }

    /// The input has ended: every window is closed.
    void end() noexcept {
        ended_ = true;
        last_.reset();
    }

    /// Merges what has changed into what it is part of.
    void merge_upward() {
        for (const Period part : all_periods) {
            level(part).merge_upward([&](const auto& window) {
                for (const Period whole : all_periods) {
                    if (!options_.periods.contains(whole) || source_of(whole) != part) { continue; }
                    const Place place = window_at(whole, window.first);
                    level(whole).reserve_marks();
                    place->second.counter.merge(window.second.counter);
                    level(whole).mark_changed(place);
                }
            });
        }
    }

    /// A window may have closed or be gone, or an element has come to a closed one.
    [[nodiscard]] bool may_be_due() const noexcept {
        return ended_ || (watermark_ && *watermark_ >= next_due_) ||
               std::any_of(levels_.begin(), levels_.end(),
                           [](const WindowLevel& windows) { return windows.has_due(); });
    }

    /// The closed windows that are to be reported, and with `open` the open ones that have changed: by their ends, and
    /// from short to long.
    [[nodiscard]] std::vector<Due> due(bool open) {
        std::vector<Due> all;
        for (const Period period : all_periods) {
            WindowLevel& windows = level(period);
            windows.forget_reported();  // which is nothing, unless a report has thrown
            auto place = windows.windows.lower_bound(windows.open_from);
            for (; place != windows.windows.end() && is_closed(place->second.end); ++place) {
                windows.mark_due(place);
                windows.open_from = place->second.end;
            }
            for (const Place closed : windows.due()) { all.push_back({period, closed}); }
            for (; open && place != windows.windows.end(); ++place) {
                if (place->second.changed) { all.push_back({period, place}); }
            }
        }
        std::sort(all.begin(), all.end(), [](const Due& one, const Due& other) {
            const Instant end = one.place->second.end;
            const Instant other_end = other.place->second.end;
            return end != other_end ? end < other_end : one.period < other.period;
        });
        return all;
    }

    /// Forgets the windows that are gone. Precondition: nothing is to be merged or reported.
    void forget_gone() noexcept {
        next_due_ = (Instant::max)();
        for (const Period period : all_periods) {
            WindowLevel& all = level(period);
            all.forget_reported();
            all.forget_while([&](const Window& window) { return is_gone(period, window.end); });
            if (all.windows.empty()) { continue; }
            next_due_ = (std::min)(next_due_, all.windows.begin()->second.end + kept_for(period));
            if (const auto open = all.windows.lower_bound(all.open_from); open != all.windows.end()) {
                next_due_ = (std::min)(next_due_, open->second.end + options_.lateness);
            }
        }
    }

    /// As a snapshot says, whose windows are here already. Lateness and retention may be others now.
    void restore_watermark(Instant watermark) {
        note_gone(watermark);
        go_back_to(watermark);
    }

private:
    /// A clock has reached a time and so much more.
    [[nodiscard]] static bool has_passed(Instant clock, Instant end, std::chrono::seconds more) noexcept {
        return clock - more >= end;
    }
    [[nodiscard]] bool is_closed(Instant end) const noexcept {
        return ended_ || (watermark_ && has_passed(*watermark_, end, options_.lateness));
    }
    [[nodiscard]] bool is_gone(Period period, Instant end) const noexcept {
        return watermark_ && has_passed(*watermark_, end, kept_for(period));
    }

    /// Windows that end up to there are gone, and are anew if they are ever made again.
    void note_gone(Instant watermark) noexcept {
        for (const Period period : all_periods) {
            Instant& gone_to = level(period).gone_to;
            gone_to = (std::max)(gone_to, watermark - kept_for(period));
        }
    }

    /// So much later than its end a window is gone.
    [[nodiscard]] std::chrono::seconds kept_for(Period period) const noexcept {
        return options_.lateness + options_.retention.of(period);
    }

    /// The longest period that is counted and that this one consists of: its windows are merged from those.
    [[nodiscard]] std::optional<Period> source_of(Period whole) const noexcept {
        std::optional<Period> longest;
        for (const Period part : all_periods) {
            if (options_.periods.contains(part) && is_part_of(part, whole)) { longest = part; }
        }
        return longest;
    }

    /// The window of a time; made if there is none.
    [[nodiscard]] Place window_at(Period period, Instant time) {
        const Place place = level(period).find(time);
        return place != level(period).windows.end() ? place
                                                    : make(period, calendar_.window_at(period, time), time);
    }

    [[nodiscard]] std::optional<Place> kept_window(Period period, Instant time) {
        const Place place = level(period).find(time);
        if (place != level(period).windows.end()) {
            return is_gone(period, place->second.end) ? std::nullopt : std::optional{place};
        }
        const TimeWindow window = calendar_.window_at(period, time);
        return is_gone(period, window.end) ? std::nullopt : std::optional{make(period, window, time)};
    }

    /// Makes the window, in which the time lies.
    [[nodiscard]] Place make(Period period, const TimeWindow& window, Instant time) {
        WindowLevel& all = level(period);
        // Where the law of the zone was another before a restart, the windows of that time stay as they are.
        const auto next = all.windows.upper_bound(time);
        const Instant end = next == all.windows.end() ? window.end : (std::min)(window.end, next->first);
        const Instant begin = next == all.windows.begin()
                                  ? window.begin
                                  : (std::max)(window.begin, std::prev(next)->second.end);
        next_due_ = (std::min)(next_due_, end + options_.lateness);
        const Place place =
            all.windows.try_emplace(next, begin, end, window.offset, options_.precision, options_.hash_id);
        place->second.anew = end <= all.gone_to;
        return place;
    }

    void insert(Period period, Place place, std::uint64_t hash) {
        level(period).reserve_marks();
        if (place->second.counter.insert(hash)) { level(period).mark_changed(place); }
    }

    void forget_last() noexcept {
        if (last_ && is_closed((*last_)->second.end)) { last_.reset(); }
    }

    WindowOptions options_;
    Calendar<Zone> calendar_;
    std::array<WindowLevel, period_count> levels_;
    std::optional<Instant> watermark_;
    bool ended_ = false;
    std::chrono::seconds longest_{0};  // lateness and the longest retention
    // Before the watermark reaches this no window closes or is gone: none has since they were looked at.
    Instant next_due_ = (Instant::min)();

    // Most elements lie in the same window as the one before: that open window, of the only period that all others consist
    // of, where there is one.
    std::optional<Period> only_root_;
    std::optional<Place> last_;
};

}  // namespace detail

SHEAF_NAMESPACE_END
