// The real PacketCollator in a simulated world: one thread, a clock that the test moves, an executor whose queue the
// test runs in an order of its own, and everything around it failing as a seed says. What holds here holds for every
// order of events that threads could bring about between two critical sections.

#include <sheaf/packet_collator.hpp>

#include "campaign.hpp"
#include "lone_thread.hpp"
#include "policies.hpp"
#include "scenario.hpp"
#include "targets.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>

namespace simulation {

namespace {

template <class Mutex, std::size_t Stripes, class Digest>
struct SimulatedTraits : test::EngineTraits {
    using clock = SimulatedClock;
    using timer = sheaf::HostTimer;
    using threading = LoneThread;
    using mutex = Mutex;
    using digest = Digest;
    static constexpr std::size_t stripe_count = Stripes;
};

template <class Transform, class Sink, class Traits>
Result run_collator(Tape tape, bool keeps_text, Plant plant) {
    using Collator = sheaf::PacketCollator<Transform, Sink, UnreliableExecutor, Traits>;
    const auto make = [](World& world) {
        return std::make_unique<Collator>(Transform{&world}, Sink{{&world}}, UnreliableExecutor{&world},
                                          world.plan.options, sheaf::traits<Traits>);
    };
    constexpr bool has_digest = std::is_same_v<typename Traits::digest, sheaf::PayloadDigest>;
    return Scenario<Collator>{std::move(tape), {has_digest, keeps_text, plant}, make}.run();
}

}  // namespace

Result ReturningSinkTarget::run(Tape tape, bool keeps_text, Plant plant) {
    return run_collator<CompletingTransform, ReturningSink, SimulatedTraits<std::mutex, 4, sheaf::NoDigest>>(
        std::move(tape), keeps_text, plant);
}
bool ReturningSinkTarget::can_have(Fault fault) noexcept {
    return fault != Fault::sink_answered_later && fault != Fault::conflict_of_content;
}

Result AcknowledgingSinkTarget::run(Tape tape, bool keeps_text, Plant plant) {
    return run_collator<CompletingTransform, AcknowledgingSink,
                        SimulatedTraits<sheaf::NullMutex, 1, sheaf::PayloadDigest>>(std::move(tape),
                                                                                    keeps_text, plant);
}
bool AcknowledgingSinkTarget::can_have(Fault) noexcept { return true; }

Result ConsumingSinkTarget::run(Tape tape, bool keeps_text, Plant plant) {
    return run_collator<ReturningTransform, ConsumingSink, SimulatedTraits<std::mutex, 2, sheaf::NoDigest>>(
        std::move(tape), keeps_text, plant);
}
bool ConsumingSinkTarget::can_have(Fault fault) noexcept {
    // A call that answers by returning cannot outlast its time in one thread.
    return fault != Fault::conflict_of_content && fault != Fault::transform_timed_out &&
           fault != Fault::late_result;
}

}  // namespace simulation

TEST_CASE("Simulation: a collator with an asynchronous transform and a returning sink") {
    simulation::run_campaign<simulation::ReturningSinkTarget>();
}

TEST_CASE("Simulation: a collator with an asynchronous transform, an acknowledging sink and a digest") {
    simulation::run_campaign<simulation::AcknowledgingSinkTarget>();
}

TEST_CASE("Simulation: a collator with a returning transform and a sink that consumes or acknowledges") {
    simulation::run_campaign<simulation::ConsumingSinkTarget>();
}
