#include <sheaf/packet_collator.hpp>

#include <collator_fixtures.hpp>
#include <erased_collator.hpp>

#include <array>

// What callbacks may do with their own collator: submit, cancel, destroy it, drain it.

namespace {

using sheaf::DrainStatus;
using sheaf::IncompleteReason;
using sheaf::Outcome;
using sheaf::Rejection;
using test::last_packet;
using test::packet;
using test::Signal;
using test::TextSink;
using namespace std::chrono_literals;

/// Transform and sink that call a function of the test, through which the collator is within their reach.
struct Hooks {
    std::function<void(std::string_view)> in_transform = [](std::string_view) {};
    std::function<void(const test::TextCompleted&)> in_completed = [](const test::TextCompleted&) {};
    std::function<void(const test::TextIncomplete&)> in_incomplete = [](const test::TextIncomplete&) {};
    Signal may_destroy{};
    Signal is_over{};
    std::atomic<int> events{0};

    [[nodiscard]] auto transform() {
        return [this](std::span<const std::byte> payload) {
            auto text = test::text_of(payload);
            in_transform(text);
            return text;
        };
    }
    void deliver(const test::TextCompleted& event) { in_completed(event); }
    void deliver(const test::TextIncomplete& event) { in_incomplete(event); }
};

/// The same, shared with the collator: for tests in which one of its threads may be the last to leave.
struct SharedHooks {
    void deliver(const test::TextCompleted& event) { hooks->in_completed(event); }
    void deliver(const test::TextIncomplete& event) { hooks->in_incomplete(event); }
    [[nodiscard]] std::string operator()(std::span<const std::byte> payload) const {
        auto text = test::text_of(payload);
        hooks->in_transform(text);
        return text;
    }
    /// The collator has gone, and no thread of it is left in here.
    [[nodiscard]] bool are_left() const {
        return test::eventually([this] { return hooks.use_count() == 1; });
    }

    std::shared_ptr<Hooks> hooks = std::make_shared<Hooks>();
};

/// An inline executor with a state, which it uses after the task.
struct CountingExecutor {
    template <class F>
    void execute(F&& task) {
        CHECK(alive == 42);
        std::forward<F>(task)();
        CHECK(alive == 42);
        ++done;
    }
    CountingExecutor() = default;
    CountingExecutor(CountingExecutor&& other) noexcept
        : done{other.done} {}
    CountingExecutor& operator=(CountingExecutor&&) = delete;
    ~CountingExecutor() { alive = 0; }

    volatile int alive = 42;
    int done = 0;
};

struct OneStripeHostTraits : test::HostTimerTraits {
    static constexpr std::size_t stripe_count = 1;
};

template <class Collator>
[[nodiscard]] bool submits(Collator& collator, std::uint64_t id) {
    return collator.submit(last_packet(id, 0, "x")).accepted();
}

}  // namespace

