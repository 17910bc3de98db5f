"""Prints what Python's zoneinfo says of a zone's windows around every change of its clock, for zones_test.cpp.

    python3 expected_windows.py Europe/Zurich

    zone Europe/Zurich
    span BEGIN END OFFSET           the clock's offset from UTC, one span after the other
    window PERIOD TIME BEGIN END    the window of a time
    end WINDOWS                     how many windows there were

Times are seconds since 1970. Nothing here computes when a day begins: windows are found by halving, from the labels that
the clock shows.
"""

import bisect
import datetime
import sys
import zoneinfo

FIRST, LAST = -3786825600, 2145916800  # 1850 and 2038, in UTC
HOUR, DAY = 3600, 86400


def changes_of(zone):
    """The first seconds with another offset."""

    def offset(time):
        return zone.utcoffset(datetime.datetime.fromtimestamp(time, zone))

    changes = []
    step = 6 * HOUR
    before = offset(FIRST)
    for time in range(FIRST + step, LAST, step):
        after = offset(time)
        if after != before:
            low, high = time - step, time
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(middle) == before else (low, middle)
            changes.append(high)
        before = after
    return changes


class Clock:
    """What a zone's clock shows."""

    def __init__(self, zone):
        self.zone = zone
        self.changes = changes_of(zone)

    def shown(self, time):
        return datetime.datetime.fromtimestamp(time, self.zone)

    def date(self, time):
        """The latest date that it has shown until then. Only a change can put it back, and by a day or so."""
        latest = self.shown(time).date()
        index = bisect.bisect_right(self.changes, time) - 1
        while index >= 0 and self.changes[index] > time - 3 * DAY:
            latest = max(latest, self.shown(self.changes[index] - 1).date())
            index -= 1
        return latest

    def label(self, period, time):
        """Grows with time, and is another one in each window."""
        if period in ("minute", "hour"):
            shown = self.shown(time)
            reading = (shown.year, shown.month, shown.day, shown.hour, shown.minute if period == "minute" else 0)
            return bisect.bisect_right(self.changes, time), reading
        date = self.date(time)
        if period == "day":
            return date
        if period == "week":
            return date.isocalendar()[:2]
        return (date.year, date.month) if period == "month" else date.year

    def window(self, period, time):
        reach = {"minute": 60, "hour": HOUR, "day": 3 * DAY, "week": 10 * DAY, "month": 34 * DAY, "year": 369 * DAY}
        label = self.label(period, time)
        low, begin = time - reach[period] - 1, time
        while begin - low > 1:
            middle = (low + begin) // 2
            low, begin = (low, middle) if self.label(period, middle) == label else (middle, begin)
        last, end = time, time + reach[period] + 1
        while end - last > 1:
            middle = (last + end) // 2
            last, end = (middle, end) if self.label(period, middle) == label else (last, middle)
        return begin, end


def main():
    name = sys.argv[1]
    clock = Clock(zoneinfo.ZoneInfo(name))
    print("zone", name)
    for begin, end in zip([FIRST] + clock.changes, clock.changes + [LAST]):
        offset = clock.zone.utcoffset(clock.shown(begin))
        print("span", begin, end, offset.days * DAY + offset.seconds)
    windows = 0
    for change in clock.changes:
        if not FIRST + 400 * DAY < change < LAST - 400 * DAY:
            continue
        for time in (change - 1, change, change + HOUR + 61):
            for period in ("minute", "hour", "day", "week", "month", "year"):
                print("window", period, time, *clock.window(period, time))
                windows += 1
    print("end", windows)


if __name__ == "__main__":
    main()
