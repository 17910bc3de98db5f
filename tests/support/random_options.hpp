#pragma once

#include <sheaf/core/instant.hpp>
#include <sheaf/options.hpp>
#include <sheaf/packet.hpp>

#include <chrono>
#include <cstdint>
#include <iterator>

namespace test {

/// Options of an engine, each clock on or off, each bound tight or wide; without jitter, so that a model can tell
/// the pauses.
template <class Choices>
[[nodiscard]] sheaf::Options random_options(Choices& random) {
    using namespace std::chrono_literals;
    using sheaf::core::Instant;
    const auto maybe = [&random](Instant span) { return random.chance(50) ? span : Instant{0}; };
    sheaf::Options options;
    constexpr std::uint64_t firsts[] = {0, 0, 0, 1, 1'000, std::uint64_t{1} << 62U, sheaf::max_index - 30};
    options.first_index = firsts[random.below(std::size(firsts))];
    options.gap_timeout = maybe(60s);
    options.inactivity_timeout = maybe(90s);
    options.total_age = maybe(200s);
    options.transform_timeout = maybe(20s);
    options.transform_attempts = static_cast<std::uint32_t>(random.between(1, 3));
    options.transform_backoff = {random.chance(30) ? 0s : 5s, 30s, 2.0, 0.0};
    options.delivery_attempts = static_cast<std::uint32_t>(random.between(1, 3));
    options.delivery_backoff = {10s, 40s, 3.0, 0.0};
    options.max_packets = random.chance(50) ? random.between(1, 20) : 1'000;
    options.max_resources = random.chance(50) ? random.between(1, 4) : 1'000;
    options.max_transforms = random.chance(50) ? random.between(1, 12) : 1'000;
    options.remember_for =
        random.chance(20) ? 0s : Instant{static_cast<Instant::rep>(random.between(10, 600))} * 1'000'000'000;
    return options;
}

}  // namespace test
