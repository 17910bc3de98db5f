#pragma once

#include <sheaf/config.hpp>

#include <chrono>
#include <concepts>
#include <string_view>
#include <type_traits>

SHEAF_NAMESPACE_BEGIN

/// The first second of the year 1: times before it are in no calendar.
inline constexpr std::chrono::sys_seconds earliest_time{std::chrono::seconds{-62'135'596'800}};
/// The last second of the year 9999: times after it are in no calendar.
inline constexpr std::chrono::sys_seconds latest_time{std::chrono::seconds{253'402'300'799}};

/// How local time runs for a while: `offset` ahead of UTC, from `begin` on and before `end`.
struct ZoneSpan {
    std::chrono::sys_seconds begin;  ///< The first second of it.
    std::chrono::sys_seconds end;    ///< The first second after it.
    std::chrono::seconds offset;     ///< What local time is ahead of UTC; less than 26 hours either way.
};

/// Where a calendar is: its name, and the longest span around a time in which local time keeps its distance from UTC.
///
/// Spans follow each other without a hole, and the offset changes from each to the next.
template <class Zone>
concept ZonePolicy = std::copyable<Zone> && requires(const Zone& zone, std::chrono::sys_seconds time) {
    { zone.span_at(time) } -> std::same_as<ZoneSpan>;
    { zone.name() } -> std::convertible_to<std::string_view>;
};

/// Universal time.
struct UtcZone {
    /// All times.
    [[nodiscard]] constexpr ZoneSpan span_at(std::chrono::sys_seconds /*time*/) const noexcept {
        return {(std::chrono::sys_seconds::min)(), (std::chrono::sys_seconds::max)(),
                std::chrono::seconds{0}};
    }
    /// `UTC`.
    [[nodiscard]] constexpr std::string_view name() const noexcept { return "UTC"; }
};

/// A zone of the time zone database: of `std::chrono::time_zone`, where the standard library has it, or of `date::time_zone`
/// of Howard Hinnant's library, which is the same elsewhere.
///
///     sheaf::NamedZone zone{*std::chrono::locate_zone("Europe/Zurich")};
///
/// The database must outlive it. Thread safety: as `TimeZone`'s own `get_info`.
template <class TimeZone>
class NamedZone {
    static_assert(!std::is_pointer_v<TimeZone>,
                  "sheaf: a NamedZone is made of a zone: *locate_zone(...), not of a pointer");

public:
    /// Refers to the zone.
    explicit NamedZone(const TimeZone& zone) noexcept
        : zone_{&zone} {}

    /// The database also begins a new span where only the zone's abbreviation changes: those are put together.
    ///
    /// Throws: what `get_info` throws.
    [[nodiscard]] ZoneSpan span_at(std::chrono::sys_seconds time) const {
        const auto here = zone_->get_info(time);
        ZoneSpan span{here.begin, here.end, here.offset};
        while (span.end < latest_time) {
            const auto next = zone_->get_info(span.end);
            if (next.offset != span.offset) { break; }
            span.end = next.end;
        }
        while (span.begin > earliest_time) {
            const auto before = zone_->get_info(span.begin - std::chrono::seconds{1});
            if (before.offset != span.offset) { break; }
            span.begin = before.begin;
        }
        return span;
    }
    /// As in the database.
    [[nodiscard]] std::string_view name() const noexcept { return zone_->name(); }

private:
    const TimeZone* zone_;
};

/// Of the database that the zone comes from.
template <class TimeZone>
NamedZone(const TimeZone&) -> NamedZone<TimeZone>;

SHEAF_NAMESPACE_END
