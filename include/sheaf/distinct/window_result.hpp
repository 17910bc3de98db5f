#pragma once

#include <sheaf/config.hpp>
#include <sheaf/distinct/calendar.hpp>
#include <sheaf/distinct/distinct_count.hpp>
#include <sheaf/distinct/period.hpp>

#include <chrono>
#include <cstdint>
#include <string_view>

SHEAF_NAMESPACE_BEGIN

/// Something that was seen at a time.
struct WindowElement {
    /// What it is: its hash, by which it is told from others. It must be as good as random, as that of `KeyedHash` is: numbers
    /// as they are, or the identity that many a `std::hash` is, give absurd counts as soon as there are sketches.
    std::uint64_t hash = 0;
    /// When it was seen, by its own word: seconds since 1970. (Milliseconds would be a time that no calendar has.)
    std::chrono::sys_seconds time{};
    /// The part of the source that it comes from, in which times hardly ever go back: a partition, a file.
    std::uint64_t partition = 0;
    /// Where it stands there, for reports, and so that an element which is sent again can be told from another one; 0 if nobody
    /// knows.
    std::uint64_t position = 0;

    /// The same in all fields.
    friend constexpr bool operator==(const WindowElement&, const WindowElement&) noexcept = default;
};

/// What became of an element.
enum class Placement : std::uint8_t {
    counted,  ///< In all its windows.
    late,     ///< The same, and the shortest of them had been closed: it is revised if its count changes.
    beyond_retention,  ///< In the longer windows only: the shortest is no longer kept.
    waiting,  ///< In none yet: its time is far ahead, or older than all that is kept, and must be confirmed.
    out_of_calendar,  ///< In none: its time is before the year 1 or after 9999.
};

/// The enumerator's own name, for logs and metrics.
[[nodiscard]] constexpr std::string_view to_string(Placement placement) noexcept {
    switch (placement) {
    case Placement::counted: return "counted";
    case Placement::late: return "late";
    case Placement::beyond_retention: return "beyond_retention";
    case Placement::waiting: return "waiting";
    case Placement::out_of_calendar: return "out_of_calendar";
    }
    return "unknown";
}

/// The count of one window.
struct WindowResult {
    /// The period.
    Period period = Period::minute;
    /// The window.
    TimeWindow window{};
    /// The number of distinct elements in it, and its error.
    DistinctCount count{};
    /// The elements that were counted are known one by one, so that their number is no estimate (but for hashes that collide).
    bool exact = true;
    /// The watermark has passed the window's end by the lateness, or the input has ended. Else it is provisional.
    bool closed = false;
    /// How many counts of the closed window have been reported before this one.
    std::uint32_t revision = 0;
    /// The watermark has gone back to a time that had been forgotten, so the window may have been reported before and begun
    /// anew: then this count has only what came since, and its revisions begin at 0 again.
    bool anew = false;

    /// The same in all fields.
    friend constexpr bool operator==(const WindowResult&, const WindowResult&) noexcept = default;
};

/// What has become of all elements.
///
/// elements = counted + waiting + quarantined + out_of_calendar, at any moment.
struct WindowStatistics {
    std::uint64_t elements = 0;          ///< All that were inserted.
    std::uint64_t counted = 0;           ///< Those in at least one window.
    std::uint64_t late = 0;              ///< Those of them whose shortest window had been closed.
    std::uint64_t beyond_retention = 0;  ///< Those of them whose shortest window was no longer kept.
    std::uint64_t waiting = 0;           ///< Those whose time has not been confirmed yet.
    std::uint64_t quarantined = 0;       ///< Those whose time was never confirmed.
    std::uint64_t out_of_calendar = 0;   ///< Those whose time is no time.
    std::uint64_t leaps =
        0;  ///< How often a clock has leapt to elements that had waited; to its first time, too.
    std::uint64_t revisions = 0;  ///< How many results were not the first of their closed window.

    /// The same figures.
    friend constexpr bool operator==(const WindowStatistics&, const WindowStatistics&) noexcept = default;
};

SHEAF_NAMESPACE_END
