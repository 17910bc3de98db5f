#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace driver {

// The figures of a run, as texts: what the summaries of the commands have in common.

enum class SummaryForm : std::uint8_t { text, json, none };

/// What the process has used so far.
struct ProcessUse {
    std::chrono::nanoseconds cpu{};
    std::uint64_t peak_rss_bytes = 0;

    [[nodiscard]] static ProcessUse now();
    /// `1.25 s of processor time, 12.0 MiB at most`
    [[nodiscard]] std::string text() const;
};

[[nodiscard]] double to_seconds(std::chrono::nanoseconds duration);
[[nodiscard]] double to_microseconds(std::chrono::nanoseconds duration);
/// How many a second; 0 in no time.
[[nodiscard]] double rate_of(std::uint64_t count, std::chrono::nanoseconds elapsed);
/// A number with so many digits after the point, whatever the locale.
[[nodiscard]] std::string fixed(double value, int digits);
/// A duration in the unit in which it is a handy number: `12.5 ms`.
[[nodiscard]] std::string handy(std::chrono::nanoseconds duration);

/// Builds one JSON object of numbers, on one line.
class JsonFigures {
public:
    void add(std::string_view name, std::uint64_t value) { add_text(name, std::to_string(value)); }
    void add(std::string_view name, double value, int digits) { add_text(name, fixed(value, digits)); }
    /// `cpu_seconds` and `peak_rss_bytes`.
    void add(const ProcessUse& use);
    /// The object, with the end of the line.
    [[nodiscard]] std::string text() const { return text_ + "}\n"; }

private:
    void add_text(std::string_view name, const std::string& value);

    std::string text_ = "{";
};

}  // namespace driver
