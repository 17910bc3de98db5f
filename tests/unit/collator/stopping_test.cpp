#include <collator_fixtures.hpp>
#include <erased_collator.hpp>

#include <sheaf/packet_collator.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// `drain` and `cancel` beside each other, and what is destroyed when, and by whom.

namespace {

/// The whole of a batch is admitted together.
struct OneStripeReceipts : test::IntReceiptTraits {
    static constexpr std::size_t stripe_count = 1;
};

using sheaf::DrainStatus;
using test::last_packet;
using test::packet;
using test::Signal;
using test::TextCompleted;
using test::TextIncomplete;
using test::TextSink;
using namespace std::chrono_literals;

/// Counts the calls, and fails all of them.
struct DeadSink {
    void deliver(const TextCompleted&) { fail(); }
    void deliver(const TextIncomplete&) { fail(); }
    void fail() {
        ++calls;
        throw std::runtime_error{"down"};
    }
    std::atomic<int> calls{0};
};

/// Asynchronous sink with a thread of its own, which answers when it is told to. Destroying it on that thread would
/// wait for itself.
class AnsweringSink {
public:
    explicit AnsweringSink(Signal& answer)
        : answer_{&answer} {}

    void deliver(const TextCompleted&, sheaf::Acknowledgement handle) { start(std::move(handle)); }
    void deliver(const TextIncomplete&, sheaf::Acknowledgement handle) { start(std::move(handle)); }

private:
    void start(sheaf::Acknowledgement handle) {
        thread_ = test::Thread{[answer = answer_, owned = std::move(handle)]() mutable {
            CHECK(answer->wait());
            owned.delivered();
        }};
    }

    Signal* answer_;
    test::Thread thread_{};
};

/// Keeps its handles, and says when it goes.
class HoardingSink {
public:
    explicit HoardingSink(std::shared_ptr<int> life)
        : life_{std::move(life)} {}
    void deliver(const TextCompleted&, sheaf::Acknowledgement handle) {
        handles_.push_back(std::move(handle));
    }
    void deliver(const TextIncomplete&, sheaf::Acknowledgement handle) {
        handles_.push_back(std::move(handle));
    }

private:
    std::shared_ptr<int> life_;
    std::vector<sheaf::Acknowledgement> handles_{};
};

/// Asynchronous transform that keeps its completions, and says when it goes.
struct KeepingTransform {
    using chunk_type = std::string;
    void operator()(std::span<const std::byte>, sheaf::Completion<std::string> completion) const {
        kept->push_back(std::move(completion));
    }
    std::shared_ptr<int> life;
    std::unique_ptr<std::vector<sheaf::Completion<std::string>>> kept =
        std::make_unique<std::vector<sheaf::Completion<std::string>>>();
};

}  // namespace

TEST_CASE("stopping: nothing starts after cancel, not even in a second one or in the destructor") {
    DeadSink sink;
    {
        test::Collator collator{
            test::Text{}, std::ref(sink), sheaf::InlineExecutor{}, {.delivery_attempts = 1}};
        CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
        collator.cancel();
        CHECK(sink.calls == 2);
        collator.cancel();
        const auto report = collator.drain(1h);
        CHECK(report.status == DrainStatus::undelivered);
        CHECK(report.statistics.undelivered_resources == 1);
    }
    CHECK(sink.calls == 2);
}

TEST_CASE("stopping: cancel beside drains ends, though an event can go nowhere") {
    const test::Watchdog watchdog;
    for (int round = 0; round < 300; ++round) {
        DeadSink sink;
        test::Collator collator{
            test::Text{}, std::ref(sink), sheaf::InlineExecutor{}, {.delivery_attempts = 1}};
        CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
        std::atomic<bool> is_over{false};
        test::Thread drainer{[&] {
            while (!is_over) { static_cast<void>(collator.drain(0s)); }
        }};
        collator.cancel();
        const int calls = sink.calls;
        std::this_thread::yield();
        is_over = true;
        drainer.join();
        CHECK(sink.calls == calls);
        CHECK(collator.statistics().undelivered_resources == 1);
    }
}

TEST_CASE("stopping: a drain beside a cancel returns when that has called the last sink") {
    const test::Watchdog watchdog;
    std::atomic<int> events{0};
    test::Collator collator{test::Text{},
                            sheaf::Handlers{[](const TextCompleted&) {},
                                            [&](const TextIncomplete&) {
                                                std::this_thread::sleep_for(5ms);
                                                ++events;
                                            }},
                            sheaf::ThreadPool{1}};
    for (std::uint64_t id = 0; id < 10; ++id) { CHECK(collator.submit(packet(id, 0, "a")).accepted()); }
    CHECK(test::eventually([&] { return collator.statistics().transforms_in_flight == 0; }));
    test::Thread canceller{[&] { collator.cancel(); }};
    CHECK(test::eventually([&] { return events > 0; }));
    CHECK(collator.drain(30s).status == DrainStatus::finished);
    CHECK(events == 10);
}

