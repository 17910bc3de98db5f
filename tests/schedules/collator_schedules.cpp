// Two and three threads that use one collator whose transforms run where packets are submitted: submission, deadlines
// and stopping in every order.

#include "collator_scene.hpp"

#include <sheaf/executor/inline_executor.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

namespace {

using namespace schedule;
using InlineCollator = Collator<sheaf::InlineExecutor, HostTimerTraits>;

struct InlineScene : Scene<InlineCollator> {
    explicit InlineScene(const sheaf::Options& chosen = options())
        : Scene{chosen, sheaf::InlineExecutor{}} {}
};

/// With a timer of its own, so that producers wait.
struct TwoStripeScene : Scene<Collator<sheaf::InlineExecutor, TwoStripeTraits>> {
    explicit TwoStripeScene(const sheaf::Options& chosen = options())
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

TEST_CASE("Schedules: a batch keeps the order of a resource whose packets wait for room") {
    explore(
        [] {
            sheaf::Options narrow = options();
            narrow.max_transforms = 1;
            TwoStripeScene scene{narrow};
            std::string order;
            scene.account.in_transform = [&order](char letter) {
                letter == 'c' ? sleep_for(1s) : order.push_back(letter);
            };
            together(
                [&] {
                    sleep_for(1s);  // room may come at any time now
                    Packet packets[] = {{2, 0, sheaf::Payload{std::string{"a"}}, false, receipt_of(2, 0)},
                                        {2, 1, sheaf::Payload{std::string{"b"}}, true, receipt_of(2, 1)}};
                    sheaf::Outcome outcomes[2];
                    static_cast<void>(scene.collator->submit(std::span{packets}, std::span{outcomes}));
                    for (std::uint64_t i = 0; i < 2; ++i) { scene.account.note(outcomes[i], 2, i); }
                },
                [&] { scene.submit(1, 2, true); });
            require(order == "ab", "not in order");
            scene.drain();
            scene.end();
        },
        300);
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

TEST_CASE("Schedules: the receipt of a duplicate against drain") {
    for (const bool has_time : {false, true}) {
        explore(
            [has_time] {
                // With a timer, which is told of the next deadline before the look at the gate: others may go on there.
                TwoStripeScene scene;
                scene.submit(1, 0, true);
                auto answer = sheaf::Verdict::rejected;
                together(
                    [&] {
                        Packet twin{1, 0, sheaf::Payload{std::string{"a"}}, true, 7};
                        answer = scene.collator->submit(twin).verdict();
                    },
                    [&] {
                        has_time ? scene.drain() : scene.drain_for(0s);
                        scene.account.gate_is_closed = true;
                        scene.account.quiet = scene.status == sheaf::DrainStatus::finished;
                    });
                scene.account.gate_is_closed = false;
                // Where a `drain` that could not wait was quicker the receipt stays with the caller.
                const bool is_back = scene.account.returned.contains(7);
                require(!has_time || is_back == (answer == sheaf::Verdict::duplicate),
                        "drain has not waited for the receipt");
                if (scene.account.returned.contains(7)) { scene.account.owed[7] = 1; }
                scene.end();
            },
            300);
    }
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
    // One resource is complete before the other is opened, so nobody may see two that are open: in whatever order the
    // stripes are looked at.
    for (const std::uint64_t first : {1U, 2U}) {
        explore([first, second = 3 - first] {
            TwoStripeScene scene;
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

TEST_CASE(
    "Schedules: a producer is not told that nothing goes on while another stripe is about to make room") {
    for (const bool fails : {false, true}) {
        explore(
            [fails] {
                sheaf::Options narrow = options();
                narrow.max_resources = 1;
                narrow.single_producer = true;  // does not wait for deadlines, but is told
                TwoStripeScene scene{narrow};
                if (fails) {
                    scene.account.in_transform = [](char) { throw std::runtime_error{"not today"}; };
                }
                const auto submit = [&](std::uint64_t id) {
                    require(scene.submit(id, 0, true) == sheaf::Verdict::accepted, "not accepted");
                };
                together([&] { submit(1); }, [&] { submit(2); });
                scene.end();
            },
            300);
    }
}

TEST_CASE("Schedules: a producer that was refused for what another one took for a moment is let in") {
    for (const bool is_batch : {false, true}) {
        explore([is_batch] {
            sheaf::Options narrow = options();
            narrow.max_resources = 1;
            narrow.max_transforms = 1;
            narrow.inactivity_timeout = 60s;  // there is always a deadline to wait for
            TwoStripeScene scene{narrow};
            sleep_for(1s);  // until the timer's thread sleeps
            // The first one finds room for all it needs. The second one takes the place for a resource. The first one
            // takes the place for a transform, before it sees that; the third one is refused for that.
            together(
                [&] {
                    if (!is_batch) {
                        require(scene.submit(2, 0, true) == sheaf::Verdict::accepted, "not accepted");
                        return;
                    }
                    Packet packet{2, 0, sheaf::Payload{std::string{"a"}}, true, receipt_of(2, 0)};
                    sheaf::Outcome outcome;
                    static_cast<void>(scene.collator->submit(std::span{&packet, 1}, std::span{&outcome, 1}));
                    scene.account.note(outcome, 2, 0);
                },
                [&] {
                    const Undisturbed undisturbed;
                    scene.submit(1, 1, true);
                },
                [&] {
                    const Undisturbed undisturbed;
                    scene.submit(1, 0);
                });
            require(scene.account.completed == 2, "a resource is not complete");
            scene.end();
        });
    }
}

TEST_CASE("Schedules: what is collated never seems to be held no more") {
    explore(
        [] {
            sheaf::Options narrow = options();
            narrow.max_bytes = 20'000;
            narrow.when_full = sheaf::WhenFull::reject;
            TwoStripeScene scene{narrow};
            scene.submit(1, 1);
            together([&] { scene.submit(1, 0); },
                     [&] {
                         // No room beside the chunk of index 1, wherever that is.
                         Packet packet{2, 0, sheaf::Payload{std::string(12'000, 'a')}, true,
                                       receipt_of(2, 0)};
                         require(scene.collator->submit(packet) == sheaf::Rejection::overloaded, "not full");
                     });
            scene.drain();
            scene.end();
        },
        300);
}
