// Transforms and sinks that answer later, on another thread: the answer against everything else.

#include "collator_program.hpp"

#include <sheaf/acknowledgement.hpp>
#include <sheaf/completion.hpp>
#include <sheaf/executor/inline_executor.hpp>

#include <doctest/doctest.h>

#include <deque>
#include <optional>

namespace {

using namespace schedule;

/// What one thread has left for another to answer.
template <class T>
class Mailbox {
public:
    void put(T item) {
        const std::lock_guard lock{mutex_};
        items_.push_back(std::move(item));
        changed_.notify_one();
    }
    [[nodiscard]] T take() {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [this] { return !items_.empty(); });
        T item = std::move(items_.front());
        items_.pop_front();
        return item;
    }
    [[nodiscard]] bool is_empty() {
        const std::lock_guard lock{mutex_};
        return items_.empty();
    }

private:
    Mutex mutex_;
    ConditionVariable changed_;
    std::deque<T> items_;
};

struct Call {
    char letter;
    sheaf::Completion<std::string> completion;

    void succeed() { completion.complete({letter}); }
};

/// Transform: leaves its calls to whoever empties the box.
struct Leaving {
    using chunk_type = std::string;
    Mailbox<Call>* calls;

    void operator()(std::span<const std::byte> payload, sheaf::Completion<std::string> completion) const {
        calls->put({static_cast<char>(payload.front()), std::move(completion)});
    }
};

/// Sink that leaves its answers to whoever empties the box.
struct Owing {
    Account* account;
    Mailbox<sheaf::Acknowledgement>* answers;

    void deliver(const Completed& event, sheaf::Acknowledgement acknowledgement) const {
        account->arrived(event);
        attempts().push_back([taken = account, &event] { taken->taken(event); });
        answers->put(std::move(acknowledgement));
    }
    void deliver(const Incomplete& event, sheaf::Acknowledgement acknowledgement) const {
        account->arrived(event);
        attempts().push_back([taken = account, &event] { taken->taken(event); });
        answers->put(std::move(acknowledgement));
    }
    void release(std::span<int> receipts) const noexcept { account->released(receipts); }

    /// How to book each attempt, if it succeeds; the event is there as long as the acknowledgement.
    [[nodiscard]] static std::deque<std::function<void()>>& attempts() {
        static std::deque<std::function<void()>> all;
        return all;
    }
    static void book() {
        attempts().front()();
        attempts().pop_front();
    }
};

/// Calls end under the lock of one stripe while packets come to the other.
struct CallingTraits : TwoStripeTraits {
    using timer = sheaf::HostTimer;
};
using CallingCollator = sheaf::PacketCollator<Leaving, Taking, sheaf::InlineExecutor, CallingTraits>;
using OwingCollator = sheaf::PacketCollator<Letter, Owing, sheaf::InlineExecutor, HostTimerTraits>;

/// A collator whose transform answers later.
struct CallingScene {
    explicit CallingScene(const sheaf::Options& chosen = options())
        : collator{std::in_place,           Leaving{&calls}, Taking{&account},
                   sheaf::InlineExecutor{}, chosen,          sheaf::TraitsTag<CallingTraits>{}} {}

    void submit(std::uint64_t id, std::uint64_t index, bool last = false) {
        static_cast<void>(account.submit(*collator, id, index, last));
    }
    void pass(std::chrono::nanoseconds span) {
        Scheduler::current().pass(span);
        collator->advance(Clock::now().time_since_epoch());
    }
    void end() {
        account.check_rest(collator->statistics());
        account.quiet = true;
        collator.reset();
        account.check_end();
    }

    Account account;
    Mailbox<Call> calls;
    std::optional<CallingCollator> collator;
};

/// A collator whose sink answers later.
struct OwingScene {
    explicit OwingScene(const sheaf::Options& chosen = options())
        : collator{std::in_place,           Letter{&account}, Owing{&account, &answers},
                   sheaf::InlineExecutor{}, chosen,           sheaf::TraitsTag<HostTimerTraits>{}} {
        Owing::attempts().clear();
    }

