// What the accounts of stripes keep spare of the budget is in nobody's way.

#include "collator_scene.hpp"

#include <sheaf/executor/inline_executor.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace {

using namespace schedule;

struct SpareTraits : ReceiptTraits {
    using hash = ParityHash;
    static constexpr std::size_t stripe_count = 2;
};
struct SpareScene : Scene<Collator<sheaf::InlineExecutor, SpareTraits>> {
    explicit SpareScene(const sheaf::Options& chosen)
        : Scene{chosen, sheaf::InlineExecutor{}} {}
};

/// Wide enough for accounts to keep something; only large packets find the bytes short.
[[nodiscard]] sheaf::Options roomy() {
    sheaf::Options roomy = options();
    roomy.max_bytes = 64 * 1'024;
    roomy.gap_timeout = 0s;  // no deadline makes room
    roomy.single_producer = true;
    return roomy;
}

/// A whole resource of one packet, with so many bytes.
sheaf::Outcome submit_large(SpareScene& scene, std::uint64_t id, std::size_t bytes) {
    Packet packet{id, 0, sheaf::Payload{std::string(bytes, letter_of(0))}, true, receipt_of(id, 0)};
    const sheaf::Outcome outcome = scene.collator->submit(packet);
    scene.account.note(outcome, id, 0);
    return outcome;
}

/// Of `roomy`, what fits only if the other stripe keeps nothing spare.
constexpr std::size_t almost_all = 59'000;

}  // namespace

TEST_CASE("Schedules: what another stripe keeps spare refuses nobody") {
    for (const bool waits : {true, false}) {
        explore(
            [waits] {
                sheaf::Options chosen = roomy();
                chosen.when_full = waits ? sheaf::WhenFull::block : sheaf::WhenFull::reject;
                SpareScene scene{chosen};
                {
                    const Undisturbed undisturbed;
                    scene.submit(2, 0, true);  // leaves something spare in the first stripe
                }
                together([&] { require(submit_large(scene, 1, almost_all).accepted(), "refused"); },
                         [&] { Account::check_cut(scene.collator->statistics()); });
                scene.drain();
                require(scene.status == sheaf::DrainStatus::finished, "drain has not finished");
                scene.end();
            },
            300);
    }
}

TEST_CASE("Schedules: a producer that looks while another one sweeps is not left behind") {
    for (const bool waits : {true, false}) {
        explore(
            [waits] {
                sheaf::Options chosen = roomy();
                chosen.when_full = waits ? sheaf::WhenFull::block : sheaf::WhenFull::reject;
                SpareScene scene{chosen};
                {
                    const Undisturbed undisturbed;
                    scene.submit(2, 1);  // stays, and leaves something spare
                }
                // The first one finds no room in any case, so that nothing of what it does later wakes the second one.
                together(
                    [&] {
                        const sheaf::Rejection expected =
                            waits ? sheaf::Rejection::stalled : sheaf::Rejection::overloaded;
                        require(submit_large(scene, 1, 60'600) == expected, "not refused");
                    },
                    [&] {
                        const sheaf::Outcome outcome = submit_large(scene, 3, almost_all);
                        require(outcome.accepted(), "refused");
                    });
                scene.drain();
                scene.end();
            },
            300);
    }
}

TEST_CASE("Schedules: drain and cancel are not held up by what is spare") {
    for (const bool cancels : {false, true}) {
        explore(
            [cancels] {
                SpareScene scene{roomy()};
                {
                    const Undisturbed undisturbed;
                    scene.submit(2, 0, true);
                    scene.submit(4, 1);
                }
                together([&] { scene.submit(1, 0, true); },
                         [&] { cancels ? scene.cancel() : scene.drain(); });
                require(cancels || scene.status == sheaf::DrainStatus::finished, "drain has not finished");
                scene.end();
            },
            300);
    }
}
