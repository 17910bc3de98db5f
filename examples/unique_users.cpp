// Counts the distinct users of a stream in each minute, hour and day: elements that come late, and a wrong timestamp.

#include <sheaf/sheaf.hpp>

#include <chrono>
#include <cstdint>
#include <iostream>

int main() {
    using namespace std::chrono_literals;
    using sheaf::Period;

    sheaf::CalendarWindows windows{{.periods = {Period::minute, Period::hour, Period::day}, .lateness = 5s}};
    const sheaf::KeyedHash hash{
        {0x736861f, 0x75736572}};  // secret, where somebody could gain from a wrong count

    const auto print = [](const sheaf::WindowResult& result) {
        std::cout << to_string(result.period) << " from " << result.window.begin.time_since_epoch().count()
                  << ": " << result.count.estimate << " users" << (result.exact ? "" : ", about");
        if (result.revision != 0) { std::cout << " (revision " << result.revision << ')'; }
        std::cout << '\n';
    };

    const std::chrono::sys_seconds start{1'468'244'340s};  // 2016-07-11 13:39 UTC
    for (std::uint64_t visit = 0; visit < 3'000; ++visit) {
        const std::uint64_t user = visit * 7 % 1'000;
        const auto time = start + std::chrono::seconds{visit / 20};
        windows.insert({.hash = hash(user), .time = time});
        if (visit == 2'000) { windows.insert({.hash = hash(5'000), .time = start}); }  // late: 1 more
        if (visit == 2'500) {
            windows.insert({.hash = hash(6'000), .time = start + 24h});
        }  // wrong, or a pause?
        windows.report(print);
    }
    windows.finish();
    windows.report(print);

    windows.report_quarantined([](const sheaf::WindowElement& element) {
        std::cout << "nothing else confirms the time " << element.time.time_since_epoch().count() << '\n';
    });
    const sheaf::WindowStatistics& figures = windows.statistics();
    std::cout << figures.elements << " elements: " << figures.counted << " counted, " << figures.late
              << " of them late, " << figures.quarantined << " quarantined\n";
}