    void submit(std::uint64_t id, std::uint64_t index, bool last = false) {
        static_cast<void>(account.submit(*collator, id, index, last));
    }
    void take_one() {
        sheaf::Acknowledgement acknowledgement = answers.take();
        Owing::book();
        acknowledgement.delivered();
    }
    void refuse_one() {
        sheaf::Acknowledgement acknowledgement = answers.take();
        Owing::attempts().pop_front();
        acknowledgement.failed(nullptr);
    }

    Account account;
    Mailbox<sheaf::Acknowledgement> answers;
    std::optional<OwingCollator> collator;
};

}  // namespace

TEST_CASE("Schedules: results from another thread against submission") {
    explore([] {
        CallingScene scene;
        together(
            [&] {
                scene.submit(1, 1, true);
                scene.submit(1, 0);
            },
            [&] {
                scene.calls.take().succeed();
                scene.calls.take().succeed();
            });
        require(scene.account.completed == 1, "the resource is not complete");
        scene.end();
    });
}

TEST_CASE("Schedules: a result against its timeout") {
    explore([] {
        sheaf::Options chosen = options();
        chosen.transform_timeout = 5s;
        CallingScene scene{chosen};
        scene.submit(1, 0, true);
        together([&] { scene.pass(5s); }, [&] { scene.calls.take().succeed(); });
        require(scene.account.completed + scene.account.incomplete == 1, "not exactly one event");
        const sheaf::Statistics counts = scene.collator->statistics();
        require(counts.late_results == scene.account.incomplete, "late results counted");
        scene.end();
    });
}

TEST_CASE("Schedules: a result against its timeout and the next attempt") {
    explore([] {
        sheaf::Options chosen = options();
        chosen.transform_timeout = 5s;
        chosen.transform_attempts = 2;
        chosen.transform_backoff = {1s, 1s, 1.0, 0.0};
        CallingScene scene{chosen};
        scene.submit(1, 0, true);
        together(
            [&] {
                scene.pass(5s);
                scene.pass(1s);
            },
            [&] { scene.calls.take().succeed(); });
        // A second attempt was begun where the first one's result came too late.
        if (!scene.calls.is_empty()) { scene.calls.take().succeed(); }
        require(scene.account.completed == 1, "the resource is not complete");
        scene.end();
    });
}

TEST_CASE("Schedules: a result against cancel") {
    explore([] {
        CallingScene scene;
        scene.submit(1, 0, true);
        together([&] { scene.calls.take().succeed(); },
                 [&] {
                     scene.collator->cancel();
                     scene.account.quiet = true;
                 });
        require(scene.account.completed + scene.account.incomplete == 1, "not exactly one event");
        scene.end();
    });
}

TEST_CASE("Schedules: a result against drain") {
    explore([] {
        CallingScene scene;
        scene.submit(1, 0);
        scene.submit(1, 1, true);
        auto status = sheaf::DrainStatus::deadline;
        together([&] { status = drain_at_once(*scene.collator); },
                 [&] {
                     scene.calls.take().succeed();
                     scene.calls.take().succeed();
                 });
        require(status == sheaf::DrainStatus::finished, "drain has not finished");
        require(scene.account.completed == 1, "the resource is not complete");
        scene.end();
    });
}

TEST_CASE("Schedules: a completion that is dropped against the destructor") {
    explore([] {
        CallingScene scene;
        scene.submit(1, 0, true);
        together(
            [&] {
                scene.collator.reset();
                scene.account.quiet = true;
            },
            [&] { static_cast<void>(scene.calls.take()); });
        scene.account.check_end();
    });
}

