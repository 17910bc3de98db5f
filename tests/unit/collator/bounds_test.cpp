#include <sheaf/packet_collator.hpp>

#include <collator_fixtures.hpp>
#include <erased_collator.hpp>

namespace {

using sheaf::IncompleteReason;
using sheaf::Outcome;
using sheaf::Rejection;
using sheaf::Verdict;
using sheaf::WhenFull;
using test::last_packet;
using test::packet;
using test::Signal;
using test::TextSink;
using namespace std::chrono_literals;

/// The packet of a resource of its own.
[[nodiscard]] test::Packet alone(std::uint64_t id, std::string text = "x") {
    return packet(id, 0, std::move(text));
}

}  // namespace

TEST_CASE("bounds: max_resources admits so many and no more, until one has left") {
    TextSink sink;
    test::Collator collator{
        test::Text{}, std::ref(sink), {}, {.max_resources = 3, .when_full = WhenFull::reject}};
    CHECK(collator.submit(alone(1)).accepted());
    CHECK(collator.submit(alone(2)).accepted());
    CHECK(collator.submit(alone(3)).accepted());
    CHECK(collator.submit(alone(4)) == Outcome{Rejection::overloaded});
    CHECK(collator.submit(packet(3, 1, "of an open one")).accepted());
    CHECK(collator.submit(last_packet(2, 1, "ends it")).accepted());
    CHECK(collator.submit(alone(4)).accepted());
    CHECK(collator.submit(alone(5)) == Outcome{Rejection::overloaded});
    CHECK(collator.statistics().rejected == 2);
}

TEST_CASE("bounds: max_transforms admits so many and no more, until one has ended") {
    TextSink sink;
    sheaf::ManualExecutor executor;
    test::Collator collator{test::Text{},
                            std::ref(sink),
                            std::ref(executor),
                            {.max_transforms = 2, .when_full = WhenFull::reject}};
    CHECK(collator.submit(alone(1)).accepted());
    CHECK(collator.submit(alone(2)).accepted());
    CHECK(collator.submit(alone(3)) == Outcome{Rejection::overloaded});
    CHECK(executor.run_one());
    CHECK(collator.submit(alone(3)).accepted());
    CHECK(collator.submit(alone(4)) == Outcome{Rejection::overloaded});
    CHECK(collator.statistics().transforms_in_flight == 2);
}

TEST_CASE("bounds: a sixteenth of max_packets is kept for the packets that heads wait for") {
    TextSink sink;
    test::Collator collator{
        test::Text{}, std::ref(sink), {}, {.max_packets = 32, .when_full = WhenFull::reject}};
    for (std::uint64_t i = 1; i <= 30; ++i) {  // 32 without the reserve of 2
        CHECK(collator.submit(packet(1, i, "x")).accepted());
    }
    CHECK(collator.statistics().held_packets == 30);
    CHECK(collator.submit(packet(1, 31, "x")) == Outcome{Rejection::overloaded});
    CHECK(collator.submit(packet(2, 0, "new")) == Outcome{Rejection::overloaded});
    CHECK(collator.submit(packet(1, 0, "head")).accepted());  // and everything collates
    CHECK(collator.statistics().held_packets == 0);
    CHECK(collator.submit(packet(2, 0, "new")).accepted());
}

TEST_CASE("bounds: the reserve is a bound too") {
    TextSink sink;
    sheaf::ManualExecutor executor;
    test::Collator collator{
        test::Text{}, std::ref(sink), std::ref(executor), {.max_packets = 4, .when_full = WhenFull::reject}};
    CHECK(collator.submit(packet(1, 0, "a")).accepted());
    CHECK(collator.submit(packet(1, 1, "b")).accepted());
    CHECK(collator.submit(packet(1, 2, "c")).accepted());
    CHECK(collator.submit(packet(1, 3, "d")).accepted());  // from the reserve of 1
    CHECK(collator.submit(packet(1, 4, "e")) == Outcome{Rejection::overloaded});
    CHECK(executor.run_all() == 4);
    CHECK(collator.submit(packet(1, 4, "e")).accepted());
}

