#pragma once

#include <charconv>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace driver {

namespace detail {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

/// A whole number followed by one of the units; without a unit only where one is called "".
template <std::size_t N>
[[nodiscard]] std::optional<std::uint64_t> parse_quantity(std::string_view text,
                                                          const Unit (&units)[N],
                                                          std::uint64_t limit) noexcept {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) { return std::nullopt; }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    for (const Unit& unit : units) {
        if (unit.name == text) {
            return number <= limit / unit.factor ? std::optional{number * unit.factor} : std::nullopt;
        }
    }
    return number == 0 && text.empty() ? std::optional<std::uint64_t>{0} : std::nullopt;
}

}  // namespace detail

/// `60s`, `500ms`, `2m`, ...; zero needs no unit.
[[nodiscard]] inline std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) noexcept {
    constexpr detail::Unit units[] = {{"ns", 1},
                                      {"us", 1'000},
                                      {"ms", 1'000'000},
                                      {"s", 1'000'000'000},
                                      {"m", 60'000'000'000},
                                      {"h", 3'600'000'000'000},
                                      {"d", 86'400'000'000'000}};
    const auto count = detail::parse_quantity(text, units, std::numeric_limits<std::int64_t>::max());
    return count ? std::optional{std::chrono::nanoseconds{static_cast<std::int64_t>(*count)}} : std::nullopt;
}

/// `256MiB`, `64KB`, `4096`, ...
[[nodiscard]] inline std::optional<std::uint64_t> parse_size(std::string_view text) noexcept {
    constexpr detail::Unit units[] = {{"", 1},
                                      {"B", 1},
                                      {"KiB", 1U << 10U},
                                      {"MiB", 1U << 20U},
                                      {"GiB", 1U << 30U},
                                      {"TiB", std::uint64_t{1} << 40U},
                                      {"KB", 1'000},
                                      {"MB", 1'000'000},
                                      {"GB", 1'000'000'000},
                                      {"TB", 1'000'000'000'000}};
    return detail::parse_quantity(text, units, std::numeric_limits<std::int64_t>::max());
}

/// The shortest text that `parse_duration` reads back.
[[nodiscard]] inline std::string format_duration(std::chrono::nanoseconds duration) {
    constexpr detail::Unit units[] = {{"h", 3'600'000'000'000}, {"m", 60'000'000'000}, {"s", 1'000'000'000},
                                      {"ms", 1'000'000},        {"us", 1'000},         {"ns", 1}};
    const auto count = static_cast<std::uint64_t>(duration.count());
    for (const detail::Unit& unit : units) {
        // Hours and minutes only from two on: 60s is how people say it.
        if (count != 0 && count % unit.factor == 0 &&
            (unit.factor <= 1'000'000'000 || count >= 2 * unit.factor)) {
            return std::to_string(count / unit.factor) + std::string{unit.name};
        }
    }
    return "0";
}

/// The shortest text that `parse_size` reads back.
[[nodiscard]] inline std::string format_size(std::uint64_t size) {
    constexpr detail::Unit units[] = {{"GiB", 1U << 30U}, {"MiB", 1U << 20U}, {"KiB", 1U << 10U}};
    for (const detail::Unit& unit : units) {
        if (size != 0 && size % unit.factor == 0) {
            return std::to_string(size / unit.factor) + std::string{unit.name};
        }
    }
    return std::to_string(size);
}

}  // namespace driver
