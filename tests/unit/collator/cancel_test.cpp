#include <sheaf/packet_collator.hpp>

#include <collator_fixtures.hpp>
#include <erased_collator.hpp>

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

}  // namespace

TEST_CASE("cancel: ends everything at once, with the payloads of transforms that run or wait") {
    const test::Watchdog watchdog;
    Signal arrived;
    Signal let_go;
    TextSink sink;
    test::Collator collator{test::Hanging{arrived, let_go}, std::ref(sink), sheaf::ThreadPool{1}};
    const test::SetAtExit guard{let_go};
    CHECK(collator.submit(packet(1, 0, "a")).accepted());
    CHECK(collator.submit(packet(1, 3, "d")).accepted());
    CHECK(collator.submit(packet(1, 1, "hang")).accepted());
    CHECK(collator.submit(last_packet(1, 5, "queued")).accepted());
    CHECK(arrived.wait());

    collator.cancel();  // does not wait for the transform
    REQUIRE(sink.incomplete().size() == 1);
    {
        const auto event = sink.incomplete().front();
        CHECK(event.reason == IncompleteReason::cancelled);
        CHECK(event.output == "a");
        CHECK(event.collated == 1);
        REQUIRE(event.chunks.size() == 1);
        CHECK(event.chunks.front().index == 3);
        CHECK(event.chunks.front().chunk == "d");
        REQUIRE(event.payloads.size() == 2);
        CHECK(event.payloads[0].index == 1);
        CHECK(test::text_of(event.payloads[0].payload.bytes()) == "hang");
        CHECK(event.payloads[1].index == 5);
        CHECK(test::text_of(event.payloads[1].payload.bytes()) == "queued");
        CHECK(event.missing == std::vector<sheaf::IndexRange>{{2, 2}, {4, 4}});
        CHECK(event.last_index == 5);
        CHECK(event.packets == 4);
    }
    CHECK(test::has_all_left(collator.statistics()));
    CHECK(collator.statistics().transforms_in_flight == 2);  // the one that runs, and the task behind it
    CHECK(collator.submit(packet(2, 0, "x")) == Outcome{Rejection::shutting_down});
    let_go.set();
    CHECK(test::eventually([&] { return collator.statistics().late_results > 0; }));
    CHECK(sink.size() == 1);
}

TEST_CASE("cancel: no transform starts after it has returned") {
    const test::Watchdog watchdog;
    Signal arrived;
    Signal let_go;
    std::atomic<int> transforms{0};
    TextSink sink;
    sheaf::ThreadPool pool{1};
    test::Collator collator{test::Counted{transforms, test::Hanging{arrived, let_go}}, std::ref(sink),
                            std::ref(pool)};
    const test::SetAtExit guard{let_go};
    CHECK(collator.submit(packet(1, 0, "hang")).accepted());
    CHECK(collator.submit(packet(2, 0, "queued")).accepted());
    CHECK(arrived.wait());
    collator.cancel();
    let_go.set();
    Signal pool_is_through;
    pool.execute([&] { pool_is_through.set(); });
    CHECK(pool_is_through.wait());
    CHECK(transforms == 1);
    CHECK(sink.incomplete().size() == 2);
}

