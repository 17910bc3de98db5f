#pragma once

#include <sheaf/config.hpp>
#include <sheaf/distinct/period.hpp>
#include <sheaf/distinct/zone.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

SHEAF_NAMESPACE_BEGIN

/// One window of the calendar: from `begin` on and before `end`.
struct TimeWindow {
    std::chrono::sys_seconds begin;  ///< Its first second.
    std::chrono::sys_seconds end;    ///< The first second after it.
    std::chrono::seconds offset;     ///< What local time is ahead of UTC at `begin`.

    /// The same one.
    friend constexpr bool operator==(const TimeWindow&, const TimeWindow&) noexcept = default;
};

/// Divides time into the windows of a period, by the local time of a zone. Every second lies in exactly one of them.
///
/// - A minute and an hour end where the local clock's do, or where the clock is changed: when an hour comes twice these
///   are two windows, and a clock that is put by half an hour makes windows of half an hour.
/// - A day begins at the first instant that has its date, which is midnight, or what comes in its place where the clock
///   skips midnight. (Where the clock goes back from just after midnight to the evening before, that evening belongs to the
///   new date.) A date that a zone skips altogether has no window.
/// - Weeks begin with their Monday, months and years with their first day.
///
/// Thread safety: as any plain value; `window_at` changes what the calendar remembers of the zone.
template <ZonePolicy Zone = UtcZone>
class Calendar {
public:
    /// The calendar of a zone.
    explicit Calendar(Zone zone = Zone{})
        : zone_{std::move(zone)}
        , span_{zone_.span_at(std::chrono::sys_seconds{})} {}

    /// The window of a time. Precondition: it is between `earliest_time` and `latest_time`.
    ///
    /// Throws: what the zone throws; the calendar is unchanged then. Complexity: constant, and a few questions to the zone.
    [[nodiscard]] TimeWindow window_at(Period period, std::chrono::sys_seconds time) {
        using std::chrono::days;
        using std::chrono::local_days;
        if (period == Period::minute) { return clock_window(std::chrono::minutes{1}, time); }
        if (period == Period::hour) { return clock_window(std::chrono::hours{1}, time); }
        const local_days date = date_at(time);
        const std::chrono::year_month_day name{date};
        switch (period) {
        case Period::week: {
            const local_days monday = date - (std::chrono::weekday{date} - std::chrono::Monday);
            return between(monday, monday + days{7});
        }
        case Period::month: {
            const auto month = name.year() / name.month();
            return between(local_days{month / 1}, local_days{(month + std::chrono::months{1}) / 1});
        }
        case Period::year:
            return between(local_days{name.year() / 1 / 1},
                           local_days{(name.year() + std::chrono::years{1}) / 1 / 1});
        default: return between(date, date + days{1});
        }
    }

    /// The zone.
    [[nodiscard]] const Zone& zone() const noexcept { return zone_; }

private:
    [[nodiscard]] const ZoneSpan& span_at(std::chrono::sys_seconds time) {
        if (time < span_.begin || time >= span_.end) { span_ = zone_.span_at(time); }
        return span_;
    }

    template <class Unit>
    [[nodiscard]] TimeWindow clock_window(Unit unit, std::chrono::sys_seconds time) {
        const ZoneSpan& span = span_at(time);
        const auto local = (time + span.offset).time_since_epoch();
        const std::chrono::sys_seconds begin = time - (local - std::chrono::floor<Unit>(local));
        return {(std::max)(begin, span.begin), (std::min)(begin + unit, span.end), span.offset};
    }

    /// The date of the day window that the time lies in.
    [[nodiscard]] std::chrono::local_days date_at(std::chrono::sys_seconds time) {
        using std::chrono::days;
        const std::chrono::local_seconds local{(time + span_at(time).offset).time_since_epoch()};
        auto date = std::chrono::floor<days>(local);
        // The clock may have shown a later date already, and been put back.
        while (first_instant(date + days{1}) <= time) { date += days{1}; }
        return date;
    }

    /// When the local clock shows this date, or a later one, for the first time.
    [[nodiscard]] std::chrono::sys_seconds first_instant(std::chrono::local_days date) {
        const std::chrono::sys_seconds midnight{date.time_since_epoch()};
        std::chrono::sys_seconds from = midnight - std::chrono::hours{26};  // no zone is further ahead
        for (;;) {
            const ZoneSpan& span = span_at(from);
            const auto instant = (std::max)(span.begin, midnight - span.offset);
            if (instant < span.end) { return instant; }
            from = span.end;
        }
    }

    [[nodiscard]] TimeWindow between(std::chrono::local_days first, std::chrono::local_days next) {
        const auto begin = first_instant(first);
        const auto end = first_instant(next);
        return {begin, end, span_at(begin).offset};
    }

    Zone zone_;
    ZoneSpan span_;  // the last one that was asked for
};

/// The calendar of the zone that is passed.
template <ZonePolicy Zone>
Calendar(Zone) -> Calendar<Zone>;

SHEAF_NAMESPACE_END
