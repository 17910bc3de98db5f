#pragma once

#include <chrono>

namespace sheaf_bench {

/// How long it takes to call this, in nanoseconds.
template <class Run>
[[nodiscard]] double nanoseconds(Run&& run) {
    const auto begin = std::chrono::steady_clock::now();
    run();
    return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace sheaf_bench