TEST_CASE("cancel: while it delivers it starts no transform that it has cancelled") {
    const test::Watchdog watchdog;
    Signal arrived;
    Signal let_go;
    std::atomic<int> transforms{0};
    sheaf::ThreadPool pool{1};
    int attempts = 0;
    test::Collator collator{test::Counted{transforms, test::Hanging{arrived, let_go}},
                            sheaf::Handlers{[](const test::TextCompleted&) {},
                                            [&](const test::TextIncomplete&) {
                                                ++attempts;
                                                // Meanwhile the worker comes to the tasks in its queue.
                                                let_go.set();
                                                Signal pool_is_through;
                                                pool.execute([&] { pool_is_through.set(); });
                                                CHECK(pool_is_through.wait());
                                            }},
                            std::ref(pool)};
    const test::SetAtExit guard{let_go};
    CHECK(collator.submit(packet(1, 0, "hang")).accepted());
    CHECK(collator.submit(packet(1, 1, "queued")).accepted());
    CHECK(arrived.wait());
    collator.cancel();
    CHECK(attempts == 1);
    CHECK(transforms == 1);
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("cancel: is idempotent, and drain after it has nothing to do") {
    const test::Watchdog watchdog;
    TextSink sink;
    test::Collator collator{test::Text{}, std::ref(sink), sheaf::ThreadPool{2}};
    for (std::uint64_t id = 0; id < 100; ++id) { CHECK(collator.submit(packet(id, 0, "a")).accepted()); }
    collator.cancel();
    CHECK(sink.incomplete().size() == 100);
    collator.cancel();
    CHECK(collator.drain(30s).status == DrainStatus::finished);
    CHECK(sink.incomplete().size() == 100);
    CHECK(sink.completed().empty());
}

TEST_CASE("cancel: a drain that waits for a transform ends when another thread cancels") {
    const test::Watchdog watchdog{20s};
    Signal arrived;
    Signal let_go;
    TextSink sink;
    test::Collator collator{test::Hanging{arrived, let_go}, std::ref(sink), sheaf::ThreadPool{1}};
    const test::SetAtExit guard{let_go};
    CHECK(collator.submit(last_packet(1, 0, "hang")).accepted());
    CHECK(arrived.wait());
    for (std::uint64_t id = 2; id < 200; ++id) {
        CHECK(collator.submit(last_packet(id, 0, "queued")).accepted());
    }
    test::Thread drainer{[&] { static_cast<void>(collator.drain(std::chrono::hours{1})); }};
    CHECK(test::eventually([&] { return collator.submit(last_packet(1, 0, "hang")).rejected(); }));
    collator.cancel();
    drainer.join();
    CHECK(sink.incomplete().size() == 199);
    CHECK(test::has_all_left(collator.statistics()));
    let_go.set();
    CHECK(test::eventually([&] { return test::is_at_rest(collator.statistics()); }));
}

TEST_CASE("cancel: a drain whose deadline passes does not stop a cancel that delivers") {
    const test::Watchdog watchdog{20s};
    // The sink holds the cancel at its first event until the drain has ended.
    std::atomic<bool> is_first{true};
    Signal cancel_delivers;
    Signal drain_has_ended;
    std::atomic<int> events{0};
    test::Collator collator{test::Text{},
                            sheaf::Handlers{[](const test::TextCompleted&) {},
                                            [&](const test::TextIncomplete&) {
                                                ++events;
                                                if (is_first.exchange(false)) {
                                                    cancel_delivers.set();
                                                    CHECK(drain_has_ended.wait());
                                                }
                                            }},
                            sheaf::ManualExecutor{}};
    for (std::uint64_t id = 0; id < 10; ++id) { CHECK(collator.submit(packet(id, 0, "a")).accepted()); }
    test::Thread canceller{[&] { collator.cancel(); }};
    CHECK(cancel_delivers.wait());
    static_cast<void>(collator.drain(1ms));
    drain_has_ended.set();
    canceller.join();
    CHECK(events == 10);
    CHECK(test::has_all_left(collator.statistics()));
}

TEST_CASE("cancel: concurrent cancels and drains end, and every packet has left") {
    const test::Watchdog watchdog{40s};
    for (int round = 0; round < 50; ++round) {
        TextSink sink;
        test::Collator collator{test::Text{}, std::ref(sink), sheaf::ThreadPool{2}};
        for (std::uint64_t id = 0; id < 50; ++id) {
            CHECK(collator.submit(packet(id, id % 2, "a")).accepted());
        }
        {
            std::vector<test::Thread> threads;
            threads.emplace_back([&] { collator.cancel(); });
            threads.emplace_back([&] { static_cast<void>(collator.drain(30s)); });
            threads.emplace_back([&] { collator.cancel(); });
            threads.emplace_back([&] { static_cast<void>(collator.drain(0s)); });
        }
        CHECK(sink.size() == 50);
        CHECK(test::has_all_left(collator.statistics()));
        CHECK(test::eventually([&] { return test::is_at_rest(collator.statistics()); }));
    }
}

TEST_CASE("cancel: waits for a delivery that another thread has begun") {
    const test::Watchdog watchdog;
    Signal in_sink;
    Signal let_go;
    std::atomic<bool> has_delivered{false};
    test::Collator collator{test::Text{},
                            sheaf::Handlers{[&](const test::TextCompleted&) {
                                                in_sink.set();
                                                CHECK(let_go.wait());
                                                std::this_thread::sleep_for(10ms);
                                                has_delivered = true;
                                            },
                                            [](const test::TextIncomplete&) {}},
                            sheaf::ThreadPool{1}};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(in_sink.wait());
    test::Thread helper{[&] {
        CHECK(test::eventually([&] { return collator.submit(last_packet(1, 0, "a")).rejected(); }));
        let_go.set();
    }};
    collator.cancel();
    CHECK(has_delivered);
}

TEST_CASE("cancel: does not wait for a sink that answers later, though it saw the delivery begin") {
    const test::Watchdog watchdog{20s};
    // The fold holds the worker between the end of the last transform and the sink.
    test::HoldingFold::Hold hold;
    std::mutex mutex;
    std::vector<sheaf::Acknowledgement> unanswered;
    const auto keep = [&](const auto&, sheaf::Acknowledgement handle) {
        const std::lock_guard lock{mutex};
        unanswered.push_back(std::move(handle));
    };
    sheaf::PacketCollator collator{test::Text{},
                                   sheaf::Handlers{keep, keep},
                                   sheaf::ThreadPool{1},
                                   {},
                                   sheaf::traits<test::HoldingFoldTraits>};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(hold.arrived.wait());
    test::Thread helper{[&] {
        CHECK(test::eventually([&] { return collator.submit(last_packet(1, 0, "a")).rejected(); }));
        std::this_thread::sleep_for(50ms);  // let the cancel come to its wait
        hold.let_go.set();
    }};
    collator.cancel();
    helper.join();
    REQUIRE(unanswered.size() == 1);  // the worker was through when cancel returned
    unanswered.front().delivered();
    // Where the worker has yet to note that its call has returned, it is the worker who counts.
    CHECK(test::eventually([&] { return collator.statistics().delivered.packets == 1; }));
}

TEST_CASE("cancel: a sink that fails is called once more, however many attempts it has left") {
    const test::Watchdog watchdog;
    int calls = 0;
    const auto fail = [&](const auto&) {
        ++calls;
        throw std::runtime_error{"down"};
    };
    test::Collator collator{test::Text{}, sheaf::Handlers{fail, fail}, {}, {.delivery_attempts = 10}};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(calls == 1);
    collator.cancel();
    CHECK(calls == 2);
    CHECK(collator.statistics().undelivered_resources == 1);
}

TEST_CASE("cancel: inside a transform it is carried out when the transform has returned") {
    const test::Watchdog watchdog;
    TextSink sink;
    std::function<void()> act;
    test::Collator collator{[&](std::span<const std::byte> payload) {
                                if (act) { act(); }
                                return test::text_of(payload);
                            },
                            std::ref(sink)};
    CHECK(collator.submit(packet(1, 0, "a")).accepted());
    act = [&] {
        collator.cancel();
        CHECK(sink.size() == 0);
    };
    CHECK(collator.submit(packet(1, 1, "b")).accepted());
    REQUIRE(sink.incomplete().size() == 1);
    CHECK(sink.incomplete().front().output == "ab");
    CHECK(collator.submit(packet(1, 2, "c")) == Outcome{Rejection::shutting_down});
}

TEST_CASE("cancel: inside a sink it is carried out when the sink has returned") {
    const test::Watchdog watchdog;
    int depth = 0;
    int cancelled = 0;
    std::function<void()> act;
    test::Collator collator{test::Text{},
                            sheaf::Handlers{[&](const test::TextCompleted&) {
                                                ++depth;
                                                act();
                                                CHECK(cancelled == 0);
                                                --depth;
                                            },
                                            [&](const test::TextIncomplete& event) {
                                                CHECK(depth == 0);
                                                CHECK(event.reason == IncompleteReason::cancelled);
                                                ++cancelled;
                                            }}};
    act = [&] { collator.cancel(); };
    CHECK(collator.submit(packet(2, 0, "a")).accepted());
    CHECK(collator.submit(packet(3, 1, "a")).accepted());
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(cancelled == 2);
    CHECK(test::is_at_rest(collator.statistics()));
}
