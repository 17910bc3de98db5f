// What is asked for by the environment is done, or refused loudly.

#include "campaign.hpp"
#include "environment_variable.hpp"
#include "fault.hpp"
#include "plant.hpp"
#include "result.hpp"
#include "seeds.hpp"
#include "tape.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using simulation::Fault;
using simulation::Plant;
using simulation::Result;
using simulation::Tape;
using test::count_from_environment;
using test::number_from_environment;
using test::Variable;

namespace {

constexpr const char* name = "SHEAF_NUMBER_OF_A_TEST";

/// Notes which histories a campaign runs, by their first choice.
struct Recorder {
    static constexpr std::string_view name = "Recorder";
    static constexpr std::uint64_t default_seeds = 3;
    static inline std::vector<std::uint64_t> runs;

    [[nodiscard]] static std::uint64_t first_choice(Tape tape) { return tape.below(std::uint64_t{1} << 32); }
    [[nodiscard]] static Result run(Tape tape, bool keeps_text, Plant plant = Plant::none) {
        static_cast<void>(keeps_text);
        static_cast<void>(plant);
        runs.push_back(first_choice(std::move(tape)));
        return {};
    }
    [[nodiscard]] static bool can_have(Fault) noexcept { return false; }
};

}  // namespace

TEST_CASE("Environment: a whole number is taken, and no variable or an empty one means not set") {
    CHECK(number_from_environment(name, 5) == 5);
    for (const char* const text : {"0", "1", "010", "18446744073709551615"}) {
        const Variable variable{name, text};
        CHECK(number_from_environment(name, 5) == std::stoull(text, nullptr, 10));
    }
    const Variable variable{name, ""};
    CHECK(number_from_environment(name, 5) == 5);
    CHECK_FALSE(number_from_environment(name).has_value());
}

TEST_CASE("Environment: what is not a whole number is refused by name and value") {
    for (const char* const text : {"many", "1e4", "-1", "+1", " 1", "1 ", "0x10", "18446744073709551616"}) {
        CAPTURE(text);
        const Variable variable{name, text};
        const std::string message =
            std::string{"SHEAF_NUMBER_OF_A_TEST='"} + text + "': not a whole number below 2^64";
        CHECK_THROWS_WITH_AS(static_cast<void>(number_from_environment(name, 5)), message.c_str(),
                             std::invalid_argument);
    }
}

TEST_CASE("Environment: a count of nothing is refused") {
    const Variable variable{name, "0"};
    CHECK_THROWS_AS(static_cast<void>(count_from_environment(name, 5)), std::invalid_argument);
}

TEST_CASE("Environment: each number is a seed, the first and the last one, too") {
    for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{7}, ~std::uint64_t{0}}) {
        CAPTURE(seed);
        Recorder::runs.clear();
        const Variable variable{"SHEAF_SEED", std::to_string(seed)};
        simulation::run_campaign<Recorder>();
        // Once, and to see that it is the same again from the seed and from the tape.
        REQUIRE(Recorder::runs.size() == 3);
        CHECK(Recorder::runs[0] == Recorder::first_choice(Tape{seed}));
        CHECK(Recorder::runs[1] == Recorder::runs[0]);
    }
}

TEST_CASE("Environment: a campaign has as many seeds as are asked for, from the one that is") {
    const Variable no_seed{"SHEAF_SEED", ""};
    const Variable count{"SHEAF_SEEDS", "2"};
    const Variable first{"SHEAF_FIRST_SEED", "8"};
    Recorder::runs.clear();
    simulation::run_campaign<Recorder>();
    CHECK(Recorder::runs == std::vector{Recorder::first_choice(Tape{8}), Recorder::first_choice(Tape{9})});
    const Variable none{"SHEAF_SEEDS", "0"};
    CHECK_THROWS_AS(simulation::run_campaign<Recorder>(), std::invalid_argument);
}
