#pragma once

#include "random.hpp"

#include <sheaf/options.hpp>
#include <sheaf/packet.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace simulation {

/// What a seed does: the options of the collator, the traffic, and which faults occur how often (percent; each seed
/// leaves a random half of them out, so that faults meet in all combinations and also alone).
struct Plan {
    sheaf::Options options;
    std::uint64_t resources = 1;
    std::uint64_t packets_per_resource = 1;
    unsigned steps = 100;

    // Traffic.
    unsigned reorder = 0;
    unsigned duplicate = 0;
    unsigned drop = 0;
    unsigned wrong_last = 0;
    unsigned batch = 0;
    // The transform.
    unsigned transform_throws = 0;
    unsigned transform_drops = 0;
    unsigned transform_hangs = 0;
    // The sink.
    unsigned sink_fails = 0;
    unsigned sink_answers_late = 0;
    unsigned dead_letter_fails = 0;
    unsigned sink_submits = 0;
    unsigned sink_cancels = 0;
    // The executor.
    unsigned executor_refuses = 0;
    unsigned executor_drops = 0;
    // The host.
    unsigned evict = 0;
    unsigned drain = 0;
    unsigned cancel = 0;
    enum class End : std::uint8_t { drain, cancel, destroy } end = End::drain;

    explicit Plan(test::Random& random) {
        using namespace std::chrono_literals;
        const auto fault = [&random](unsigned most) {
            return random.chance(50) ? static_cast<unsigned>(random.between(1, most)) : 0U;
        };
        const auto timeout = [&random](std::chrono::nanoseconds span) {
            return random.chance(60) ? span : std::chrono::nanoseconds{0};
        };
        resources = random.between(1, 12);
        packets_per_resource = random.chance(10) ? random.between(60, 200) : random.between(1, 9);
        steps = static_cast<unsigned>(random.between(40, 400));

        reorder = fault(100);
        duplicate = fault(30);
        drop = fault(15);
        wrong_last = fault(10);
        batch = fault(30);
        transform_throws = fault(20);
        transform_drops = fault(10);
        transform_hangs = fault(30);
        sink_fails = fault(60);
        sink_answers_late = fault(60);
        dead_letter_fails = fault(50);
        sink_submits = fault(30);
        sink_cancels = random.chance(10) ? 2 : 0;
        executor_refuses = fault(15);
        executor_drops = fault(8);
        evict = fault(4);
        drain = random.chance(25) ? 1 : 0;
        cancel = random.chance(10) ? 1 : 0;
        end = static_cast<End>(random.below(3));

        options.seed = random() | 1U;  // 0 would be a random one
        constexpr std::uint64_t firsts[] = {0, 0, 0, 1, std::uint64_t{1} << 62U, sheaf::max_index - 500};
        options.first_index = firsts[random.below(std::size(firsts))];
        options.gap_timeout = timeout(60s);
        options.inactivity_timeout = timeout(120s);
        options.total_age = timeout(500s);
        options.transform_timeout = timeout(20s);
        options.transform_attempts = static_cast<std::uint32_t>(random.between(1, 3));
        options.transform_backoff = {1s, 5s, 2.0, 0.2};
        options.delivery_attempts = static_cast<std::uint32_t>(random.between(1, 4));
        options.delivery_backoff = {2s, 20s, 2.0, 0.2};
        options.when_full = random.chance(50) ? sheaf::WhenFull::reject : sheaf::WhenFull::block;
        options.single_producer = random.chance(50);
        if (random.chance(40)) {
            options.max_packets = static_cast<std::size_t>(random.between(1, 40));
            options.max_resources = static_cast<std::size_t>(random.between(1, 8));
            options.max_transforms = static_cast<std::size_t>(random.between(1, 30));
        }
        if (random.chance(10)) { options.max_bytes = 8'192; }
        options.remember_for = timeout(600s);
        options.max_remembered = static_cast<std::size_t>(random.chance(30) ? random.below(4) : 1'000);
    }
};

}  // namespace simulation
