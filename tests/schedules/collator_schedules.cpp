// Two and three threads that use one collator: submission, completion, deadlines and stopping in every order.

#include "collator_program.hpp"

#include <sheaf/executor/inline_executor.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <optional>

namespace {

using namespace schedule;
using InlineCollator = Collator<sheaf::InlineExecutor, HostTimerTraits>;
using PoolCollator = Collator<Pool>;

/// A collator of one run, and its account.
template <class Type>
struct Scene {
    template <class... Executor>
    explicit Scene(const sheaf::Options& chosen, Executor&&... executor)
        : collator{std::in_place,    Letter{&account},
                   Taking{&account}, std::forward<Executor>(executor)...,
                   chosen,           sheaf::TraitsTag<typename Type::traits_type>{}} {}

    sheaf::Verdict submit(std::uint64_t id, std::uint64_t index, bool last = false) {
        return account.submit(*collator, id, index, last).verdict();
    }
    void drain(std::chrono::nanoseconds allowed = 1h) { status = collator->drain(allowed).status; }
    void cancel() {
        collator->cancel();
        account.quiet = true;
    }
    /// What must hold when all has been delivered.
    void end() {
        account.quiet ? account.check_left(collator->statistics())
                      : account.check_rest(collator->statistics());
        account.quiet = true;
        collator.reset();
        account.check_end();
    }

    Account account;
    std::optional<Type> collator;
    sheaf::DrainStatus status = sheaf::DrainStatus::deadline;
};

struct InlineScene : Scene<InlineCollator> {
    explicit InlineScene(const sheaf::Options& chosen = options())
        : Scene{chosen, sheaf::InlineExecutor{}} {}
};
struct PoolScene : Scene<PoolCollator> {
    explicit PoolScene(const sheaf::Options& chosen = options(), std::size_t threads = 1)
        : Scene{chosen, Pool{threads}} {}
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
        Mutex mutex;
        ConditionVariable never_notified;
        std::unique_lock lock{mutex};
        static_cast<void>(never_notified.wait_for(lock, 61s));
        lock.unlock();
        require(scene.account.completed == 1 && scene.account.incomplete == 1, "the gap has not been ended");
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
        scene.account.in_transform = [&](char) {
            if (++calls == 1) { throw std::runtime_error{"not now"}; }
        };
        scene.submit(1, 0, true);
        scene.drain();
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
        scene.account.in_sink = [&] {
            if (++calls == 1) { throw std::runtime_error{"not now"}; }
        };
        scene.submit(1, 0, true);
        scene.drain();
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
        scene.account.in_sink = [&] {
            if (++calls == 1) { throw std::runtime_error{"not now"}; }
        };
        scene.submit(1, 0, true);
        scene.cancel();
        if (calls ==
            1) {  // the last attempt was the first one, and without a dead letter the event goes nowhere
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
