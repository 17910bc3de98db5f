#pragma once

#include <sheaf/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

SHEAF_NAMESPACE_BEGIN

/// The calendar's periods, each the length of one window, from short to long.
enum class Period : std::uint8_t {
    minute,  ///< A minute of the local clock.
    hour,    ///< An hour of the local clock.
    day,     ///< A local date.
    week,    ///< ISO 8601: from Monday to Sunday.
    month,   ///< A month of the Gregorian calendar.
    year,    ///< A year of the Gregorian calendar; not that of the ISO weeks.
};

/// How many periods there are.
inline constexpr std::size_t period_count = 6;

/// All of them, from short to long.
inline constexpr std::array<Period, period_count> all_periods{Period::minute, Period::hour,  Period::day,
                                                              Period::week,   Period::month, Period::year};

/// The enumerator's own name, as in `"period":"minute"`.
[[nodiscard]] constexpr std::string_view to_string(Period period) noexcept {
    switch (period) {
    case Period::minute: return "minute";
    case Period::hour: return "hour";
    case Period::day: return "day";
    case Period::week: return "week";
    case Period::month: return "month";
    case Period::year: return "year";
    }
    return "unknown";
}

/// Whether each window of `part` lies in one window of `whole`: a year is made of months, but not of weeks.
[[nodiscard]] constexpr bool is_part_of(Period part, Period whole) noexcept {
    return part < whole && part != Period::week;
}

/// Some of the periods.
///
/// Thread safety: a plain value.
class PeriodSet {
public:
    /// None.
    constexpr PeriodSet() noexcept = default;
    /// These.
    constexpr PeriodSet(std::initializer_list<Period> periods) noexcept {
        for (const Period period : periods) { insert(period); }
    }
    /// All six.
    [[nodiscard]] static constexpr PeriodSet all() noexcept {
        PeriodSet set;
        for (const Period period : all_periods) { set.insert(period); }
        return set;
    }

    /// One more.
    constexpr void insert(Period period) noexcept { bits_ |= bit(period); }
    /// Whether it is one of them.
    [[nodiscard]] constexpr bool contains(Period period) const noexcept { return (bits_ & bit(period)) != 0; }
    /// Whether there are none.
    [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
    /// As bits, that of a minute the lowest.
    [[nodiscard]] constexpr unsigned bits() const noexcept { return bits_; }
    /// The same ones.
    friend constexpr bool operator==(PeriodSet, PeriodSet) noexcept = default;

private:
    static constexpr unsigned bit(Period period) noexcept { return 1U << static_cast<unsigned>(period); }
    unsigned bits_ = 0;
};

SHEAF_NAMESPACE_END
