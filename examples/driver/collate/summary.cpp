#include "summary.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

#include <sys/resource.h>

namespace driver {
namespace {

double seconds(std::chrono::nanoseconds duration) { return std::chrono::duration<double>(duration).count(); }
double microseconds(std::chrono::nanoseconds duration) {
    return std::chrono::duration<double, std::micro>(duration).count();
}

double rate(const Summary& summary) {
    return summary.elapsed.count() > 0 ? static_cast<double>(summary.packets()) / seconds(summary.elapsed)
                                       : 0.0;
}

std::string fixed(double value, int digits) {
    char text[64];
    const int length = std::snprintf(text, sizeof text, "%.*f", digits, value);
    return {text, static_cast<std::size_t>(length)};
}

/// A duration in the unit in which it is a handy number.
std::string handy(std::chrono::nanoseconds duration) {
    const double us = microseconds(duration);
    if (us < 1e3) { return fixed(us, 1) + " us"; }
    return us < 1e6 ? fixed(us / 1e3, 1) + " ms" : fixed(us / 1e6, 2) + " s";
}

std::chrono::nanoseconds of(const timeval& time) {
    return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_usec};
}

}  // namespace

void Summary::measure_process() {
    rusage usage{};
    if (::getrusage(RUSAGE_SELF, &usage) == 0) {
        cpu = of(usage.ru_utime) + of(usage.ru_stime);
        peak_rss_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;  // Linux counts in KiB
    }
}

std::string summary_text(const Summary& summary) {
    const auto number = [](std::uint64_t value) { return std::to_string(value); };
    std::string text = "packets    " + number(summary.packets()) + " in " + handy(summary.elapsed) + " (" +
                       fixed(rate(summary), 0) + " a second)\n";
    text += "           " + number(summary.accepted) + " accepted, " + number(summary.duplicate) +
            " duplicate, " + number(summary.conflict) + " in conflict, " + number(summary.late) + " late, " +
            number(summary.rejected) + " rejected, " + number(summary.malformed) + " malformed\n";
    text += "resources  " + number(summary.completed) + " completed, " + number(summary.incomplete) +
            " incomplete";
    if (summary.undelivered != 0) { text += ", " + number(summary.undelivered) + " not delivered"; }
    text += '\n';
    if (summary.completed + summary.incomplete != 0) {
        text += "latency    " + handy(summary.latency_p50) + " (p99 " + handy(summary.latency_p99) +
                ") from the last transform to the sink, " + handy(summary.collate_p50) + " (p99 " +
                handy(summary.collate_p99) + ") from the first packet\n";
    }
    text += "process    " + handy(summary.cpu) + " of processor time, " +
            fixed(static_cast<double>(summary.peak_rss_bytes) / 1048576.0, 1) + " MiB at most\n";
    return text;
}

std::string summary_json(const Summary& summary) {
    std::string text = "{";
    const auto add = [&text](const char* name, const std::string& value) {
        text += text.size() > 1 ? ",\"" : "\"";
        text += name;
        text += "\":";
        text += value;
    };
    add("accepted", std::to_string(summary.accepted));
    add("duplicate", std::to_string(summary.duplicate));
    add("conflict", std::to_string(summary.conflict));
    add("late", std::to_string(summary.late));
    add("rejected", std::to_string(summary.rejected));
    add("malformed", std::to_string(summary.malformed));
    add("completed", std::to_string(summary.completed));
    add("incomplete", std::to_string(summary.incomplete));
    add("undelivered", std::to_string(summary.undelivered));
    add("seconds", fixed(seconds(summary.elapsed), 6));
    add("packets_per_second", fixed(rate(summary), 0));
    add("cpu_seconds", fixed(seconds(summary.cpu), 6));
    add("peak_rss_bytes", std::to_string(summary.peak_rss_bytes));
    add("latency_p50_us", fixed(microseconds(summary.latency_p50), 3));
    add("latency_p99_us", fixed(microseconds(summary.latency_p99), 3));
    add("collate_p50_us", fixed(microseconds(summary.collate_p50), 3));
    add("collate_p99_us", fixed(microseconds(summary.collate_p99), 3));
    return text + "}\n";
}

}  // namespace driver
