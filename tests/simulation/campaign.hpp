#pragma once

#include "scenario.hpp"
#include "seeds.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace simulation {

/// Runs a scenario for each seed. `SHEAF_SEEDS` sets how many, `SHEAF_SEED` replays one and prints its event log.
template <class Target>
void run_campaign() {
    const std::uint64_t replayed = test::number_from_environment("SHEAF_SEED", 0);
    const std::uint64_t count =
        replayed != 0 ? 1 : test::number_from_environment("SHEAF_SEEDS", Target::default_seeds);
    const std::uint64_t first = replayed != 0 ? replayed : 1;
    Result total;
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        Result result = Scenario<Target>{seed, replayed != 0}.run();
        if (replayed != 0) { MESSAGE(result.log); }
        if (seed % 50 == 0 || replayed != 0) {
            INFO("seed ", seed, " twice");
            CHECK(Scenario<Target>{seed, false}.run().hash == result.hash);
        }
        if (!result.violation.empty()) {
            // Once more with its event log; the end of it is what led there.
            std::string log = Scenario<Target>{seed, true}.run().log;
            constexpr std::size_t enough = 4'000;
            if (log.size() > enough) { log.erase(0, log.size() - enough); }
            FAIL("seed ", seed, ": ", result.violation, "\n", log, "replay it: SHEAF_SEED=", seed);
        }
        total.events += result.events;
        for (std::size_t i = 0; i < total.faults.size(); ++i) { total.faults[i] += result.faults[i]; }
    }
    if (count >= 1'000) {
        // A fault that never happens tests nothing.
        static constexpr std::array<std::string_view, static_cast<std::size_t>(Fault::count_)> names{
            "transform threw",
            "transform dropped",
            "transform hung",
            "sink failed",
            "sink answered later",
            "dead letter failed",
            "sink submitted",
            "sink cancelled",
            "executor refused",
            "executor dropped",
            "duplicate",
            "conflict",
            "late",
            "rejected",
            "evicted"};
        std::string table = std::to_string(count) + " seeds, " + std::to_string(total.events) + " events";
        for (std::size_t i = 0; i < names.size(); ++i) {
            CAPTURE(names[i]);
            CHECK((total.faults[i] >= 20 || !Target::can_have(static_cast<Fault>(i))));
            table += ", " + std::string{names[i]} + ' ' + std::to_string(total.faults[i]);
        }
        MESSAGE(table);
    }
}

}  // namespace simulation
