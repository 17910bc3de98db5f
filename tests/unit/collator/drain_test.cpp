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

TEST_CASE("drain: each status has its enumerator's name") {
    CHECK(to_string(DrainStatus::finished) == "finished");
    CHECK(to_string(DrainStatus::undelivered) == "undelivered");
    CHECK(to_string(DrainStatus::deadline) == "deadline");
    CHECK(to_string(DrainStatus::would_deadlock) == "would_deadlock");
}

TEST_CASE("drain: ends resources with a gap as drained and completes the others") {
    TextSink sink;
    test::Collator collator{test::Text{}, std::ref(sink), sheaf::ThreadPool{2}};
    for (std::uint64_t id = 0; id < 100; ++id) {
        CHECK(collator.submit(packet(id, 0, "a")).accepted());
        CHECK(collator.submit(last_packet(id, 2, "c")).accepted());
        if (id % 2 == 0) { CHECK(collator.submit(packet(id, 1, "b")).accepted()); }
    }
    const auto report = collator.drain(30s);
    CHECK(report.status == DrainStatus::finished);
    CHECK(report.running.empty());
    CHECK(test::is_at_rest(report.statistics));
    CHECK(report.statistics.delivered.packets == 150);
    CHECK(report.statistics.side_channel.packets == 100);
    CHECK(sink.completed().size() == 50);
    REQUIRE(sink.incomplete().size() == 50);
    for (const auto& event : sink.incomplete()) {
        CHECK(event.reason == IncompleteReason::drained);
        CHECK(event.output == "a");
        CHECK(event.collated == 1);
        REQUIRE(event.chunks.size() == 1);
        CHECK(event.chunks.front().index == 2);
        CHECK(event.chunks.front().chunk == "c");
        CHECK(event.missing == std::vector<sheaf::IndexRange>{{1, 1}});
        CHECK(event.last_index == 2);
    }
}

TEST_CASE("drain: a resource whose last index is not known has no gap but cannot complete: drained") {
    TextSink sink;
    test::Collator collator{test::Text{}, std::ref(sink)};
    CHECK(collator.submit(packet(1, 0, "a")).accepted());
    CHECK(collator.drain(30s).status == DrainStatus::finished);
    REQUIRE(sink.incomplete().size() == 1);
    CHECK(sink.incomplete().front().output == "a");
    CHECK_FALSE(sink.incomplete().front().last_index.has_value());
}

TEST_CASE("drain: waits for the transforms that run") {
    Signal arrived;
    Signal let_go;
    TextSink sink;
    test::Collator collator{test::Hanging{arrived, let_go}, std::ref(sink), sheaf::ThreadPool{1}};
    CHECK(collator.submit(last_packet(1, 0, "hang")).accepted());
    CHECK(arrived.wait());
    test::Thread helper{[&] {
        CHECK(test::eventually([&] { return collator.submit(last_packet(9, 0, "x")).rejected(); }));
        let_go.set();
    }};
    CHECK(collator.drain(30s).status == DrainStatus::finished);
    helper.join();
    REQUIRE(sink.completed().size() >= 1);
    CHECK(sink.completed().front().output == "hang");
}

TEST_CASE("drain: keeps its deadline while a transform hangs, and names it") {
    Signal arrived;
    Signal let_go;
    TextSink sink;
    test::Collator collator{test::Hanging{arrived, let_go}, std::ref(sink), sheaf::ThreadPool{1}};
    const test::SetAtExit guard{let_go};
    CHECK(collator.submit(packet(1, 0, "a")).accepted());
    CHECK(collator.submit(packet(1, 1, "hang")).accepted());
    CHECK(collator.submit(last_packet(1, 2, "queued")).accepted());
    CHECK(arrived.wait());
    const auto begin = std::chrono::steady_clock::now();
    const auto report = collator.drain(50ms);
    CHECK(std::chrono::steady_clock::now() - begin >= 50ms);
    CHECK(std::chrono::steady_clock::now() - begin < 20s);
    CHECK(report.status == DrainStatus::deadline);
    REQUIRE(report.running.size() == 1);
    CHECK(report.running.front().id == 1);
    CHECK(report.running.front().index == 1);
    CHECK(report.running.front().running_for > 0ns);
    CHECK(report.statistics.in_flight.packets == 3);
    CHECK(test::conserves(report.statistics));
}