TEST_CASE("stopping: a drain without time takes nothing from one that has some") {
    const test::Watchdog watchdog;
    DeadSink sink;
    Signal arrived;
    Signal let_go;
    test::Collator collator{
        test::Hanging{arrived, let_go}, std::ref(sink), sheaf::ThreadPool{2}, {.delivery_attempts = 1}};
    const test::SetAtExit guard{let_go};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(collator.submit(last_packet(2, 0, "hang")).accepted());
    const auto is_given_up = [&] { return collator.explain(1).find("no dead letter") != std::string::npos; };
    CHECK(test::eventually(is_given_up));
    CHECK(arrived.wait());
    test::Thread helper{[&] {
        CHECK(test::eventually([&] { return collator.submit(last_packet(9, 0, "x")).rejected(); }));
        // These take up what the other one has given up, and have no time to deliver it.
        for (int i = 0; i < 20; ++i) { CHECK(collator.drain(0s).status == DrainStatus::deadline); }
        let_go.set();
    }};
    CHECK(collator.drain(20s).status == DrainStatus::undelivered);
}

TEST_CASE("stopping: a late answer does not destroy the sink on its own thread") {
    const test::Watchdog watchdog;
    Signal answer;
    test::Thread helper{[&] {
        std::this_thread::sleep_for(20ms);
        answer.set();
    }};
    {
        sheaf::PacketCollator collator{
            test::Text{}, AnsweringSink{answer}, sheaf::InlineExecutor{}, {.destructor_deadline = 1ms}};
        CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    }  // joins the sink's thread, on this one
    CHECK(answer.is_set());
}

TEST_CASE("stopping: a sink that keeps its handles goes with its collator") {
    const auto life = std::make_shared<int>();
    {
        sheaf::PacketCollator collator{
            test::Text{}, HoardingSink{life}, sheaf::InlineExecutor{}, {.destructor_deadline = 1ms}};
        CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
        CHECK(life.use_count() == 2);
    }
    CHECK(life.use_count() == 1);
}

TEST_CASE("stopping: an asynchronous transform that keeps its completions goes with its collator") {
    const auto life = std::make_shared<int>();
    TextSink sink;
    {
        sheaf::PacketCollator collator{
            KeepingTransform{life}, std::ref(sink), sheaf::InlineExecutor{}, {.destructor_deadline = 1ms}};
        CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
        CHECK(life.use_count() == 2);
    }
    CHECK(life.use_count() == 1);
    CHECK(sink.incomplete().size() == 1);
}

TEST_CASE("stopping: a collator destroyed on its timer's thread finishes what can finish") {
    const test::Watchdog watchdog;
    std::atomic<int> completed{0};
    std::function<void()> destroy;
    Signal may_destroy;
    Signal is_destroyed;
    using Collator = test::Collator<>;
    std::unique_ptr<Collator> collator;
    std::atomic<int> calls{0};
    collator = std::make_unique<Collator>(
        [&](std::span<const std::byte> payload) -> std::string {
            auto text = test::text_of(payload);
            if (text == "again" && ++calls == 1) { throw std::runtime_error{"not yet"}; }
            return text;
        },
        sheaf::Handlers{[&](const TextCompleted&) { ++completed; },
                        [&](const TextIncomplete&) {
                            CHECK(may_destroy.wait());
                            destroy();
                            is_destroyed.set();
                        }},
        sheaf::InlineExecutor{},
        sheaf::Options{.gap_timeout = 20ms,
                       .transform_attempts = 2,
                       .transform_backoff = {.initial = 100ms, .maximum = 100ms, .jitter = 0},
                       .destructor_deadline = 30s});
    CHECK(collator->submit(last_packet(2, 0, "again")).accepted());
    CHECK(collator->submit(packet(1, 1, "a")).accepted());
    // From here on the collator belongs to its sink.
    Collator* const released = collator.release();
    destroy = [released] { delete released; };
    may_destroy.set();
    CHECK(is_destroyed.wait());
    CHECK(test::eventually([&] { return completed == 1; }));
}

TEST_CASE("stopping: a collation does not start after drain has returned") {
    const test::Watchdog watchdog;
    test::HoldingFold::Hold hold;
    Signal arrived;
    Signal let_go;
    TextSink sink;
    sheaf::ThreadPool pool{1};
    sheaf::PacketCollator collator{test::Hanging{arrived, let_go},
                                   std::ref(sink),
                                   std::ref(pool),
                                   {},
                                   sheaf::traits<test::HoldingFoldTraits>};
    const test::SetAtExit guard{hold.let_go};
    const test::SetAtExit other_guard{let_go};
    CHECK(collator.submit(last_packet(1, 0, "hang")).accepted());
    CHECK(arrived.wait());
    CHECK(collator.drain(1ms).status == DrainStatus::deadline);
    let_go.set();
    Signal pool_is_through;
    pool.execute([&] { pool_is_through.set(); });
    CHECK(pool_is_through.wait());
    CHECK_FALSE(hold.arrived.is_set());
    hold.let_go.set();
    CHECK(collator.drain(30s).status == DrainStatus::finished);
}

