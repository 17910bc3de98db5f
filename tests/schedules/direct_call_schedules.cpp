// Threads that submit without receipts to an inline executor: a packet that comes in order is recorded in its thread's
// stack, until somebody else has to do with its resource.

#include "collator_scene.hpp"

#include <sheaf/executor/inline_executor.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string_view>

namespace {

using namespace schedule;

struct PlainTraits : Traits {
    using timer = sheaf::HostTimer;
};

template <class Transform>
struct SceneOf : Scene<Collator<sheaf::InlineExecutor, PlainTraits, Transform>, Transform> {
    using Base = Scene<Collator<sheaf::InlineExecutor, PlainTraits, Transform>, Transform>;
    using Base::account;
    using Base::collator;

    explicit SceneOf(const sheaf::Options& chosen = options())
        : Base{chosen, sheaf::InlineExecutor{}} {}

    /// Two packets each of resources 1 and 2, as one batch.
    void submit_batch() {
        std::array<char, 4> letters{'a', 'a', 'b', 'b'};
        std::array<sheaf::Packet<>, 4> packets;
        for (std::size_t i = 0; i < packets.size(); ++i) {
            packets[i] = {i % 2 + 1, i / 2, sheaf::Payload{std::string_view{&letters[i], 1}}, i >= 2};
        }
        std::array<sheaf::Outcome, 4> outcomes;
        static_cast<void>(collator->submit(std::span{packets}, std::span{outcomes}));
        letters.fill('?');
        for (std::size_t i = 0; i < packets.size(); ++i) {
            account.note_accepted(outcomes[i], i % 2 + 1, i / 2);
        }
    }
};

using PlainScene = SceneOf<Letter>;
using PureScene = SceneOf<PureLetter>;

}  // namespace

TEST_CASE("Schedules: direct calls of one resource from two threads") {
    explore([] {
        PlainScene scene;
        scene.submit(1, 0);
        together([&] { scene.submit(1, 1); }, [&] { scene.submit(1, 2, true); });
        require(scene.account.completed == 1, "the resource is not complete");
        scene.end();
    });
}

TEST_CASE("Schedules: direct calls of one resource from three threads") {
    explore(
        [] {
            PlainScene scene;
            together([&] { scene.submit(1, 0); }, [&] { scene.submit(1, 1); },
                     [&] { scene.submit(1, 2, true); });
            require(scene.account.completed == 1, "the resource is not complete");
            scene.end();
        },
        500);
}

TEST_CASE("Schedules: twins as direct calls") {
    explore([] {
        PlainScene scene;
        auto first = sheaf::Verdict::rejected;
        auto second = sheaf::Verdict::rejected;
        together([&] { first = scene.submit(1, 0); }, [&] { second = scene.submit(1, 0); });
        require((first == sheaf::Verdict::accepted) != (second == sheaf::Verdict::accepted),
                "not exactly one of two twins was accepted");
        scene.drain();
        require(scene.status == sheaf::DrainStatus::finished, "the drain has not finished");
        scene.end();
    });
}

TEST_CASE("Schedules: a direct call against cancel") {
    explore([] {
        PlainScene scene;
        together(
            [&] {
                scene.submit(1, 0);
                scene.submit(1, 1, true);
            },
            [&] { scene.cancel(); });
        scene.end();
    });
}

TEST_CASE("Schedules: a direct call against drain") {
    explore([] {
        PlainScene scene;
        together(
            [&] {
                scene.submit(1, 0);
                scene.submit(1, 1, true);
            },
            [&] { scene.drain(); });
        scene.drain();
        scene.end();
    });
}

TEST_CASE("Schedules: a direct call against eviction, an explanation and statistics") {
    explore([] {
        PlainScene scene;
        together([&] { scene.submit(1, 0); },
                 [&] {
                     static_cast<void>(scene.collator->explain(1));
                     Account::check_cut(scene.collator->statistics());
                     scene.collator->evict_oldest();
                 });
        scene.drain();
        scene.end();
    });
}

TEST_CASE("Schedules: a last packet as a direct call that is looked at") {
    explore([] {
        PlainScene scene;
        together([&] { scene.submit(1, 0, true); }, [&] { static_cast<void>(scene.collator->explain(1)); });
        require(scene.account.completed == 1, "the resource is not complete");
        scene.end();
    });
}

TEST_CASE("Schedules: a direct call that fails, and the next packet") {
    explore([] {
        PlainScene scene;
        scene.account.in_transform = [](char letter) {
            if (letter == 'a') { throw std::runtime_error{"no"}; }
        };
        together([&] { scene.submit(1, 0); }, [&] { scene.submit(1, 1, true); });
        require(scene.account.incomplete == 1, "the failure has not ended the resource");
        scene.drain();
        scene.end();
    });
}

TEST_CASE("Schedules: a batch of direct calls against another thread's packets") {
    explore(
        [] {
            PlainScene scene;
            together([&] { scene.submit_batch(); }, [&] { scene.submit(1, 0); },
                     [&] { scene.submit(2, 1, true); });
            scene.drain();
            scene.end();
        },
        500);
}

TEST_CASE("Schedules: a batch of direct calls against drain and cancel") {
    explore(
        [] {
            PlainScene scene;
            together([&] { scene.submit_batch(); }, [&] { scene.drain_for(0s); }, [&] { scene.cancel(); });
            scene.end();
        },
        500);
}

TEST_CASE("Schedules: a batch of packets with their chunks against another thread's packets") {
    explore(
        [] {
            PureScene scene;
            together([&] { scene.submit_batch(); }, [&] { scene.submit(1, 0); },
                     [&] { scene.submit(2, 1, true); });
            scene.drain();
            scene.end();
        },
        500);
}

TEST_CASE("Schedules: two batches of packets with their chunks") {
    explore(
        [] {
            PureScene scene;
            together([&] { scene.submit_batch(); }, [&] { scene.submit_batch(); });
            scene.drain();
            scene.end();
        },
        500);
}

TEST_CASE("Schedules: a batch of packets with their chunks against drain and cancel") {
    explore(
        [] {
            PureScene scene;
            together([&] { scene.submit_batch(); }, [&] { scene.drain_for(0s); }, [&] { scene.cancel(); });
            scene.end();
        },
        500);
}

TEST_CASE("Schedules: a batch of packets with their chunks against eviction and an explanation") {
    explore(
        [] {
            PureScene scene;
            together([&] { scene.submit_batch(); },
                     [&] {
                         static_cast<void>(scene.collator->evict_oldest());
                         static_cast<void>(scene.collator->explain(1));
                     });
            scene.drain();
            scene.end();
        },
        500);
}

TEST_CASE("Schedules: the report of a drain names a direct call that runs") {
    explore([] {
        PlainScene scene;
        bool runs = false;
        std::size_t named = 0;
        scene.account.in_transform = [&](char) {
            runs = true;
            Scheduler::current().point("runs", &runs);
            runs = false;
        };
        together([&] { scene.submit(1, 0); },
                 [&] {
                     const bool ran_before = runs;
                     const auto report = scene.collator->drain(0s);
                     named = report.running.size();
                     require(!(ran_before && runs) || named == 1, "a running call is not named");
                 });
        scene.drain();
        scene.end();
    });
}
