#include <sheaf/packet_collator.hpp>

#include <collator_fixtures.hpp>
#include <erased_collator.hpp>

namespace {

using test::last_packet;
using test::packet;
using test::Signal;
using test::TextSink;
using namespace std::chrono_literals;

}  // namespace

TEST_CASE("executors: inline, everything has happened when submit returns") {
    std::thread::id transform_on;
    std::thread::id sink_on;
    test::Collator collator{
        [&](std::span<const std::byte> payload) {
            transform_on = std::this_thread::get_id();
            return test::text_of(payload);
        },
        sheaf::Handlers{[&](const test::TextCompleted&) { sink_on = std::this_thread::get_id(); },
                        [](const test::TextIncomplete&) {}}};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(transform_on == std::this_thread::get_id());
    CHECK(sink_on == std::this_thread::get_id());
}

TEST_CASE("executors: packets of one resource are transformed in parallel") {
    const test::Watchdog watchdog;
    std::atomic<int> inside{0};
    TextSink sink;
    test::Collator collator{[&](std::span<const std::byte> payload) {
                                ++inside;
                                CHECK(test::eventually([&] { return inside >= 3; }));
                                return test::text_of(payload);
                            },
                            std::ref(sink), sheaf::ThreadPool{3}};
    CHECK(collator.submit(packet(1, 0, "a")).accepted());
    CHECK(collator.submit(packet(1, 1, "b")).accepted());
    CHECK(collator.submit(last_packet(1, 2, "c")).accepted());
    CHECK(collator.drain(30s).status == sheaf::DrainStatus::finished);
    REQUIRE(sink.completed().size() == 1);
    CHECK(sink.completed().front().output == "abc");
}

TEST_CASE("executors: the sink is called on the thread whose transform was the last") {
    std::atomic<std::thread::id> last_transform;
    std::thread::id sink_on;
    test::Collator collator{
        [&](std::span<const std::byte> payload) {
            last_transform = std::this_thread::get_id();
            return test::text_of(payload);
        },
        sheaf::Handlers{[&](const test::TextCompleted&) { sink_on = std::this_thread::get_id(); },
                        [](const test::TextIncomplete&) {}},
        sheaf::ThreadPool{1}};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(collator.drain(30s).status == sheaf::DrainStatus::finished);
    CHECK(sink_on == last_transform.load());
    CHECK(sink_on != std::this_thread::get_id());
}

TEST_CASE("executors: a pool that is lent serves two collators and lives on") {
    sheaf::ThreadPool pool{2};
    TextSink sink;
    {
        test::Collator one{test::Text{}, std::ref(sink), std::ref(pool)};
        test::Collator two{test::Text{}, std::ref(sink), std::ref(pool)};
        for (std::uint64_t id = 0; id < 100; ++id) {
            CHECK(one.submit(last_packet(id, 0, "a")).accepted());
            CHECK(two.submit(last_packet(id, 0, "b")).accepted());
        }
    }
    CHECK(sink.completed().size() == 200);
    Signal still_works;
    pool.execute([&] { still_works.set(); });
    CHECK(still_works.wait());
}

TEST_CASE("executors: every order of a manual executor gives the same output") {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        TextSink sink;
        sheaf::ManualExecutor executor{seed};
        test::Collator collator{test::Text{}, std::ref(sink), std::ref(executor)};
        for (std::uint64_t i = 0; i < 10; ++i) {
            CHECK(collator.submit(packet(1, i, std::to_string(i), i == 9)).accepted());
        }
        CHECK(sink.size() == 0);
        CHECK(executor.run_all() == 10);
        REQUIRE(sink.completed().size() == 1);
        CHECK(sink.completed().front().output == "0123456789");
    }
}

TEST_CASE("executors: what a deadline ends is delivered by the executor, not by advance") {
    TextSink sink;
    sheaf::ManualExecutor executor;
    test::Collator collator{test::Text{},
                            std::ref(sink),
                            std::ref(executor),
                            {.gap_timeout = 1s},
                            sheaf::traits<test::HostTimerTraits>};
    CHECK(collator.submit(packet(1, 1, "b")).accepted());
    CHECK(executor.run_all() == 1);
    test::pass(collator, 1s);
    CHECK(sink.size() == 0);
    CHECK(executor.run_all() == 1);
    CHECK(sink.incomplete().size() == 1);
}

TEST_CASE("executors: destruction with tasks queued in a lent executor, they find nothing to do") {
    const test::Watchdog watchdog;
    std::atomic<int> transforms{0};
    TextSink sink;
    sheaf::ManualExecutor queue;
    {
        test::Collator collator{test::Counted{transforms, test::Text{}}, std::ref(sink), std::ref(queue)};
        CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
        CHECK(collator.submit(last_packet(2, 0, "b")).accepted());
        collator.cancel();
        CHECK(sink.incomplete().size() == 2);
    }
    CHECK(queue.run_all() == 2);
    CHECK(transforms == 0);
    CHECK(sink.size() == 2);
}

