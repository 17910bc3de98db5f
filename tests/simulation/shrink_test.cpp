// The shrinker: bugs on purpose are found, made small, and gone when they are taken out.

#include "campaign.hpp"
#include "shrink.hpp"
#include "targets.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

using simulation::Choices;
using simulation::Plant;
using simulation::Result;
using simulation::Shrinker;
using simulation::Tape;

namespace {

/// Finds the planted bug, and gives back the smallest history that shows it.
template <class Target>
Choices find_and_shrink(Plant plant) {
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
        const Result found = Target::run(Tape{seed}, false, plant);
        if (found.violation.empty()) { continue; }
        CAPTURE(seed);
        CAPTURE(found.violation);
        const Choices small = simulation::shrink<Target>(found.choices, found.violation, 2'000, plant);
        CHECK(Shrinker::size_of(small) < Shrinker::size_of(found.choices));
        const Result again = Target::run(Tape{small}, true, plant);
        CAPTURE(again.log);
        CAPTURE(simulation::as_test<Target>(small, found.violation, seed));
        CHECK(again.violation == found.violation);
        CHECK(Target::run(Tape{small}, false).violation == "");
        return small;
    }
    FAIL("not found");
    return {};
}

}  // namespace

TEST_CASE("Shrinker: takes out what is not needed and lowers what is") {
    // Something goes wrong where two steps have a number above 6, and the plan's third one is above 4.
    const auto replay = [](const Choices& choices) -> std::optional<Choices> {
        const auto is_large = [](const auto& part) {
            return std::any_of(part.begin(), part.end(), [](std::uint32_t number) { return number > 6; });
        };
        const bool fails = choices.front().size() > 2 && choices.front()[2] > 4 &&
                           std::count_if(choices.begin() + 1, choices.end() - 1, is_large) >= 2;
        return fails ? std::optional{choices} : std::nullopt;
    };
    Choices failing(200, {1, 9, 4, 100, 7});
    failing.front() = {4, 8, 77, 3, 3};
    CHECK(Shrinker{failing, replay, 10'000}.run() == Choices{{0, 0, 5}, {7}, {7}, {}});
    CHECK(Shrinker{failing, replay, 0}.run() == failing);
}

TEST_CASE("Shrinker: a lost event comes down to a resource with its three packets") {
    const Choices small = find_and_shrink<simulation::EngineTarget>(Plant::loses_events_of_three);
    CHECK(small.size() <= 7);
    CHECK(Shrinker::size_of(small) <= 40);
}

TEST_CASE("Shrinker: receipts lost with a late answer come down to one packet") {
    const Choices small =
        find_and_shrink<simulation::AcknowledgingSinkTarget>(Plant::loses_receipts_of_late_answers);
    CHECK(small.size() <= 7);
    CHECK(Shrinker::size_of(small) <= 60);
}
