#pragma once

#include <cstdint>

namespace driver {

/// SplitMix64 (Steele, Lea and Flood): a bijective mixing of 64 bits. Everything that is generated comes from it,
/// since the distributions of <random> differ between standard libraries.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t z) noexcept {
    z += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
}

/// A sequence of random numbers, the same for the same seed on every platform.
class Random {
public:
    constexpr explicit Random(std::uint64_t seed) noexcept
        : state_{seed} {}

    [[nodiscard]] constexpr std::uint64_t next() noexcept {
        const std::uint64_t value = mix(state_);
        state_ += 0x9E3779B97F4A7C15U;
        return value;
    }

    /// 0 to `bound - 1`, by multiplication; off the even distribution by less than `bound` in 2^32. A bound of 0 gives
    /// 0.
    [[nodiscard]] constexpr std::uint32_t below(std::uint32_t bound) noexcept {
        return static_cast<std::uint32_t>(((next() >> 32U) * bound) >> 32U);
    }

    /// True with this probability, to 53 bits.
    [[nodiscard]] constexpr bool chance(double probability) noexcept {
        return static_cast<double>(next() >> 11U) < probability * 9007199254740992.0;
    }

private:
    std::uint64_t state_;
};

}  // namespace driver
