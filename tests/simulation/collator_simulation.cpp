// The real PacketCollator in a simulated world: one thread, a clock that the test moves, an executor whose queue the
// test runs in a seeded order, and everything around it failing as a seed says. What holds here holds for every order
// of events that threads could bring about between two critical sections.

#include <sheaf/packet_collator.hpp>

#include "campaign.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <type_traits>

namespace {

using namespace simulation;

template <class Mutex, std::size_t Stripes>
struct SimulatedTraits : test::EngineTraits {
    using clock = SimulatedClock;
    using timer = sheaf::HostTimer;
    using mutex = Mutex;
    static constexpr std::size_t stripe_count = Stripes;
};

template <class Transform, class Sink, class Traits>
struct CollatorTarget {
    using collator_type = sheaf::PacketCollator<Transform, Sink, UnreliableExecutor, Traits>;
    static constexpr std::uint64_t default_seeds = 2'000;

    [[nodiscard]] static std::unique_ptr<collator_type> make(World& world) {
        return std::make_unique<collator_type>(Transform{&world}, Sink{{&world}}, UnreliableExecutor{&world},
                                               world.plan.options, sheaf::traits<Traits>);
    }
    [[nodiscard]] static constexpr bool can_have(Fault fault) noexcept {
        return fault != Fault::sink_answered_later || std::is_same_v<Sink, AcknowledgingSink>;
    }
};

}  // namespace

TEST_CASE("Simulation: a collator with an asynchronous transform and a returning sink") {
    run_campaign<CollatorTarget<CompletingTransform, ReturningSink, SimulatedTraits<std::mutex, 4>>>();
}

TEST_CASE("Simulation: a collator with an asynchronous transform and an acknowledging sink") {
    run_campaign<
        CollatorTarget<CompletingTransform, AcknowledgingSink, SimulatedTraits<sheaf::NullMutex, 1>>>();
}

TEST_CASE("Simulation: a collator with a returning transform and an acknowledging sink") {
    run_campaign<CollatorTarget<ReturningTransform, AcknowledgingSink, SimulatedTraits<std::mutex, 2>>>();
}
