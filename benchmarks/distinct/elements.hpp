#pragma once

#include <support/random.hpp>
#include <support/timing.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sheaf_bench {

/// Distinct elements, as good as random hashes: no two states of the generator give the same number.
[[nodiscard]] inline std::vector<std::uint64_t> distinct_elements(std::size_t count, std::uint64_t seed) {
    Random random{seed};
    std::vector<std::uint64_t> elements(count);
    std::generate(elements.begin(), elements.end(), [&] { return random.next(); });
    return elements;
}

template <class Sketch>
void insert_all(Sketch& sketch, std::span<const std::uint64_t> elements) {
    for (const std::uint64_t element : elements) { sketch.insert(element); }
}

/// The check: no sketch here may be off by more than 15 %, which is nine times the error of the worst of them.
[[nodiscard]] inline bool is_near(double estimate, std::size_t truth) {
    return std::abs(estimate / static_cast<double>(truth) - 1) < 0.15;
}

}  // namespace sheaf_bench
