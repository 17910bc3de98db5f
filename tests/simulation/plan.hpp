#pragma once

#include "tape.hpp"

#include <sheaf/options.hpp>
#include <sheaf/packet.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace simulation {

/// Where in user code something happens.
enum class Place : std::uint8_t { deliver, transform, release, dead_letter };

/// What a history does: the options of the collator, the traffic, and which faults occur how often (percent; each
/// history leaves a random half of them out, so that faults meet in all combinations and also alone). A new choice goes
/// behind the others, so that the tapes in regressions.cpp keep their meaning.
struct Plan {
    sheaf::Options options;
    std::uint64_t resources = 1;
    std::uint64_t packets_per_resource = 1;
    std::size_t steps = 100;  // where the tape does not say it

    // Traffic.
    unsigned reorder = 0;
    unsigned duplicate = 0;
    unsigned same_content = 0;  // of the duplicates
    unsigned drop = 0;
    unsigned wrong_last = 0;
    unsigned wrong_index = 0;
    unsigned batch = 0;
    // The transform.
    unsigned transform_throws = 0;
    unsigned transform_drops = 0;
    unsigned transform_hangs = 0;
    // The sink.
    unsigned sink_fails = 0;
    unsigned sink_answers_late = 0;
    unsigned dead_letter_fails = 0;
    // Any callback.
    unsigned callback_submits = 0;
    unsigned callback_looks = 0;
    unsigned callback_cancels = 0;
    unsigned callback_destroys = 0;
    Place place = Place::deliver;  // of cancel and destruction
    // The executor.
    unsigned executor_refuses = 0;
    unsigned executor_drops = 0;
    // The host.
    unsigned evict = 0;
    unsigned drain = 0;
    unsigned cancel = 0;
    enum class End : std::uint8_t { destroy, drain, cancel } end = End::destroy;

    explicit Plan(Tape& tape) {
        using namespace std::chrono_literals;
        const auto fault = [&tape](std::uint64_t most) {
            const std::uint64_t choice = tape.below(2 * most);
            return choice < most ? 0U : static_cast<unsigned>(choice - most + 1);
        };
        const auto timeout = [&tape](std::chrono::nanoseconds span) {
            return tape.chance(60) ? span : std::chrono::nanoseconds{0};
        };
        resources = tape.between(1, 12);
        packets_per_resource = tape.chance(10) ? tape.between(60, 200) : tape.between(1, 9);
        steps = static_cast<std::size_t>(tape.between(40, 400));

        reorder = fault(100);
        duplicate = fault(30);
        same_content = fault(100);
        drop = fault(15);
        wrong_last = fault(10);
        wrong_index = fault(5);
        batch = fault(30);
        transform_throws = fault(20);
        transform_drops = fault(10);
        transform_hangs = fault(30);
        sink_fails = fault(60);
        sink_answers_late = fault(60);
        dead_letter_fails = fault(50);
        callback_submits = fault(30);
        callback_looks = fault(10);
        callback_cancels = tape.chance(10) ? 3 : 0;
        callback_destroys = tape.chance(20) ? 3 : 0;
        constexpr Place places[] = {Place::deliver,     Place::transform,   Place::release,
                                    Place::dead_letter, Place::dead_letter, Place::dead_letter};
        place = places[tape.below(std::size(places))];
        if (place == Place::dead_letter) {  // there are few of them, so each has to count
            callback_cancels *= 20;
            callback_destroys *= 30;
        }
        executor_refuses = fault(15);
        executor_drops = fault(8);
        evict = fault(4);
        drain = tape.chance(25) ? 1 : 0;
        cancel = tape.chance(10) ? 1 : 0;
        end = static_cast<End>(tape.below(3));

        options.seed = tape.below(1'000'000) + 1;  // 0 would be a random one
        constexpr std::uint64_t firsts[] = {0, 0, 0, 1, std::uint64_t{1} << 62U, sheaf::max_index - 500};
        options.first_index = firsts[tape.below(std::size(firsts))];
        options.gap_timeout = timeout(60s);
        options.inactivity_timeout = timeout(120s);
        options.total_age = timeout(500s);
        options.transform_timeout = timeout(20s);
        options.transform_attempts = static_cast<std::uint32_t>(tape.between(1, 3));
        options.delivery_attempts = static_cast<std::uint32_t>(tape.between(1, 4));
        const double jitter = tape.chance(50) ? 0.2 : 0.0;
        options.transform_backoff = {1s, 5s, 2.0, jitter};
        options.delivery_backoff = {2s, 20s, 2.0, jitter};
        options.when_full = tape.chance(50) ? sheaf::WhenFull::block : sheaf::WhenFull::reject;
        options.single_producer = tape.chance(50);
        if (tape.chance(40)) {
            options.max_packets = static_cast<std::size_t>(40 - tape.below(40));
            options.max_resources = static_cast<std::size_t>(8 - tape.below(8));
            options.max_transforms = static_cast<std::size_t>(30 - tape.below(30));
        }
        if (tape.chance(10)) { options.max_bytes = 8'192; }
        options.remember_for = tape.chance(40) ? 0s : 600s;
        options.max_remembered = tape.chance(30) ? static_cast<std::size_t>(tape.below(4)) : 1'000;
        if (tape.chance(30)) {
            // The least bounds with which the accounts of four stripes keep something spare.
            options.max_packets = 64;
            options.max_resources = 64;
            options.max_transforms = 64;
            options.max_bytes = std::size_t{128} << 10U;
        }
    }
};

}  // namespace simulation