TEST_CASE("executors: a transform that runs in a lent executor outlives its collator") {
    const test::Watchdog watchdog;
    TextSink sink;
    Signal is_called;
    Signal may_return;
    auto held = std::make_shared<int>(0);
    const std::weak_ptr<int> alive = held;
    sheaf::ThreadPool pool{1};
    const test::SetAtExit let_go{may_return};
    {
        test::Collator collator{
            [&is_called, &may_return, held = std::move(held)](std::span<const std::byte>) {
                is_called.set();
                CHECK(may_return.wait());
                return std::string{};
            },
            std::ref(sink),
            std::ref(pool),
            {.destructor_deadline = 0ns}};
        CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
        CHECK(is_called.wait());
    }
    CHECK_FALSE(alive.expired());
    CHECK(sink.incomplete().size() == 1);
}

TEST_CASE("executors: tasks that a lent executor destroys later are settled as failed") {
    TextSink sink;
    sheaf::ManualExecutor manual;
    test::Collator collator{test::Text{}, std::ref(sink), std::ref(manual)};
    CHECK(collator.submit(packet(1, 0, "a")).accepted());
    CHECK(collator.submit(last_packet(1, 1, "b")).accepted());
    manual = sheaf::ManualExecutor{};
    REQUIRE(sink.incomplete().size() == 1);
    const auto event = sink.incomplete().front();
    CHECK(event.reason == sheaf::IncompleteReason::transform_failed);
    CHECK(test::holds<sheaf::BrokenCompletion>(event.error));
    CHECK(event.payloads.size() == 2);
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("executors: tasks that a lent executor destroys after the collator has gone are harmless") {
    TextSink sink;
    auto queue = std::make_unique<sheaf::ManualExecutor>();
    {
        test::Collator collator{test::Text{}, std::ref(sink), std::ref(*queue)};
        CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
        collator.cancel();
    }
    queue.reset();
    CHECK(sink.incomplete().size() == 1);
}

TEST_CASE("executors: a pool of the collator's own runs what is queued before the destructor returns") {
    std::atomic<int> transforms{0};
    TextSink sink;
    {
        test::Collator collator{[&](std::span<const std::byte> payload) {
                                    std::this_thread::sleep_for(100us);
                                    ++transforms;
                                    return test::text_of(payload);
                                },
                                std::ref(sink), sheaf::ThreadPool{2}};
        for (std::uint64_t id = 0; id < 100; ++id) {
            CHECK(collator.submit(last_packet(id, 0, "a")).accepted());
        }
    }
    CHECK(transforms == 100);
    CHECK(sink.completed().size() == 100);
}

TEST_CASE("executors: a small queue holds producers back, and everything gets through") {
    const test::Watchdog watchdog;
    TextSink sink;
    test::Collator collator{
        test::Text{}, std::ref(sink), sheaf::ThreadPool{1, {.queue_capacity = 1}}, {.gap_timeout = 5ms}};
    {
        std::vector<test::Thread> threads;
        for (std::uint64_t t = 0; t < 3; ++t) {
            threads.emplace_back([&, t] {
                for (std::uint64_t id = t; id < 300; id += 3) {
                    CHECK(collator.submit(packet(id, id % 2, "a", true)).accepted());
                }
            });
        }
    }
    CHECK(test::eventually([&] { return sink.size() == 300; }));
    CHECK(sink.completed().size() == 150);
}

TEST_CASE("executors: a full queue does not stop the clocks") {
    const test::Watchdog watchdog;
    Signal arrived;
    Signal let_go;
    TextSink sink;
    test::Collator collator{test::Hanging{arrived, let_go},
                            std::ref(sink),
                            sheaf::ThreadPool{1, {.queue_capacity = 1}},
                            {.gap_timeout = 20ms, .transform_timeout = 200ms}};
    const test::SetAtExit guard{let_go};
    CHECK(collator.submit(packet(1, 1, "gap")).accepted());
    CHECK(collator.submit(last_packet(2, 0, "hang")).accepted());
    CHECK(arrived.wait());
    CHECK(collator.submit(last_packet(3, 0, "queued")).accepted());
    // The event of the gap finds no room in the queue; the timer has to get on all the same.
    CHECK(test::eventually([&] { return collator.statistics().transform_failures == 1; }, 10s));
    let_go.set();
    CHECK(test::eventually([&] { return sink.size() == 3; }));
}

TEST_CASE("executor: one that drops deliveries is not asked again without a pause") {
    test::OnceExecutor executor;
    TextSink sink;
    test::Collator collator{test::Text{},
                            std::ref(sink),
                            std::ref(executor),
                            {.delivery_backoff = {.initial = 0ns}, .destructor_deadline = 0ns}};
    CHECK(collator.submit(packet(1, 0, "a")).accepted());
    CHECK(collator.drain(50ms).status == sheaf::DrainStatus::deadline);
    CHECK(executor.calls <= 60);
    collator.cancel();
    CHECK(sink.incomplete().size() == 1);
}
