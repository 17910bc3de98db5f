// Reads the windows that expected_windows.py prints, and compares the calendar with them: once with the spans that stand
// there as well, and then with the time zones of the standard library and of the library date, where there are such. Exits with 0 where all are the same.

#include <sheaf/distinct/calendar.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#if defined(SHEAF_TEST_HAS_DATE)
#    include <date/tz.h>
#endif

namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

/// A zone of a few spans.
class TableZone {
public:
    explicit TableZone(const std::vector<sheaf::ZoneSpan>& spans)
        : spans_{&spans} {}

    [[nodiscard]] sheaf::ZoneSpan span_at(sys_seconds time) const {
        const auto after = std::upper_bound(
            spans_->begin(), spans_->end(), time,
            [](sys_seconds wanted, const sheaf::ZoneSpan& span) { return wanted < span.end; });
        return after == spans_->end() ? spans_->back() : *after;
    }
    [[nodiscard]] static std::string_view name() { return "table"; }

private:
    const std::vector<sheaf::ZoneSpan>* spans_;
};

struct ExpectedWindow {
    sheaf::Period period;
    sys_seconds time;
    sys_seconds begin;
    sys_seconds end;
};

struct Expectations {
    std::string zone;
    std::vector<sheaf::ZoneSpan> spans;
    std::vector<ExpectedWindow> windows;
};

[[noreturn]] void give_up(const std::string& why) {
    std::cerr << "zones: " << why << '\n';
    std::exit(EXIT_FAILURE);
}

sheaf::Period period_named(std::string_view name) {
    for (const sheaf::Period period : sheaf::all_periods) {
        if (to_string(period) == name) { return period; }
    }
    give_up("no period has the name " + std::string{name});
}

Expectations read(std::istream& in) {
    Expectations expected;
    std::string line;
    while (std::getline(in, line)) {
        std::istringstream words{line};
        std::string kind;
        words >> kind;
        std::int64_t first = 0;
        std::int64_t second = 0;
        std::int64_t third = 0;
        if (kind == "zone") {
            words >> expected.zone;
        } else if (kind == "span" && words >> first >> second >> third) {
            expected.spans.push_back(
                {sys_seconds{seconds{first}}, sys_seconds{seconds{second}}, seconds{third}});
        } else if (std::string name; kind == "window" && words >> name >> first >> second >> third) {
            expected.windows.push_back({period_named(name), sys_seconds{seconds{first}},
                                        sys_seconds{seconds{second}}, sys_seconds{seconds{third}}});
        } else if (kind == "end" && words >> first) {
            if (static_cast<std::size_t>(first) == expected.windows.size() && first != 0) { return expected; }
        } else {
            give_up("cannot read: " + line);
        }
    }
    give_up("the expected windows broke off");
}

template <class Zone>
void compare(std::string_view kind, const Zone& zone, const Expectations& expected) {
    sheaf::Calendar calendar{zone};
    std::size_t different = 0;
    for (const ExpectedWindow& window : expected.windows) {
        const auto found = calendar.window_at(window.period, window.time);
        if (found.begin == window.begin && found.end == window.end) { continue; }
        if (++different <= 10) {
            std::cerr << kind << ": the " << to_string(window.period) << " of "
                      << window.time.time_since_epoch().count() << " is ["
                      << found.begin.time_since_epoch().count() << ", "
                      << found.end.time_since_epoch().count() << "), not ["
                      << window.begin.time_since_epoch().count() << ", "
                      << window.end.time_since_epoch().count() << ")\n";
        }
    }
    std::cout << expected.zone << " by " << kind << ": " << expected.windows.size() << " windows, "
              << different << " different\n";
    if (different != 0) { std::exit(EXIT_FAILURE); }
}

}  // namespace

int main() {
    Expectations expected = read(std::cin);
    // The table knows nothing of what is before and after; there the clock is taken to run on.
    expected.spans.front().begin = sheaf::earliest_time - std::chrono::hours{10'000};
    expected.spans.back().end = sheaf::latest_time + std::chrono::hours{10'000};
    compare("its spans", TableZone{expected.spans}, expected);
#if defined(SHEAF_TEST_HAS_TIME_ZONES)
    compare("the standard library", sheaf::NamedZone{*std::chrono::locate_zone(expected.zone)}, expected);
#else
    std::cout << "the standard library has no time zones: not compared\n";
#endif
#if defined(SHEAF_TEST_HAS_DATE)
    compare("date::locate_zone", sheaf::NamedZone{*date::locate_zone(expected.zone)}, expected);
#endif
}
