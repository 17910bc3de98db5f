#pragma once

#include <sheaf/config.hpp>
#include <sheaf/options.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014): a small generator
/// that is the same on every platform. Not for secrets.
class SplitMix64 {
public:
    explicit SplitMix64(std::uint64_t seed) noexcept
        : state_{seed} {}

    [[nodiscard]] std::uint64_t operator()() noexcept {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31U);
    }

    /// Evenly spread over [0, 1).
    [[nodiscard]] double unit() noexcept { return static_cast<double>((*this)() >> 11U) * 0x1p-53; }

private:
    std::uint64_t state_;
};

/// The pause after failed attempt `attempt` (1 is the first).
[[nodiscard]] inline std::chrono::nanoseconds pause_after(const Backoff& backoff,
                                                          std::uint32_t attempt,
                                                          SplitMix64& random) noexcept {
    constexpr double longest = 0x1p62;  // about 146 years: what still fits after the jitter
    const double limit = (std::min)(static_cast<double>(backoff.maximum.count()), longest);
    const double grown =
        static_cast<double>(backoff.initial.count()) * std::pow(backoff.multiplier, attempt - 1);
    // Not a number where nothing was to grow without bound.
    const double pause = std::isnan(grown) ? 0.0 : (std::min)(grown, limit);
    const double spread = 1.0 + backoff.jitter * (2.0 * random.unit() - 1.0);
    return std::chrono::nanoseconds{static_cast<std::int64_t>((std::min)(pause * spread, longest))};
}

}  // namespace core

SHEAF_NAMESPACE_END
