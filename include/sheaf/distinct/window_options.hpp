#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/throw.hpp>
#include <sheaf/distinct/exaloglog.hpp>
#include <sheaf/distinct/period.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

SHEAF_NAMESPACE_BEGIN

/// How long windows are kept for late elements after they have closed, in the time of the elements.
struct Retention {
    std::chrono::seconds minute = std::chrono::hours{24};       ///< Of minutes.
    std::chrono::seconds hour = std::chrono::hours{7 * 24};     ///< Of hours.
    std::chrono::seconds day = std::chrono::hours{62 * 24};     ///< Of days.
    std::chrono::seconds week = std::chrono::hours{62 * 24};    ///< Of weeks.
    std::chrono::seconds month = std::chrono::hours{400 * 24};  ///< Of months.
    std::chrono::seconds year = std::chrono::hours{400 * 24};   ///< Of years.

    /// That of a period.
    [[nodiscard]] constexpr std::chrono::seconds of(Period period) const noexcept {
        switch (period) {
        case Period::minute: return minute;
        case Period::hour: return hour;
        case Period::day: return day;
        case Period::week: return week;
        case Period::month: return month;
        case Period::year: break;
        }
        return year;
    }
};

/// All that can be set of calendar windows. An aggregate: name the fields that differ from their defaults. The constructor
/// of `CalendarWindows` validates it once; the message of `std::invalid_argument` names the field.
struct WindowOptions {
    /// What is counted.
    PeriodSet periods = PeriodSet::all();
    /// The precision of the sketches: 2^precision registers of four bytes in each window of more than 2^(precision - 1)
    /// elements. 2 to 26.
    unsigned precision = 12;
    /// Names the hash of the elements and its key, in snapshots.
    std::uint64_t hash_id = 0;

    /// How much later than a window's end the watermark must be before the window is closed.
    std::chrono::seconds lateness{5};
    /// How long closed windows are kept. What contains a period is kept no shorter than that period.
    Retention retention{};

    /// An element further ahead of its partition's clock than this waits until it is confirmed.
    std::chrono::seconds max_jump = std::chrono::hours{1};
    /// How many other elements confirm a time: a majority of the last 2 `confirmations` + 1 elements of a partition. 0
    /// believes every timestamp. At most 1,000.
    std::size_t confirmations = 3;
    /// For how many unconfirmed elements a report is kept until the next `report`; all are counted.
    std::size_t max_quarantine_reports = 1'024;

    /// A partition that has sent nothing for so long (or nothing but what is never confirmed), by the time that the host passes in, does not hold back the watermark.
    /// Zero: it does so for ever.
    std::chrono::nanoseconds idle_timeout = std::chrono::seconds{60};
    /// How often open windows are reported that have changed. Zero: never.
    std::chrono::nanoseconds update_every{0};
};

namespace detail {

/// The options, if they make sense.
[[nodiscard]] inline WindowOptions validated(WindowOptions options) {
    const auto demand = [](bool holds, const std::string& text) {
        if (!holds) { throw_invalid_argument(("sheaf: WindowOptions." + text).c_str()); }
    };
    // A sum of them and any time stays within the range of a time.
    constexpr std::chrono::seconds longest = std::chrono::hours{24 * 366 * 10'000};
    const auto is_span = [&](std::chrono::seconds span) {
        return span >= std::chrono::seconds{0} && span <= longest;
    };
    demand(!options.periods.empty(), "periods: there is nothing to count");
    demand(options.precision >= ExaLogLog<>::min_precision && options.precision <= ExaLogLog<>::max_precision,
           "precision is from 2 to 26");
    demand(is_span(options.lateness), "lateness is from 0 to 10,000 years");
    demand(is_span(options.max_jump), "max_jump is from 0 to 10,000 years");
    demand(options.confirmations <= 1'000, "confirmations is at most 1,000");
    // A sum of them and any `now` of this century stays within the range of nanoseconds.
    constexpr std::chrono::nanoseconds century = std::chrono::hours{24 * 36'525};
    for (const auto& [span, name] :
         {std::pair{options.idle_timeout, "idle_timeout"}, std::pair{options.update_every, "update_every"}}) {
        demand(span >= std::chrono::nanoseconds{0} && span <= century,
               std::string{name} + " is from 0 to 100 years");
    }
    for (const Period whole : all_periods) {
        demand(is_span(options.retention.of(whole)),
               "retention." + std::string{to_string(whole)} + " is from 0 to 10,000 years");
        for (const Period part : all_periods) {
            if (!options.periods.contains(part) || !options.periods.contains(whole)) { continue; }
            demand(!is_part_of(part, whole) || options.retention.of(part) <= options.retention.of(whole),
                   "retention." + std::string{to_string(whole)} + " is less than that of the " +
                       std::string{to_string(part)} + "s in it");
        }
    }
    return options;
}

}  // namespace detail

SHEAF_NAMESPACE_END