TEST_CASE("Schedules: an acknowledgement against the return of the call") {
    explore([] {
        OwingScene scene;
        together(
            [&] {
                scene.submit(1, 0, true);
                scene.submit(2, 0, true);
            },
            [&] {
                scene.take_one();
                scene.take_one();
            });
        require(scene.account.completed == 2, "a resource is not complete");
        scene.account.check_rest(scene.collator->statistics());
        scene.account.check_end();
    });
}

TEST_CASE("Schedules: a refusal against the return of the call, then another attempt") {
    explore([] {
        sheaf::Options chosen = options();
        chosen.delivery_attempts = 2;
        chosen.delivery_backoff = {1s, 1s, 1.0, 0.0};
        OwingScene scene{chosen};
        together([&] { scene.submit(1, 0, true); }, [&] { scene.refuse_one(); });
        Scheduler::current().pass(1s);
        together([&] { scene.collator->advance(Clock::now().time_since_epoch()); },
                 [&] { scene.take_one(); });
        require(scene.account.completed == 1, "the resource is not complete");
        scene.account.check_rest(scene.collator->statistics());
        scene.account.check_end();
    });
}

TEST_CASE("Schedules: an acknowledgement against drain") {
    explore([] {
        OwingScene scene;
        scene.submit(1, 0, true);
        auto status = sheaf::DrainStatus::deadline;
        together([&] { status = drain_at_once(*scene.collator); }, [&] { scene.take_one(); });
        require(status == sheaf::DrainStatus::finished, "drain has not finished");
        scene.account.check_rest(scene.collator->statistics());
        scene.account.check_end();
    });
}

TEST_CASE("Schedules: an acknowledgement against drain and cancel") {
    explore([] {
        OwingScene scene;
        scene.submit(1, 0, true);
        together(
            [&] {
                const Undisturbed undisturbed;
                static_cast<void>(drain_at_once(*scene.collator));
                scene.account.quiet = true;
            },
            [&] { scene.collator->cancel(); }, [&] { scene.take_one(); });
        scene.account.check_left(scene.collator->statistics());
    });
}

TEST_CASE("Schedules: an acknowledgement against a drain without time, then another") {
    explore([] {
        OwingScene scene;
        scene.submit(1, 0, true);
        auto status = sheaf::DrainStatus::deadline;
        together([&] { status = scene.collator->drain(0s).status; }, [&] { scene.take_one(); });
        // What had begun before drain returned may end after it: the receipts may come back now.
        require(status != sheaf::DrainStatus::finished || !scene.account.returned.empty(),
                "finished, and the receipts are not back");
        require(drain_at_once(*scene.collator) == sheaf::DrainStatus::finished, "drain has not finished");
        scene.account.check_rest(scene.collator->statistics());
        scene.account.check_end();
    });
}

TEST_CASE("Schedules: an acknowledgement against cancel and destructor") {
    explore([] {
        OwingScene scene;
        scene.submit(1, 0, true);
        together(
            [&] {
                scene.collator->cancel();
                scene.account.quiet = true;
                scene.collator.reset();
            },
            [&] { scene.take_one(); });
        // Receipts come back before cancel has returned, or not at all.
        require(scene.account.delivered == scene.account.accepted, "not delivered");
    });
}

TEST_CASE("Schedules: a producer is not told that nothing goes on while a call that was given up ends") {
    explore([] {
        sheaf::Options narrow = options();
        narrow.transform_timeout = 5s;
        narrow.max_resources = 1;
        CallingScene scene{narrow};
        scene.submit(1, 0, true);
        scene.pass(5s);  // its call goes on
        scene.submit(2, 0, true);
        Packet refused{4, 0, sheaf::Payload{std::string{"a"}}, true, receipt_of(4, 0)};
        sheaf::Outcome answer;
        together([&] { scene.calls.take().succeed(); }, [&] { answer = scene.collator->submit(refused); });
        require(answer == sheaf::Rejection::would_block, "the call of resource 2 was overlooked");
        scene.calls.take().succeed();
        require(scene.account.completed == 1, "the resource is not complete");
        scene.end();
    });
}