TEST_CASE("drain: after it has returned no callback starts, and a further drain goes on") {
    Signal arrived;
    Signal let_go;
    std::atomic<int> transforms{0};
    TextSink sink;
    sheaf::ThreadPool pool{1};
    test::Collator collator{test::Counted{transforms, test::Hanging{arrived, let_go}}, std::ref(sink),
                            std::ref(pool)};
    const test::SetAtExit guard{let_go};
    CHECK(collator.submit(last_packet(1, 0, "hang")).accepted());
    CHECK(collator.submit(last_packet(2, 0, "queued")).accepted());
    CHECK(collator.submit(last_packet(3, 0, "queued too")).accepted());
    CHECK(arrived.wait());
    CHECK(collator.drain(10ms).status == DrainStatus::deadline);
    let_go.set();
    Signal pool_is_through;
    pool.execute([&] { pool_is_through.set(); });
    CHECK(pool_is_through.wait());
    CHECK(transforms == 1);
    CHECK(sink.size() == 0);
    CHECK(test::conserves(collator.statistics()));
    CHECK(collator.submit(last_packet(4, 0, "x")) == Outcome{Rejection::shutting_down});

    CHECK(collator.drain(30s).status == DrainStatus::finished);
    CHECK(transforms == 3);
    CHECK(sink.completed().size() == 3);
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("drain: is idempotent, also from several threads at once") {
    TextSink sink;
    test::Collator collator{test::Text{}, std::ref(sink), sheaf::ThreadPool{2}};
    for (std::uint64_t id = 0; id < 200; ++id) { CHECK(collator.submit(packet(id, 1, "b")).accepted()); }
    {
        std::vector<test::Thread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] { CHECK(collator.drain(30s).status == DrainStatus::finished); });
        }
    }
    CHECK(sink.incomplete().size() == 200);
    CHECK(collator.drain(0s).status == DrainStatus::finished);
    CHECK(sink.incomplete().size() == 200);
}

TEST_CASE("drain: of an empty collator finishes at once, with any deadline") {
    for (const auto allowed : {0ns, -1ns, std::chrono::nanoseconds::max(), std::chrono::nanoseconds::min()}) {
        TextSink sink;
        test::Collator collator{test::Text{}, std::ref(sink)};
        CHECK(collator.drain(allowed).status == DrainStatus::finished);
        CHECK(sink.size() == 0);
    }
}

TEST_CASE("drain: carries retries through, backoff included") {
    std::atomic<int> calls{0};
    TextSink sink;
    test::Collator collator{[&](std::span<const std::byte> payload) {
                                if (++calls < 3) { throw std::runtime_error{"not yet"}; }
                                return test::text_of(payload);
                            },
                            std::ref(sink),
                            sheaf::ThreadPool{1},
                            {.transform_attempts = 3, .transform_backoff = {.initial = 5ms}}};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(collator.drain(30s).status == DrainStatus::finished);
    CHECK(sink.completed().size() == 1);
    CHECK(calls == 3);
}

TEST_CASE("drain: with a manual executor it runs the queue on the calling thread") {
    TextSink sink;
    std::thread::id on;
    test::Collator collator{[&](std::span<const std::byte> payload) {
                                on = std::this_thread::get_id();
                                return test::text_of(payload);
                            },
                            std::ref(sink), sheaf::ManualExecutor{42}};
    CHECK(collator.submit(packet(1, 0, "a")).accepted());
    CHECK(collator.submit(packet(2, 1, "b")).accepted());
    CHECK(on == std::thread::id{});
    CHECK(collator.drain(30s).status == DrainStatus::finished);
    CHECK(on == std::this_thread::get_id());
    CHECK(sink.incomplete().size() == 2);
}

