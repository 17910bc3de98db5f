#pragma once

#include <cstdint>

namespace sheaf_bench {

/// SplitMix64: the same numbers from the same seed with every standard library.
class Random {
public:
    explicit Random(std::uint64_t seed) noexcept
        : state_{seed} {}

    std::uint64_t next() noexcept {
        std::uint64_t z = state_ += 0x9E3779B97F4A7C15U;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31U);
    }

    /// Uniform from 0 to `bound - 1`, for bounds below 2^32.
    std::uint32_t below(std::uint32_t bound) noexcept {
        return static_cast<std::uint32_t>(((next() >> 32U) * bound) >> 32U);
    }

    bool one_in(std::uint32_t bound) noexcept { return below(bound) == 0; }

private:
    std::uint64_t state_;
};

}  // namespace sheaf_bench