TEST_CASE("reentrancy: a sink that submits does not recurse") {
    Hooks hooks;
    test::Collator collator{hooks.transform(), std::ref(hooks)};
    constexpr std::uint64_t count = 20'000;  // recursion of that depth would end the program
    int depth = 0;
    int deepest = 0;
    std::uint64_t delivered = 0;
    hooks.in_completed = [&](const test::TextCompleted& event) {
        deepest = std::max(deepest, ++depth);
        ++delivered;
        if (event.id < count) { CHECK(submits(collator, event.id + 1)); }
        --depth;
    };
    CHECK(submits(collator, 1));
    CHECK(delivered == count);
    CHECK(deepest == 1);
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("reentrancy: a sink that submits on a pool does not recurse, and drain waits for all of it") {
    Hooks hooks;
    test::Collator collator{hooks.transform(), std::ref(hooks), sheaf::ThreadPool{2}};
    std::atomic<int> delivered{0};
    Signal all;
    hooks.in_completed = [&](const test::TextCompleted& event) {
        if (event.id < 1000) { CHECK(submits(collator, event.id + 1)); }
        if (++delivered == 1000) { all.set(); }
    };
    CHECK(submits(collator, 1));
    CHECK(all.wait());
    CHECK(collator.drain(30s).status == DrainStatus::finished);
    CHECK(delivered == 1000);
}

TEST_CASE("reentrancy: a transform may submit packets of its own resource and of others") {
    Hooks hooks;
    TextSink sink;
    test::Collator collator{hooks.transform(), std::ref(sink)};
    hooks.in_transform = [&](std::string_view text) {
        if (text == "a") {
            CHECK(collator.submit(last_packet(1, 1, "b")).accepted());
            CHECK(collator.submit(packet(1, 0, "a")) == Outcome{sheaf::Verdict::duplicate});
            CHECK(submits(collator, 2));
        }
    };
    CHECK(collator.submit(packet(1, 0, "a")).accepted());
    const auto completed = sink.completed();
    REQUIRE(completed.size() == 2);
    CHECK(completed[1].output == "ab");
}

TEST_CASE("reentrancy: drain inside a transform or a sink would deadlock, and does nothing") {
    Hooks hooks;
    test::Collator collator{hooks.transform(), std::ref(hooks), sheaf::ThreadPool{1}};
    std::atomic<int> answered{0};
    const auto drains = [&] {
        const auto report = collator.drain(30s);
        CHECK(report.status == DrainStatus::would_deadlock);
        CHECK(report.statistics.in_flight.packets == 1);
        ++answered;
    };
    hooks.in_transform = [&](std::string_view) { drains(); };
    hooks.in_completed = [&](const test::TextCompleted&) { drains(); };
    CHECK(submits(collator, 1));
    CHECK(test::eventually([&] { return collator.statistics().completed == 1; }));
    CHECK(answered == 2);
    hooks.in_transform = [](std::string_view) {};
    hooks.in_completed = [](const test::TextCompleted&) {};
    CHECK(submits(collator, 2));  // the intake is still open
}

TEST_CASE("reentrancy: statistics, explain and evict_oldest are legal in callbacks") {
    Hooks hooks;
    test::Collator collator{hooks.transform(), std::ref(hooks)};
    int evicted = 0;
    hooks.in_completed = [&](const test::TextCompleted& event) {
        CHECK(test::conserves(collator.statistics()));
        CHECK(collator.explain(event.id).find("with the sink") != std::string::npos);
        CHECK(collator.evict_oldest());
        CHECK(evicted == 0);
    };
    hooks.in_incomplete = [&](const test::TextIncomplete& event) {
        CHECK(event.reason == IncompleteReason::evicted);
        ++evicted;
    };
    CHECK(collator.submit(packet(5, 1, "b")).accepted());
    CHECK(submits(collator, 1));
    CHECK(evicted == 1);
}

TEST_CASE("reentrancy: for another collator a callback is a caller like any other") {
    const test::Watchdog watchdog;
    Hooks hooks;
    TextSink others;
    test::Collator other{test::Text{}, std::ref(others)};
    test::Collator collator{hooks.transform(), std::ref(hooks)};
    hooks.in_completed = [&](const test::TextCompleted&) {
        CHECK(submits(other, 7));
        CHECK(others.completed().size() == 1);
        CHECK(other.submit(packet(8, 0, "a")).accepted());
        CHECK(other.drain(30s).status == DrainStatus::finished);
        CHECK(others.incomplete().size() == 1);
        other.cancel();
    };
    CHECK(submits(collator, 1));
    CHECK(collator.statistics().completed == 1);
    CHECK(test::is_at_rest(other.statistics()));
}

TEST_CASE("reentrancy: inside a callback of one collator another one is cancelled at once") {
    Hooks hooks;
    TextSink others;
    test::Collator other{test::Text{}, std::ref(others)};
    test::Collator collator{hooks.transform(), std::ref(hooks)};
    CHECK(other.submit(packet(8, 0, "a")).accepted());
    hooks.in_transform = [&](std::string_view) {
        other.cancel();
        CHECK(others.incomplete().size() == 1);
    };
    CHECK(submits(collator, 1));
    CHECK(others.size() == 1);
}

TEST_CASE("reentrancy: a sink may destroy the collator, the rest is drained when it has returned") {
    const test::Watchdog watchdog;
    Hooks hooks;
    using Collator =
        sheaf::PacketCollator<decltype(hooks.transform()), std::reference_wrapper<Hooks>, CountingExecutor>;
    auto collator = std::make_unique<Collator>(hooks.transform(), std::ref(hooks));
    bool in_sink = false;
    int incomplete = 0;
    hooks.in_completed = [&](const test::TextCompleted&) {
        in_sink = true;
        collator.reset();
        in_sink = false;
    };
    hooks.in_incomplete = [&](const test::TextIncomplete& event) {
        CHECK_FALSE(in_sink);
        CHECK(event.reason == IncompleteReason::drained);
        ++incomplete;
    };
    CHECK(collator->submit(packet(2, 0, "a")).accepted());
    CHECK(submits(*collator, 1));
    CHECK(collator == nullptr);
    CHECK(incomplete == 1);
}

TEST_CASE("reentrancy: a transform may destroy the collator, its own packet still counts") {
    const test::Watchdog watchdog;
    Hooks hooks;
    using Collator = test::Collator<>;
    auto collator = std::make_unique<Collator>(hooks.transform(), std::ref(hooks));
    int completed = 0;
    hooks.in_completed = [&](const test::TextCompleted&) { ++completed; };
    hooks.in_transform = [&](std::string_view) { collator.reset(); };
    CHECK(submits(*collator, 1));
    CHECK(collator == nullptr);
    CHECK(completed == 1);
}

TEST_CASE("reentrancy: a batch whose sink destroys the collator still ends every packet once") {
    const test::Watchdog watchdog{20s};
    Hooks hooks;
    using Collator =
        sheaf::PacketCollator<decltype(hooks.transform()), std::reference_wrapper<Hooks>, CountingExecutor>;
    auto collator = std::make_unique<Collator>(hooks.transform(), std::ref(hooks), CountingExecutor{},
                                               sheaf::Options{.destructor_deadline = 1h});
    int events = 0;
    hooks.in_completed = [&](const test::TextCompleted&) {
        ++events;
        collator.reset();
    };
    hooks.in_incomplete = [&](const test::TextIncomplete&) { ++events; };
    std::vector<test::Packet> batch;
    for (std::uint64_t id = 0; id < 10; ++id) { batch.push_back(last_packet(id, 0, "x")); }
    const auto counts = collator->submit(std::span{batch});
    CHECK(static_cast<std::size_t>(events) == counts.accepted);
    CHECK(counts.accepted + counts.rejected == 10);
}

TEST_CASE("reentrancy: a batch whose sink cancels still ends every packet once") {
    const test::Watchdog watchdog{20s};
    Hooks hooks;
    test::Collator collator{hooks.transform(), std::ref(hooks)};
    int events = 0;
    hooks.in_completed = [&](const test::TextCompleted&) {
        ++events;
        collator.cancel();
    };
    hooks.in_incomplete = [&](const test::TextIncomplete&) { ++events; };
    std::vector<test::Packet> batch;
    for (std::uint64_t id = 0; id < 200; ++id) { batch.push_back(last_packet(id, 0, "x")); }
    const auto counts = collator.submit(std::span{batch});
    CHECK(static_cast<std::size_t>(events) == counts.accepted);
    CHECK(counts.accepted + counts.rejected == 200);
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("reentrancy: a sink that destroys the collator in a drain on the same thread") {
    const test::Watchdog watchdog{20s};
    Hooks hooks;
    using Collator = sheaf::PacketCollator<decltype(hooks.transform()), std::reference_wrapper<Hooks>,
                                           CountingExecutor, test::OneStripeTraits>;
    auto collator = std::make_unique<Collator>(hooks.transform(), std::ref(hooks));
    int events = 0;
    hooks.in_incomplete = [&](const test::TextIncomplete&) {
        ++events;
        collator.reset();
    };
    for (std::uint64_t id = 0; id < 10; ++id) { CHECK(collator->submit(packet(id, 1, "x")).accepted()); }
    CHECK(collator->drain(10s).status == DrainStatus::finished);
    CHECK(events == 10);
}

TEST_CASE("reentrancy: a sink that destroys the collator while a host advances it") {
    const test::Watchdog watchdog{20s};
    Hooks hooks;
    using Collator = sheaf::PacketCollator<decltype(hooks.transform()), std::reference_wrapper<Hooks>,
                                           CountingExecutor, OneStripeHostTraits>;
    auto collator = std::make_unique<Collator>(hooks.transform(), std::ref(hooks));
    int events = 0;
    hooks.in_incomplete = [&](const test::TextIncomplete&) {
        ++events;
        collator.reset();
    };
    for (std::uint64_t id = 0; id < 10; ++id) { CHECK(collator->submit(packet(id, 1, "x")).accepted()); }
    test::FakeClock::advance(61s);
    collator->advance(test::FakeClock::at());
    CHECK(events == 10);
}

/// A sink on one of the pool's threads destroys the collator that owns the pool, while a resource has a gap.
void destroy_on_worker(std::size_t workers) {
    const SharedHooks shared;
    Hooks& hooks = *shared.hooks;
    using Collator = test::Collator<sheaf::ThreadPool>;
    auto* const collator = new Collator{shared, shared, sheaf::ThreadPool{workers}};
    hooks.in_completed = [&hooks, collator](const test::TextCompleted&) {
        ++hooks.events;
        CHECK(hooks.may_destroy.wait());
        delete collator;
    };
    hooks.in_incomplete = [&hooks](const test::TextIncomplete&) {
        ++hooks.events;
        hooks.is_over.set();
    };
    CHECK(collator->submit(packet(2, 1, "gap")).accepted());
    CHECK(test::eventually([&] { return collator->statistics().transforms_in_flight == 0; }));
    CHECK(submits(*collator, 1));
    hooks.may_destroy.set();  // the destructor must not overlap a call from outside
    CHECK(hooks.is_over.wait(15s));
    CHECK(hooks.events == 2);
    CHECK(shared.are_left());
}

TEST_CASE("reentrancy: a sink on the pool's own thread may destroy the collator that owns the pool") {
    const test::Watchdog watchdog;
    for (int round = 0; round < 20; ++round) { destroy_on_worker(3); }
}

TEST_CASE("reentrancy: a sink on the pool's only thread may destroy the collator, gaps and all") {
    const test::Watchdog watchdog{25s};
    destroy_on_worker(1);
}

TEST_CASE("reentrancy: destruction on the only worker does not wait for what only that worker could run") {
    const test::Watchdog watchdog{25s};
    const SharedHooks shared;
    Hooks& hooks = *shared.hooks;
    Signal go;
    using Collator = test::Collator<sheaf::ThreadPool>;
    auto* const collator = new Collator{shared, shared, sheaf::ThreadPool{1}};
    hooks.in_transform = [&go](std::string_view text) {
        if (text == "first") { CHECK(go.wait()); }
    };
    const auto count_event = [&hooks] {
        if (++hooks.events == 3) { hooks.is_over.set(); }
    };
    hooks.in_completed = [=](const test::TextCompleted& event) {
        if (event.id == 1) { delete collator; }
        count_event();
    };
    hooks.in_incomplete = [=](const test::TextIncomplete&) { count_event(); };
    CHECK(collator->submit(last_packet(1, 0, "first")).accepted());
    CHECK(submits(*collator, 2));
    CHECK(submits(*collator, 3));
    const auto begin = std::chrono::steady_clock::now();
    go.set();
    CHECK(hooks.is_over.wait(40s));
    CHECK(std::chrono::steady_clock::now() - begin < 15s);
    CHECK(shared.are_left());
}

TEST_CASE("reentrancy: a sink on the timer's thread may destroy the collator") {
    const test::Watchdog watchdog;
    const SharedHooks shared;
    Hooks& hooks = *shared.hooks;
    using Collator = test::Collator<>;
    auto* const collator = new Collator{shared, shared, sheaf::InlineExecutor{},
                                        sheaf::Options{.gap_timeout = 20ms, .destructor_deadline = 10s}};
    hooks.in_incomplete = [&hooks, collator](const test::TextIncomplete&) {
        if (hooks.events == 0) { delete collator; }
        if (++hooks.events == 5) { hooks.is_over.set(); }
    };
    std::vector<test::Packet> batch;
    for (std::uint64_t id = 0; id < 5; ++id) { batch.push_back(packet(id, 1, "b")); }
    CHECK(collator->submit(std::span{batch}).accepted == 5);
    CHECK(hooks.is_over.wait());
    CHECK(hooks.events == 5);
    CHECK(shared.are_left());
}
