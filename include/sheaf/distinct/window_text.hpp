#pragma once

#include <sheaf/config.hpp>
#include <sheaf/distinct/period.hpp>
#include <sheaf/distinct/window_result.hpp>

#include <chrono>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// At least `digits` digits. The number is not negative.
template <std::integral Number>
void append_digits(std::string& out, Number number, std::size_t digits) {
    const std::string text = std::to_string(number);
    if (text.size() < digits) { out.append(digits - text.size(), '0'); }
    out += text;
}

/// `hh:mm:ss`, or `hh:mm` where `short_form` and the seconds are 0.
inline void append_clock(std::string& out, std::chrono::seconds time, bool short_form) {
    const std::chrono::hh_mm_ss clock{time};
    append_digits(out, clock.hours().count(), 2);
    out += ':';
    append_digits(out, clock.minutes().count(), 2);
    if (short_form && clock.seconds().count() == 0) { return; }
    out += ':';
    append_digits(out, clock.seconds().count(), 2);
}

/// A fraction with its first two digits that are not 0, and at least with hundredths.
inline void append_error(std::string& out, double error) {
    if (error <= 0) {
        out += '0';
        return;
    }
    constexpr std::size_t most = 18;  // so many digits fit a number of 64 bits
    std::size_t digits = 2;
    double scaled = error * 100;
    for (; scaled < 9.95 && digits < most; ++digits) { scaled *= 10; }
    const auto number = std::llround(scaled);
    const auto whole = digits == 2 ? number / 100 : 0;
    append_digits(out, whole, 1);
    out += '.';
    append_digits(out, number - 100 * whole, digits);
}

}  // namespace detail

/// Appends a time as ISO 8601 writes it, as the local time of a clock that is `offset` ahead of UTC: `2016-07-11T13:39:00Z`,
/// or `2016-07-11T15:39:00+02:00`. Only an offset of no whole minutes, as they were before 1972, has seconds.
///
/// Precondition: the local time is in the years 0 to 9999. Throws: `std::bad_alloc`; part of the text may be in `out` then.
inline void append_iso_8601(std::string& out,
                            std::chrono::sys_seconds time,
                            std::chrono::seconds offset = {}) {
    const auto local = time + offset;
    const auto date = std::chrono::floor<std::chrono::days>(local);
    const std::chrono::year_month_day name{date};
    detail::append_digits(out, static_cast<int>(name.year()), 4);
    out += '-';
    detail::append_digits(out, static_cast<unsigned>(name.month()), 2);
    out += '-';
    detail::append_digits(out, static_cast<unsigned>(name.day()), 2);
    out += 'T';
    detail::append_clock(out, local - date, false);
    if (offset == std::chrono::seconds{0}) {
        out += 'Z';
    } else {
        out += offset.count() < 0 ? '-' : '+';
        detail::append_clock(out, std::chrono::abs(offset), true);
    }
}

/// Appends the result of a window as one JSON object, without a newline:
///
///     {"period":"minute","start":"2016-07-11T13:39:00Z","ts":1468244340,"count":16193,"error":0.0041,"exact":false,
///      "revision":0,"closed":true}
///
/// (on one line). `start` is the local time at which the window begins, `ts` the same in seconds since 1970, `count` the estimate as
/// a whole number, `error` its standard error relative to it, with two digits, 0 where the count is exact. `"anew":true` follows only
/// where `WindowResult::anew` is.
///
/// Throws: `std::bad_alloc`; part of the text may be in `out` then.
inline void append_json(std::string& out, const WindowResult& result) {
    out += "{\"period\":\"";
    out += to_string(result.period);
    out += "\",\"start\":\"";
    append_iso_8601(out, result.window.begin, result.window.offset);
    out += "\",\"ts\":";
    out += std::to_string(result.window.begin.time_since_epoch().count());
    out += ",\"count\":";
    out += std::to_string(static_cast<std::uint64_t>(std::llround(result.count.estimate)));
    out += ",\"error\":";
    detail::append_error(out, result.count.relative_error);
    out += ",\"exact\":";
    out += result.exact ? "true" : "false";
    out += ",\"revision\":";
    out += std::to_string(result.revision);
    out += ",\"closed\":";
    out += result.closed ? "true" : "false";
    if (result.anew) { out += ",\"anew\":true"; }
    out += '}';
}

SHEAF_NAMESPACE_END
