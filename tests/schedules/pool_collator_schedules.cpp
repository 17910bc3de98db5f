// The same with a pool and the timer's thread: completion, backpressure, retries and stopping in every order.

#include "collator_scene.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

namespace {

using namespace schedule;
using PoolCollator = Collator<Pool>;

struct PoolScene : Scene<PoolCollator> {
    explicit PoolScene(const sheaf::Options& chosen = options(), std::size_t threads = 1)
        : Scene{chosen, Pool{threads}} {}
};

/// What a transform or a sink does that fails at its first call.
void fail_at_first(int& calls) {
    if (++calls == 1) { throw std::runtime_error{"not now"}; }
}

}  // namespace

TEST_CASE("Schedules: a pool completes what is submitted, and drain waits for it") {
    explore([] {
        PoolScene scene;
        scene.submit(1, 1, true);
        scene.submit(1, 0);
        scene.drain();
        require(scene.status == sheaf::DrainStatus::finished, "drain has not finished");
        require(scene.account.completed == 1, "the resource is not complete");
        scene.end();
    });
}

TEST_CASE("Schedules: two producers and one place for a transform") {
    explore([] {
        sheaf::Options narrow = options();
        narrow.max_transforms = 1;
        PoolScene scene{narrow};
        together(
            [&] {
                require(scene.submit(1, 0) == sheaf::Verdict::accepted, "not accepted");
                require(scene.submit(1, 1, true) == sheaf::Verdict::accepted, "not accepted");
            },
            [&] { require(scene.submit(2, 0, true) == sheaf::Verdict::accepted, "not accepted"); });
        scene.drain();
        require(scene.account.completed == 2, "a resource is not complete");
        scene.end();
    });
}

TEST_CASE("Schedules: two producers and one place for a resource") {
    explore([] {
        sheaf::Options narrow = options();
        narrow.max_resources = 1;
        PoolScene scene{narrow};
        together([&] { require(scene.submit(1, 0, true) == sheaf::Verdict::accepted, "not accepted"); },
                 [&] { require(scene.submit(2, 0, true) == sheaf::Verdict::accepted, "not accepted"); });
        scene.drain();
        require(scene.account.completed == 2, "a resource is not complete");
        scene.end();
    });
}