TEST_CASE("drain: a producer that waits for room is let go with shutting_down") {
    const test::Watchdog watchdog;
    Signal arrived;
    Signal let_go;
    TextSink sink;
    test::Collator collator{
        test::Hanging{arrived, let_go}, std::ref(sink), sheaf::ThreadPool{1}, {.max_transforms = 1}};
    const test::SetAtExit guard{let_go};
    CHECK(collator.submit(last_packet(1, 0, "hang")).accepted());
    CHECK(arrived.wait());
    test::Thread producer{
        [&] { CHECK(collator.submit(last_packet(2, 0, "b")) == Outcome{Rejection::shutting_down}); }};
    CHECK(collator.drain(20ms).status == DrainStatus::deadline);
    producer.join();
}

TEST_CASE("drain: keeps its deadline where the executor has no room for the events") {
    const test::Watchdog watchdog;
    Signal arrived;
    Signal let_go;
    TextSink sink;
    test::Collator collator{test::Hanging{arrived, let_go}, std::ref(sink),
                            sheaf::ThreadPool{1, {.queue_capacity = 1}}};
    const test::SetAtExit guard{let_go};
    CHECK(collator.submit(packet(1, 1, "done")).accepted());
    CHECK(test::eventually([&] { return collator.statistics().transforms_in_flight == 0; }));
    CHECK(collator.submit(last_packet(2, 0, "hang")).accepted());
    CHECK(arrived.wait());
    CHECK(collator.submit(last_packet(3, 0, "queued")).accepted());  // the queue is full now
    test::Thread helper{[&] {
        static_cast<void>(let_go.wait(5s));
        let_go.set();
    }};
    const auto begin = std::chrono::steady_clock::now();
    CHECK(collator.drain(20ms).status == DrainStatus::deadline);
    CHECK(std::chrono::steady_clock::now() - begin < 4s);
    let_go.set();
}

TEST_CASE("drain: a packet that the executor refuses meanwhile does not keep its resource from ending") {
    const test::Watchdog watchdog;
    TextSink sink;
    test::InterruptedExecutor executor;
    test::Collator collator{test::Text{}, std::ref(sink), std::ref(executor)};
    CHECK(collator.submit(packet(1, 0, "a")).accepted());
    sheaf::DrainReport<> report;
    test::Thread drainer;
    executor.meanwhile = [&] {
        // All packets are there, so the drain has nothing to end; then one is taken back.
        drainer = test::Thread{[&] { report = collator.drain(2s); }};
        CHECK(test::eventually([&] { return collator.submit(packet(2, 0, "x")).rejected(); }));
        std::this_thread::sleep_for(20ms);
    };
    CHECK_THROWS_AS(static_cast<void>(collator.submit(last_packet(1, 1, "b"))), std::runtime_error);
    drainer.join();
    CHECK(report.status == DrainStatus::finished);
    std::size_t events = 0;
    for (const auto& event : sink.incomplete()) {
        CHECK(event.reason == IncompleteReason::drained);
        events += event.id == 1 ? 1U : 0U;
    }
    CHECK(events == 1);
}

TEST_CASE("destructor: drains, so everything accepted has left when it returns") {
    TextSink sink;
    {
        test::Collator collator{test::Text{}, std::ref(sink), sheaf::ThreadPool{2}};
        for (std::uint64_t id = 0; id < 50; ++id) {
            CHECK(collator.submit(packet(id, 0, "a")).accepted());
            if (id % 2 == 0) { CHECK(collator.submit(last_packet(id, 1, "b")).accepted()); }
        }
    }
    CHECK(sink.completed().size() == 25);
    CHECK(sink.incomplete().size() == 25);
}

TEST_CASE("destructor: cancels what its deadline leaves, and waits for the call that hangs") {
    Signal arrived;
    Signal let_go;
    TextSink sink;
    test::Thread helper;
    {
        test::Collator collator{test::Hanging{arrived, let_go},
                                std::ref(sink),
                                sheaf::ThreadPool{1},
                                {.destructor_deadline = 10ms}};
        CHECK(collator.submit(last_packet(1, 0, "hang")).accepted());
        CHECK(arrived.wait());
        helper = test::Thread{[&] {
            CHECK(test::eventually([&] { return sink.size() == 1; }));
            let_go.set();
        }};
    }
    REQUIRE(sink.incomplete().size() == 1);
    CHECK(sink.incomplete().front().reason == IncompleteReason::cancelled);
    REQUIRE(sink.incomplete().front().payloads.size() == 1);
    CHECK(test::text_of(sink.incomplete().front().payloads.front().payload.bytes()) == "hang");
}

