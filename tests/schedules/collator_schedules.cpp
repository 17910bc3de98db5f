// Two and three threads that use one collator whose transforms run where packets are submitted: submission, deadlines
// and stopping in every order.

#include "collator_scene.hpp"

#include <sheaf/executor/inline_executor.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <span>
#include <utility>

namespace {

using namespace schedule;
using InlineCollator = Collator<sheaf::InlineExecutor, HostTimerTraits>;

struct InlineScene : Scene<InlineCollator> {
    explicit InlineScene(const sheaf::Options& chosen = options())
        : Scene{chosen, sheaf::InlineExecutor{}} {}
};

}  // namespace

TEST_CASE("Schedules: two threads submit the packets of one resource") {
    explore([] {
        InlineScene scene;
        together([&] { scene.submit(1, 0); }, [&] { scene.submit(1, 1, true); });
        require(scene.account.completed == 1, "the resource is not complete");
        scene.end();
    });
}

TEST_CASE("Schedules: two threads submit the same packet") {
    explore([] {
        InlineScene scene;
        auto first = sheaf::Verdict::rejected;
        auto second = sheaf::Verdict::rejected;
        together([&] { first = scene.submit(1, 0, true); }, [&] { second = scene.submit(1, 0, true); });
        require((first == sheaf::Verdict::accepted) != (second == sheaf::Verdict::accepted),
                "not exactly one of two twins was accepted");
        scene.end();
    });
}

TEST_CASE("Schedules: the gap's packet against the gap's deadline") {
    explore([] {
        InlineScene scene;
        scene.submit(1, 1, true);
        auto head = sheaf::Verdict::rejected;
        together([&] { head = scene.submit(1, 0); },
                 [&] {
                     Scheduler::current().pass(60s);
                     scene.collator->advance(Clock::now().time_since_epoch());
                 });
        const bool is_accepted = head == sheaf::Verdict::accepted;
        require(is_accepted == (scene.account.completed == 1), "neither complete nor ended by its gap");
        require(is_accepted || head == sheaf::Verdict::late, "another answer");
        scene.end();
    });
}

TEST_CASE("Schedules: submission against drain") {
    explore([] {
        InlineScene scene;
        together(
            [&] {
                scene.submit(1, 0);
                scene.submit(1, 1, true);
            },
            [&] { scene.drain(); });
        require(scene.status == sheaf::DrainStatus::finished, "drain has not finished");
        scene.end();
    });
}

TEST_CASE("Schedules: submission against cancel") {
    explore([] {
        InlineScene scene;
        together(
            [&] {
                scene.submit(1, 0);
                scene.submit(1, 1, true);
            },
            [&] { scene.cancel(); });
        scene.end();
    });
}

TEST_CASE("Schedules: submission against drain and cancel") {
    explore([] {
        InlineScene scene;
        together([&] { scene.submit(1, 0, true); }, [&] { scene.drain(); }, [&] { scene.cancel(); });
        scene.end();
    });
}

TEST_CASE("Schedules: a batch against cancel") {
    explore([] {
        InlineScene scene;
        together(
            [&] {
                Packet packets[3];
                for (std::uint64_t i = 0; i < 3; ++i) {
                    packets[i] = {1, i, sheaf::Payload{std::string(1, letter_of(i))}, i == 2,
                                  receipt_of(1, i)};
                }
                sheaf::Outcome outcomes[3];
                static_cast<void>(scene.collator->submit(std::span{packets}, std::span{outcomes}));
                for (std::uint64_t i = 0; i < 3; ++i) { scene.account.note(outcomes[i], 1, i); }
            },
            [&] { scene.cancel(); });
        scene.end();
    });
}

TEST_CASE("Schedules: the receipt of a duplicate against cancel") {
    explore([] {
        InlineScene scene;
        scene.submit(1, 0, true);
        together(
            [&] {
                Packet twin{1, 0, sheaf::Payload{std::string{"a"}}, true, 7};
                static_cast<void>(scene.collator->submit(twin));
            },
            [&] { scene.cancel(); });
        // Where `cancel` was quicker the receipt stays with the caller.
        if (scene.account.returned.contains(7)) { scene.account.owed[7] = 1; }
        scene.end();
    });
}

TEST_CASE("Schedules: statistics are a cut, whenever they are taken") {
    explore([] {
        InlineScene scene;
        together(
            [&] {
                scene.submit(1, 1, true);
                scene.submit(1, 0);
            },
            [&] {
                for (int i = 0; i < 3; ++i) { Account::check_cut(scene.collator->statistics()); }
            });
        scene.end();
    });
}

TEST_CASE("Schedules: statistics are one cut through all stripes") {
    // One resource is complete before the other is opened, so nobody may see two that are open. Which of the ids stand in
    // which stripe is the hash's secret: some pair stands as it must to show it.
    for (const auto& [first, second] : {std::pair{1, 2}, {2, 1}, {1, 3}, {3, 1}, {2, 3}, {3, 2}}) {
        explore([first = static_cast<std::uint64_t>(first), second = static_cast<std::uint64_t>(second)] {
            Scene<Collator<sheaf::InlineExecutor, TwoStripeTraits>> scene{options(), sheaf::InlineExecutor{}};
            together(
                [&] {
                    scene.submit(first, 1, true);
                    scene.submit(first, 0);
                    scene.submit(second, 0, true);
                },
                [&] {
                    const sheaf::Statistics counts = scene.collator->statistics();
                    Account::check_cut(counts);
                    require(counts.open_resources + counts.undelivered_resources < 2, "not one cut");
                });
            scene.end();
        });
    }
}
