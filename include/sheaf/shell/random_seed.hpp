#pragma once

#include <sheaf/config.hpp>
#include <sheaf/core/backoff_schedule.hpp>

#include <cstdint>
#include <random>

SHEAF_NAMESPACE_BEGIN

namespace shell {

/// Number `which` of the secrets of a collator: from the operating system, or, where a seed is given, from that.
[[nodiscard]] inline std::uint64_t random_seed(std::uint64_t seed, std::uint64_t which) {
    if (seed == 0) {
        std::random_device device;
        return std::uint64_t{device()} << 32U | device();
    }
    core::SplitMix64 generator{seed + which};
    return generator();
}

}  // namespace shell

SHEAF_NAMESPACE_END