TEST_CASE("stopping: an asynchronous transform that destroys its collator goes with it") {
    const test::Watchdog watchdog;
    struct Destroying {
        using chunk_type = std::string;
        void operator()(std::span<const std::byte>, sheaf::Completion<std::string> completion) const {
            kept->push_back(std::move(completion));
            (*destroy)();
        }
        std::shared_ptr<int> life;
        std::function<void()>* destroy;
        std::unique_ptr<std::vector<sheaf::Completion<std::string>>> kept =
            std::make_unique<std::vector<sheaf::Completion<std::string>>>();
    };
    const auto life = std::make_shared<int>();
    std::function<void()> destroy;
    TextSink sink;
    {
        using Collator =
            sheaf::PacketCollator<Destroying, std::reference_wrapper<TextSink>, sheaf::ThreadPool>;
        auto* const collator = new Collator{Destroying{life, &destroy}, std::ref(sink), sheaf::ThreadPool{1},
                                            sheaf::Options{.destructor_deadline = 1ms}};
        Signal may_destroy;
        destroy = [&] {
            CHECK(may_destroy.wait());
            delete collator;
        };
        CHECK(collator->submit(last_packet(1, 0, "a")).accepted());
        may_destroy.set();
        CHECK(test::eventually([&] { return life.use_count() == 1; }));
    }
    CHECK(sink.incomplete().size() == 1);
}

TEST_CASE("stopping: what is cancelled and then destroyed in one callback does not drain") {
    const test::Watchdog watchdog;
    std::atomic<int> transforms{0};
    std::function<void()> stop;
    Signal may_stop;
    Signal is_gone;
    std::atomic<int> events{0};
    auto* const collator =
        new test::Collator<sheaf::ThreadPool>{[&](std::span<const std::byte> payload) {
                                                  if (++transforms == 1) {
                                                      CHECK(may_stop.wait());
                                                      stop();
                                                  }
                                                  return test::text_of(payload);
                                              },
                                              sheaf::Handlers{[&](const TextCompleted&) { ++events; },
                                                              [&](const TextIncomplete&) {
                                                                  if (++events == 40) { is_gone.set(); }
                                                              }},
                                              sheaf::ThreadPool{1}};
    stop = [collator] {
        collator->cancel();
        delete collator;
    };
    for (std::uint64_t id = 0; id < 40; ++id) { CHECK(collator->submit(last_packet(id, 0, "a")).accepted()); }
    may_stop.set();
    CHECK(is_gone.wait());
    CHECK(transforms == 1);
}

TEST_CASE("stopping: a batch that waits for the executor holds no receipt that cancel waits for") {
    const test::Watchdog watchdog;
    struct Sink {
        void deliver(const TextCompleted&) {}
        void deliver(const TextIncomplete&) {}
        void release(std::span<OneStripeReceipts::receipt>) noexcept {}
    };
    using OneStripePacket = sheaf::Packet<std::uint64_t, OneStripeReceipts::receipt>;
    std::function<void()> cancel;
    Signal may_cancel;
    sheaf::PacketCollator collator{[&](std::span<const std::byte> payload) {
                                       if (payload.size() == 2) {
                                           CHECK(may_cancel.wait());
                                           cancel();
                                       }
                                       return test::text_of(payload);
                                   },
                                   Sink{},
                                   sheaf::ThreadPool{1, {.queue_capacity = 1}},
                                   {},
                                   sheaf::traits<OneStripeReceipts>};
    cancel = [&] { collator.cancel(); };
    CHECK(collator.submit({.resource_id = 1, .index = 0, .payload = "x", .last = true}).accepted());
    CHECK(test::eventually([&] { return collator.statistics().completed == 1; }));
    std::vector<OneStripePacket> batch(11);
    for (std::size_t i = 0; i < batch.size(); ++i) {
        batch[i].resource_id = 10 + i;
        batch[i].payload = i == 0 ? "go" : "x";
        batch[i].last = true;
    }
    batch.back().resource_id = 1;  // the duplicate
    test::Thread helper{[&] {
        std::this_thread::sleep_for(20ms);  // let the batch come to its wait
        may_cancel.set();
    }};
    const auto counts = collator.submit(std::span{batch});
    CHECK(counts.accepted == 10);
    CHECK(counts.duplicate == 1);
}
