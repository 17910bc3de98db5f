// The engine alone in a simulated world, under a shell that adds nothing (see mini_collator.hpp). A seed that fails
// here shows a fault of the engine; one that fails only in collator_simulation.cpp shows one of the shell.

#include "campaign.hpp"
#include "mini_collator.hpp"
#include "scenario.hpp"
#include "targets.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <utility>

namespace simulation {

Result EngineTarget::run(Tape tape, bool keeps_text, Plant plant) {
    const auto make = [](World& world) { return std::make_unique<MiniCollator>(world); };
    return Scenario<MiniCollator>{std::move(tape), {false, keeps_text, plant}, make}.run();
}

bool EngineTarget::can_have(Fault fault) noexcept {
    return fault != Fault::sink_answered_later && fault != Fault::conflict_of_content;
}

}  // namespace simulation

TEST_CASE("Simulation: the engine under the least shell") {
    simulation::run_campaign<simulation::EngineTarget>();
}