TEST_CASE("drain: keeps its deadline where the sink runs on its own thread, and a further drain goes on") {
    std::atomic<std::size_t> delivered{0};  // the timer's thread may take some over
    const auto slow = [&](const auto&) {
        ++delivered;
        std::this_thread::sleep_for(1ms);
    };
    test::Collator collator{test::Text{}, sheaf::Handlers{slow, slow}};
    for (std::uint64_t id = 0; id < 2'000; ++id) { CHECK(collator.submit(packet(id, 0, "a")).accepted()); }
    CHECK(collator.drain(5ms).status == DrainStatus::deadline);
    CHECK(delivered < 1'000);  // 2 s would be needed for all
    CHECK(test::conserves(collator.statistics()));
    CHECK(collator.drain(60s).status == DrainStatus::finished);
    CHECK(delivered == 2'000);
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("drain: keeps its deadline where transforms that are due run on its own thread") {
    std::size_t calls = 0;
    std::size_t gave_up = 0;
    test::Collator collator{
        [&](std::span<const std::byte>) -> std::string {
            if (++calls > 2'000) { std::this_thread::sleep_for(1ms); }
            throw std::runtime_error{"down"};
        },
        sheaf::Handlers{[](const test::TextCompleted&) {}, [&](const test::TextIncomplete&) { ++gave_up; }},
        {},
        {.transform_attempts = 2, .transform_backoff = {.initial = 1h, .maximum = 1h}},
        sheaf::traits<test::HostTimerTraits>};
    for (std::uint64_t id = 0; id < 2'000; ++id) {
        CHECK(collator.submit(last_packet(id, 0, "a")).accepted());
    }
    test::FakeClock::advance(2h);
    CHECK(collator.drain(5ms).status == DrainStatus::deadline);
    CHECK(calls < 3'000);
    CHECK(collator.drain(60s).status == DrainStatus::finished);
    CHECK(gave_up == 2'000);
}

TEST_CASE("drain: says so where only events are left that can go nowhere") {
    bool is_down = true;
    const auto deliver = [&](const auto&) {
        if (is_down) { throw std::runtime_error{"down"}; }
    };
    test::Collator collator{test::Text{}, sheaf::Handlers{deliver, deliver}, {}, {.delivery_attempts = 1}};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    const auto report = collator.drain(30s);
    CHECK(report.status == DrainStatus::undelivered);
    CHECK(report.statistics.undelivered_resources == 1);
    is_down = false;
    CHECK(collator.drain(30s).status == DrainStatus::finished);
}

TEST_CASE("drain: with a host-driven timer nothing is due after it has returned") {
    bool is_down = true;
    const auto deliver = [&](const auto&) {
        if (is_down) { throw std::runtime_error{"down"}; }
    };
    test::Collator collator{test::Text{},
                            sheaf::Handlers{deliver, deliver},
                            {},
                            {.delivery_backoff = {.initial = 1s, .maximum = 1s, .jitter = 0}},
                            sheaf::traits<test::HostTimerTraits>};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(collator.next_deadline() == test::FakeClock::at() + 1s);
    CHECK(collator.drain(0s).status == DrainStatus::deadline);
    CHECK(collator.next_deadline() == std::chrono::nanoseconds::max());
    is_down = false;
    test::pass(collator, 1s);
    CHECK(collator.statistics().completed == 0);
    CHECK(collator.drain(30s).status == DrainStatus::finished);
}

TEST_CASE("drain: a call that was put back behind it does not count as running") {
    TextSink sink;
    sheaf::ManualExecutor manual;
    test::Collator collator{test::Text{}, std::ref(sink), std::ref(manual)};
    REQUIRE(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(collator.drain(0s).status == DrainStatus::deadline);
    REQUIRE(manual.run_one());
    CHECK(sink.completed().empty());
    CHECK(collator.explain(1).find("running") == std::string::npos);
    CHECK(collator.drain(30s).status == DrainStatus::finished);
    CHECK(sink.completed().size() == 1);
}
