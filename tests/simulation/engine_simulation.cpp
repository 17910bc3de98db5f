// The engine alone in a simulated world, under a shell that adds nothing (see mini_collator.hpp). A seed that fails
// here shows a fault of the engine; one that fails only in collator_simulation.cpp shows one of the shell.

#include "campaign.hpp"
#include "mini_collator.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>

namespace {

using namespace simulation;

struct EngineTarget {
    using collator_type = MiniCollator;
    static constexpr std::uint64_t default_seeds = 2'000;

    [[nodiscard]] static std::unique_ptr<collator_type> make(World& world) {
        return std::make_unique<collator_type>(world);
    }
    [[nodiscard]] static constexpr bool can_have(Fault fault) noexcept {
        return fault != Fault::sink_answered_later;
    }
};

}  // namespace

TEST_CASE("Simulation: the engine under the least shell") { run_campaign<EngineTarget>(); }