TEST_CASE("Schedules: a producer that waits for room against drain") {
    explore([] {
        sheaf::Options narrow = options();
        narrow.max_transforms = 1;
        PoolScene scene{narrow};
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

TEST_CASE("Schedules: a producer that waits for room against cancel") {
    explore([] {
        sheaf::Options narrow = options();
        narrow.max_resources = 1;
        PoolScene scene{narrow};
        together(
            [&] {
                scene.submit(1, 1, true);
                scene.submit(2, 0, true);
            },
            [&] { scene.cancel(); });
        scene.end();
    });
}

TEST_CASE("Schedules: the timer's thread ends a gap") {
    explore([] {
        PoolScene scene;
        scene.submit(1, 1, true);
        scene.submit(2, 0, true);
        // Nobody does anything but the timer: time passes where all wait.
        sleep_for(61s);
        require(scene.account.completed == 1 && scene.account.incomplete == 1, "the gap has not been ended");
        scene.end();
    });
}

TEST_CASE("Schedules: the timer's thread ends one gap after the other") {
    explore([] {
        PoolScene scene;
        scene.submit(1, 1, true);
        Scheduler::current().pass(10s);
        scene.submit(2, 1, true);
        sleep_for(61s);
        require(scene.account.incomplete == 2, "a gap has not been ended");
        scene.end();
    });
}

TEST_CASE("Schedules: the timer's thread closes the gap of a batch while its transform runs") {
    explore([] {
        PoolScene scene;
        scene.account.in_transform = [](char) { sleep_for(100s); };
        Packet packets[] = {{1, 1, sheaf::Payload{std::string{"b"}}, true, receipt_of(1, 1)}};
        sheaf::Outcome outcomes[1];
        static_cast<void>(scene.collator->submit(std::span{packets}, std::span{outcomes}));
        scene.account.note(outcomes[0], 1, 1);
        sleep_for(61s);
        require(scene.submit(1, 0) == sheaf::Verdict::late, "the gap has not been closed");
        scene.drain_for(1h);
        scene.end();
    });
}

TEST_CASE("Schedules: the timer's thread against the destructor") {
    explore([] {
        PoolScene scene;
        scene.submit(1, 1, true);
        Scheduler::current().pass(60s);
        scene.collator.reset();
        scene.account.check_end();
    });
}

TEST_CASE("Schedules: the executor stays until the timer's thread has let go of it") {
    explore(
        [] {
            sheaf::Options chosen = options();
            chosen.destructor_deadline = 0s;  // does not wait for what that thread has in hand
            PoolScene scene{chosen};
            scene.submit(1, 1, true);
            together([] {},
                     [&] {
                         sleep_for(60s);  // as long as the timer's thread, which is older and goes first
                         scene.collator.reset();
                     });
            scene.account.check_end();
        },
        300, Points::after_unlocks_too);
}

TEST_CASE("Schedules: the timer's thread against the missing packet") {
    explore([] {
        PoolScene scene;
        scene.submit(1, 1, true);
        Scheduler::current().pass(60s);
        scene.submit(1, 0);
        scene.drain();
        scene.end();
    });
}

TEST_CASE("Schedules: a transform that fails is tried again, and drain waits for it") {
    explore([] {
        sheaf::Options chosen = options();
        chosen.transform_attempts = 2;
        chosen.transform_backoff = {1s, 1s, 1.0, 0.0};
        PoolScene scene{chosen};
        int calls = 0;
        scene.account.in_transform = [&](char) { fail_at_first(calls); };
        scene.submit(1, 0, true);
        scene.drain_for(1h);
        require(scene.account.completed == 1 && calls == 2, "no second attempt");
        scene.end();
    });
}

TEST_CASE("Schedules: a sink that fails is tried again, and drain waits for it") {
    explore([] {
        sheaf::Options chosen = options();
        chosen.delivery_attempts = 2;
        chosen.delivery_backoff = {1s, 1s, 1.0, 0.0};
        PoolScene scene{chosen};
        int calls = 0;
        scene.account.in_sink = [&] { fail_at_first(calls); };
        scene.submit(1, 0, true);
        scene.drain_for(1h);
        require(scene.account.completed == 1 && calls == 2, "no second attempt");
        scene.end();
    });
}

TEST_CASE("Schedules: a sink that fails against cancel") {
    explore([] {
        sheaf::Options chosen = options();
        chosen.delivery_attempts = 3;
        chosen.delivery_backoff = {1s, 1s, 1.0, 0.0};
        PoolScene scene{chosen};
        int calls = 0;
        scene.account.in_sink = [&] { fail_at_first(calls); };
        scene.submit(1, 0, true);
        scene.cancel();
        if (calls == 1) {
            // The last attempt was the first one, and without a dead letter the event goes nowhere.
            require(scene.collator->statistics().undelivered_resources == 1,
                    "the event is not there any more");
        } else {
            scene.end();
        }
    });
}

TEST_CASE("Schedules: two drains, one with less time") {
    explore([] {
        PoolScene scene;
        scene.submit(1, 0, true);
        together([&] { scene.drain(); }, [&] { static_cast<void>(scene.collator->drain(0s)); });
        scene.end();
    });
}

TEST_CASE("Schedules: two cancels") {
    explore([] {
        PoolScene scene;
        scene.submit(1, 0);
        together([&] { scene.cancel(); }, [&] { scene.cancel(); });
        scene.end();
    });
}

TEST_CASE("Schedules: a sink destroys the collator on the pool's thread") {
    // Lives until the next run, because the pool's thread goes on when the program has ended.
    std::unique_ptr<PoolScene> scene;
    explore([&] {
        if (scene != nullptr) { scene->account.check_end(); }
        scene = std::make_unique<PoolScene>();
        Mutex mutex;
        ConditionVariable changed;
        bool is_asked_for = false;
        scene->account.in_sink = [&] {
            scene->collator.reset();
            const std::lock_guard lock{mutex};
            is_asked_for = true;
            changed.notify_one();
        };
        scene->submit(1, 0, true);
        std::unique_lock lock{mutex};
        changed.wait(lock, [&] { return is_asked_for; });
    });
}

TEST_CASE("Schedules: what a drain without time takes up is delivered for one that has some") {
    explore(
        [] {
            sheaf::Options chosen = options();
            chosen.delivery_attempts = 1;
            PoolScene scene{chosen, 2};
            int deliveries = 0;
            scene.account.in_sink = [&] {
                if (++deliveries < 3) { throw std::runtime_error{"not now"}; }
            };
            scene.submit(1, 0, true);
            sleep_for(1s);
            scene.account.in_transform = [](char) { sleep_for(10s); };
            scene.submit(2, 0, true);
            together(
                [&] {
                    scene.drain_for(1h);
                },  // tries the event once more, in vain, and waits for the transform
                [&] {
                    sleep_for(5s);
                    static_cast<void>(scene.collator->drain(0s));
                });
            require(scene.status == sheaf::DrainStatus::finished, "drain has not finished");
            require(deliveries == 4, "not as many deliveries");
            scene.end();
        },
        300);
}

TEST_CASE(
    "Schedules: a producer that waits for room does not wait for the deliveries that cancel waits for") {
    explore(
        [] {
            sheaf::Options narrow = options();
            narrow.max_resources = 1;
            PoolScene scene{narrow};
            bool has_delivered = false;
            scene.account.in_sink = [&] {
                sleep_for(100s);
                has_delivered = true;
            };
            scene.submit(1, 0, true);
            together(
                [&] {
                    require(scene.submit(2, 0, true) == sheaf::Verdict::rejected, "accepted");
                    require(!has_delivered, "the producer was let go late");
                },
                [&] {
                    sleep_for(1s);
                    scene.cancel();
                });
            scene.end();
        },
        300);
}

TEST_CASE(
    "Schedules: cancel gives an event that went nowhere one more attempt, however long it waits for others") {
    explore(
        [] {
            sheaf::Options chosen = options();
            chosen.delivery_attempts = 1;
            PoolScene scene{chosen};
            int deliveries = 0;
            scene.account.in_sink = [&] {
                if (++deliveries != 2) { throw std::runtime_error{"not now"}; }
                sleep_for(10s);
            };
            scene.submit(1, 0, true);
            sleep_for(1s);
            scene.submit(2, 0, true);
            sleep_for(1s);
            scene.cancel();
            require(deliveries == 3, "not one more attempt");
            const sheaf::Statistics counts = scene.collator->statistics();
            require(counts.completed == 1 && counts.undelivered_resources == 1, "another end");
        },
        300);
}

TEST_CASE("Schedules: a pool's only thread that ends the collator runs what deadlines bring") {
    explore(
        [] {
            sheaf::Options chosen = options();
            chosen.transform_attempts = 2;
            chosen.transform_backoff = {5ms, 5ms, 1.0, 0.0};
            chosen.destructor_deadline = 60s;
            PoolScene scene{chosen};
            int calls = 0;
            scene.account.in_transform = [&](char) { fail_at_first(calls); };
            scene.account.in_sink = [&] {
                sleep_for(1ms);  // until `submit` has returned
                scene.collator.reset();
            };
            scene.submit(1, 0, true);
            scene.submit(2, 0, true);
            sleep_for(1s);
            require(scene.account.completed == 2, "a resource is not complete");
            sleep_for(120s);  // until that thread has ended, whatever it has done
            scene.account.check_end();
        },
        300);
}

TEST_CASE("Schedules: a call that drain leaves behind is in its report") {
    explore([] {
        PoolScene scene;
        bool was_called = false;
        bool has_ended = false;
        scene.account.in_transform = [&](char) {
            was_called = true;
            sleep_for(1s);
            has_ended = true;
        };
        scene.submit(1, 0, true);
        const auto report = scene.collator->drain(0s);
        const bool had_ended = has_ended;
        sleep_for(2s);  // whatever has passed the gate is called by now
        require(!was_called || had_ended || report.running.size() == 1, "a call is not in the report");
        scene.drain_for(1h);
        require(scene.status == sheaf::DrainStatus::finished, "drain has not finished");
        scene.end();
    });
}
