#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>

namespace sheaf_bench {

/// A part of the full size, for runs under sanitizers: SHEAF_BENCH_SCALE=0.01.
[[nodiscard]] inline std::size_t scaled(std::size_t full) {
    const char* text = std::getenv("SHEAF_BENCH_SCALE");
    const double scale = text == nullptr ? 1.0 : std::strtod(text, nullptr);
    return std::max<std::size_t>(1, static_cast<std::size_t>(static_cast<double>(full) * scale));
}

}  // namespace sheaf_bench