TEST_CASE("bounds: max_packets 1 lets a resource through packet by packet") {
    TextSink sink;
    test::Collator collator{
        test::Text{}, std::ref(sink), {}, {.max_packets = 1, .when_full = WhenFull::reject}};
    CHECK(collator.submit(packet(1, 0, "a")).accepted());
    CHECK(collator.submit(packet(1, 2, "c")).accepted());
    CHECK(collator.submit(packet(1, 3, "d")) == Outcome{Rejection::overloaded});
    CHECK(collator.evict_oldest());
    CHECK(collator.submit(last_packet(2, 0, "z")).accepted());
    CHECK(sink.completed().size() == 1);
}

TEST_CASE("bounds: max_bytes, exactly at its limit for one packet") {
    const auto verdict = [](std::size_t payload) {
        TextSink sink;
        sheaf::ManualExecutor executor;
        test::Collator collator{test::Text{},
                                std::ref(sink),
                                std::ref(executor),
                                {.max_bytes = 16'384, .when_full = WhenFull::reject}};
        return collator.submit(packet(1, 0, std::string(payload, 'x')));
    };
    // The record of a packet is charged too, so the largest payload is found first.
    std::size_t accepted = 0;
    std::size_t refused = 16'385;
    while (refused - accepted > 1) {
        const std::size_t middle = (accepted + refused) / 2;
        (verdict(middle).accepted() ? accepted : refused) = middle;
    }
    CHECK(accepted > 14'000);
    CHECK(accepted < 16'384 - 16'384 / 16);
    CHECK(verdict(accepted - 1).accepted());
    CHECK(verdict(accepted).accepted());
    CHECK(verdict(accepted + 1) == Outcome{Rejection::too_large});
    CHECK(verdict(1 << 20) == Outcome{Rejection::too_large});
}

TEST_CASE("bounds: a packet that is too large is refused at once even where others wait for room") {
    const test::Watchdog watchdog;
    TextSink sink;
    test::Collator collator{test::Text{}, std::ref(sink), sheaf::ThreadPool{1}, {.max_bytes = 4096}};
    CHECK(collator.submit(packet(1, 1, std::string(5000, 'x'))) == Outcome{Rejection::too_large});
    CHECK(collator.submit(packet(1, 0, "a")).accepted());
    CHECK(collator.submit(packet(1, 1, std::string(5000, 'x'))) == Outcome{Rejection::too_large});
}

TEST_CASE("bounds: outputs count in the bytes until they are delivered") {
    TextSink sink;
    test::Collator collator{[](std::span<const std::byte>) { return std::string(3000, 'x'); },
                            std::ref(sink),
                            {},
                            {.max_bytes = 20'000, .when_full = WhenFull::reject}};
    std::uint64_t id = 0;
    while (collator.submit(alone(id)).accepted()) { ++id; }
    CHECK(id > 2);
    CHECK(id < 7);  // by their payloads alone a dozen would fit
    CHECK(collator.statistics().held_bytes > id * 3000);
    CHECK(collator.submit(alone(id)) == Outcome{Rejection::overloaded});
    CHECK(collator.evict_oldest());
    CHECK(collator.evict_oldest());
    CHECK(collator.submit(alone(id)).accepted());
}

TEST_CASE("bounds: the packet that completes a resource is admitted though chunks fill the budget and more") {
    TextSink sink;
    test::Collator collator{
        [](std::span<const std::byte> payload) { return std::string(payload.size() * 8, 'x'); },
        std::ref(sink),
        {},
        {.max_bytes = 65'536, .when_full = WhenFull::reject}};
    std::uint64_t last = 1;
    while (collator.submit(packet(1, last, std::string(1000, 'p'))).accepted()) { ++last; }
    CHECK(collator.statistics().held_bytes > 50'000);
    // The head's packet frees all the others as soon as the last is known; refusing it would be a deadlock.
    CHECK(collator.submit(packet(1, 0, "head")).accepted());
}

TEST_CASE("bounds: block waits until another thread makes room") {
    const test::Watchdog watchdog;
    Signal arrived;
    Signal let_go;
    TextSink sink;
    test::Collator collator{
        test::Hanging{arrived, let_go}, std::ref(sink), sheaf::ThreadPool{1}, {.max_transforms = 1}};
    const test::SetAtExit guard{let_go};
    CHECK(collator.submit(last_packet(1, 0, "hang")).accepted());
    CHECK(arrived.wait());
    std::atomic<bool> has_returned{false};
    test::Thread producer{[&] {
        CHECK(collator.submit(last_packet(2, 0, "b")).accepted());
        has_returned = true;
    }};
    std::this_thread::sleep_for(20ms);
    CHECK_FALSE(has_returned);
    let_go.set();
    producer.join();
    CHECK(has_returned);
}

TEST_CASE("bounds: block waits for another producer to fill the gap") {
    const test::Watchdog watchdog;
    TextSink sink;
    test::Collator collator{
        test::Text{}, std::ref(sink), sheaf::ThreadPool{1}, {.gap_timeout = 1h, .max_resources = 1}};
    CHECK(collator.submit(last_packet(1, 1, "b")).accepted());
    CHECK(test::eventually([&] { return collator.statistics().transforms_in_flight == 0; }));
    test::Thread producer{[&] { CHECK(collator.submit(last_packet(2, 0, "z")).accepted()); }};
    std::this_thread::sleep_for(10ms);
    CHECK(collator.submit(packet(1, 0, "a")).accepted());
    producer.join();
    CHECK(collator.drain(30s).status == sheaf::DrainStatus::finished);
    CHECK(sink.completed().size() == 2);
}

TEST_CASE("bounds: block waits for a gap's deadline, where other producers might have filled it") {
    const test::Watchdog watchdog;
    TextSink sink;
    test::Collator collator{
        test::Text{}, std::ref(sink), sheaf::ThreadPool{1}, {.gap_timeout = 30ms, .max_resources = 1}};
    CHECK(collator.submit(packet(1, 1, "b")).accepted());
    CHECK(collator.submit(last_packet(2, 0, "z")).accepted());
    CHECK(collator.drain(30s).status == sheaf::DrainStatus::finished);
    REQUIRE(sink.incomplete().size() == 1);
    CHECK(sink.incomplete().front().reason == IncompleteReason::gap_timeout);
}

TEST_CASE("bounds: without any deadline nothing can make room: stalled") {
    const test::Watchdog watchdog;
    TextSink sink;
    test::Collator collator{
        test::Text{}, std::ref(sink), sheaf::ThreadPool{1}, {.gap_timeout = 0ns, .max_resources = 1}};
    CHECK(collator.submit(packet(1, 1, "b")).accepted());
    CHECK(collator.submit(last_packet(2, 0, "z")) == Outcome{Rejection::stalled});
}

TEST_CASE("bounds: a single producer is told stalled, and evict_oldest makes room") {
    const test::Watchdog watchdog;
    TextSink sink;
    test::Collator collator{
        test::Text{}, std::ref(sink), sheaf::ThreadPool{1}, {.max_resources = 2, .single_producer = true}};
    CHECK(collator.submit(packet(1, 1, "b")).accepted());
    CHECK(collator.submit(packet(2, 1, "d")).accepted());
    auto each = last_packet(3, 0, "z");
    CHECK(collator.submit(each) == Outcome{Rejection::stalled});
    CHECK(each.payload.size() == 1);
    CHECK(collator.evict_oldest());
    REQUIRE(sink.incomplete().size() == 1);
    CHECK(sink.incomplete().front().id == 1);
    CHECK(sink.incomplete().front().reason == IncompleteReason::evicted);
    CHECK(sink.incomplete().front().chunks.size() == 1);
    CHECK(collator.submit(each).accepted());
    CHECK(collator.drain(30s).status == sheaf::DrainStatus::finished);
    CHECK_FALSE(collator.evict_oldest());
}

TEST_CASE("bounds: a resource larger than the whole budget ends as evicted") {
    const test::Watchdog watchdog;
    TextSink sink;
    test::Collator collator{
        test::Text{}, std::ref(sink), sheaf::ThreadPool{1}, {.max_bytes = 20'000, .single_producer = true}};
    std::uint64_t index = 0;
    Outcome outcome = Verdict::accepted;
    while (outcome.accepted() && index < 1000) {
        outcome = collator.submit(packet(1, index++, std::string(1000, 'x')));
    }
    CHECK(outcome == Outcome{Rejection::stalled});
    CHECK(collator.evict_oldest());
    REQUIRE(sink.incomplete().size() == 1);
    CHECK(sink.incomplete().front().output.size() > 5000);
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("bounds: a callback never waits for room") {
    const test::Watchdog watchdog;
    TextSink sink;
    std::atomic<int> answers{0};
    std::function<void()> nested;
    test::Collator collator{[&](std::span<const std::byte> payload) {
                                nested();
                                return test::text_of(payload);
                            },
                            std::ref(sink),
                            sheaf::ThreadPool{1},
                            {.max_transforms = 1}};
    nested = [&] {
        CHECK(collator.submit(last_packet(2, 0, "b")) == Outcome{Rejection::would_block});
        ++answers;
    };
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(test::eventually([&] { return answers == 1; }));
}

TEST_CASE("bounds: with a manual executor submit never waits for room") {
    const test::Watchdog watchdog;
    TextSink sink;
    sheaf::ManualExecutor executor;
    test::Collator collator{test::Text{}, std::ref(sink), std::ref(executor), {.max_transforms = 1}};
    CHECK(collator.submit(last_packet(1, 0, "a")).accepted());
    CHECK(collator.submit(last_packet(2, 0, "b")) == Outcome{Rejection::would_block});
    CHECK(executor.run_one());
    CHECK(collator.submit(last_packet(2, 0, "b")).accepted());
}

TEST_CASE("bounds: with a host's timer submit never waits for room") {
    const test::Watchdog watchdog;
    Signal arrived;
    Signal let_go;
    TextSink sink;
    test::Collator collator{test::Hanging{arrived, let_go},
                            std::ref(sink),
                            sheaf::ThreadPool{1},
                            {.max_transforms = 1},
                            sheaf::traits<test::HostTimerTraits>};
    const test::SetAtExit guard{let_go};
    CHECK(collator.submit(last_packet(1, 0, "hang")).accepted());
    CHECK(collator.submit(last_packet(2, 0, "b")) == Outcome{Rejection::would_block});
    let_go.set();
    CHECK(test::eventually([&] { return collator.submit(last_packet(2, 0, "b")).accepted(); }));
}

TEST_CASE("bounds: transforms on a full pool may submit to it") {
    const test::Watchdog watchdog;
    // All workers stand in transforms that submit, and the queue is full: nobody may wait for anybody.
    TextSink sink;
    std::function<void(std::uint64_t)> nested;
    test::Collator collator{[&](std::span<const std::byte> payload) {
                                nested(std::stoull(test::text_of(payload)));
                                return test::text_of(payload);
                            },
                            std::ref(sink), sheaf::ThreadPool{2, {.queue_capacity = 1}}};
    nested = [&](std::uint64_t n) {
        if (n < 100) {
            for (const std::uint64_t next : {10 * n + 1000, 10 * n + 1001, 10 * n + 1002}) {
                CHECK(collator.submit(last_packet(next, 0, std::to_string(next))).accepted());
            }
        }
    };
    for (std::uint64_t n = 0; n < 100; ++n) {
        CHECK(collator.submit(last_packet(n, 0, std::to_string(n))).accepted());
    }
    CHECK(test::eventually([&] { return sink.size() == 400; }));
}

TEST_CASE("bounds: a submission from a sink waits for no room in a pool's queue") {
    const test::Watchdog watchdog;
    Signal arrived;
    Signal let_go;
    std::size_t refused = 0;
    std::function<void()> submit_more;
    test::Collator collator{test::Hanging{arrived, let_go},
                            sheaf::Handlers{[](const test::TextCompleted&) {},
                                            [&](const test::TextIncomplete&) { submit_more(); }},
                            sheaf::ThreadPool{1, {.queue_capacity = 1}}};
    submit_more = [&] {
        for (std::uint64_t id = 10; id < 15; ++id) {
            if (!collator.submit(last_packet(id, 0, "a")).accepted()) { ++refused; }
        }
        let_go.set();  // the pool's only thread waits for this
    };
    const test::SetAtExit guard{let_go};
    CHECK(collator.submit(packet(2, 1, "a")).accepted());
    CHECK(test::eventually([&] { return collator.statistics().transforms_in_flight == 0; }));
    CHECK(collator.submit(last_packet(1, 0, "hang")).accepted());
    CHECK(arrived.wait());
    CHECK(collator.evict_oldest());  // delivers on this thread
    CHECK(refused == 0);
    CHECK(collator.drain(30s).status == sheaf::DrainStatus::finished);
}
