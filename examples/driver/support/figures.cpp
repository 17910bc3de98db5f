#include "figures.hpp"

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <fstream>

#include <sys/resource.h>

namespace driver {
namespace {

std::chrono::nanoseconds of(const timeval& time) {
    return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_usec};
}

}  // namespace

ProcessUse ProcessUse::now() {
    ProcessUse use;
    rusage usage{};
    if (::getrusage(RUSAGE_SELF, &usage) == 0) {
        use.cpu = of(usage.ru_utime) + of(usage.ru_stime);
        use.peak_rss_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;  // Linux counts in KiB
    }
    // That is of whoever has started this program, too, if it was larger; this is not.
    std::ifstream status{"/proc/self/status"};
    for (std::string line; std::getline(status, line);) {
        constexpr std::string_view name = "VmHWM:";
        if (line.starts_with(name)) {
            use.peak_rss_bytes = std::strtoull(line.c_str() + name.size(), nullptr, 10) * 1024;
        }
    }
    return use;
}

std::string ProcessUse::text() const {
    return handy(cpu) + " of processor time, " + fixed(static_cast<double>(peak_rss_bytes) / 1048576.0, 1) +
           " MiB at most";
}

double to_seconds(std::chrono::nanoseconds duration) {
    return std::chrono::duration<double>(duration).count();
}
double to_microseconds(std::chrono::nanoseconds duration) {
    return std::chrono::duration<double, std::micro>(duration).count();
}

double rate_of(std::uint64_t count, std::chrono::nanoseconds elapsed) {
    return elapsed.count() > 0 ? static_cast<double>(count) / to_seconds(elapsed) : 0.0;
}

std::string fixed(double value, int digits) {
    char text[512];  // of the largest double there are 309 digits before the point
    const auto [end, error] =
        std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, digits);
    static_cast<void>(error);
    return {text, static_cast<std::size_t>(end - text)};
}

std::string handy(std::chrono::nanoseconds duration) {
    const double us = to_microseconds(duration);
    if (us < 1e3) { return fixed(us, 1) + " us"; }
    return us < 1e6 ? fixed(us / 1e3, 1) + " ms" : fixed(us / 1e6, 2) + " s";
}

void JsonFigures::add(const ProcessUse& use) {
    add("cpu_seconds", to_seconds(use.cpu), 6);
    add("peak_rss_bytes", use.peak_rss_bytes);
}

void JsonFigures::add_text(std::string_view name, const std::string& value) {
    text_ += text_.size() > 1 ? ",\"" : "\"";
    text_ += name;
    text_ += "\":";
    text_ += value;
}

}  // namespace driver
