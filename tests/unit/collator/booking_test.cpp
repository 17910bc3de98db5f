#include <sheaf/packet_collator.hpp>

#include <collator_fixtures.hpp>
#include <erased_collator.hpp>

// What the budget is charged with, and until when.

namespace {

using sheaf::Outcome;
using sheaf::Rejection;
using sheaf::WhenFull;
using test::last_packet;
using test::packet;
using test::Signal;
using test::TextSink;
using namespace std::chrono_literals;

}  // namespace

TEST_CASE("booking: a call that was timed out keeps its place until it returns") {
    Signal arrived;
    Signal let_go;
    TextSink sink;
    {
        test::Collator collator{
            test::Hanging{arrived, let_go},
            std::ref(sink),
            sheaf::ThreadPool{3},
            {.transform_timeout = 1ms, .max_transforms = 2, .when_full = WhenFull::reject}};
        const test::SetAtExit guard{let_go};
        constexpr std::size_t roomy = 10'000;
        for (const std::uint64_t id : {1U, 2U}) {
            std::string hangs = "hang";
            hangs.reserve(roomy);
            CHECK(collator.submit(last_packet(id, 0, std::move(hangs))).accepted());
        }
        // Incomplete, both, and both calls still run.
        CHECK(test::eventually([&] { return test::has_all_left(collator.statistics()); }));
        CHECK(sink.size() == 2);
        const auto hanging = collator.statistics();
        CHECK(hanging.transforms_in_flight == 2);
        CHECK(hanging.held_bytes > 2 * roomy);  // the calls still read the payloads
        CHECK(collator.submit(last_packet(3, 0, "a")) == Outcome{Rejection::overloaded});
        let_go.set();
        CHECK(test::eventually([&] { return test::is_at_rest(collator.statistics()); }));
        CHECK(collator.submit(last_packet(3, 0, "a")).accepted());
        CHECK(test::eventually([&] { return sink.size() == 3; }));
        CHECK(collator.statistics().late_results == 2);
    }
}

TEST_CASE("booking: a producer waits for a call that was timed out to return") {
    const test::Watchdog watchdog;
    Signal arrived;
    Signal let_go;
    TextSink sink;
    test::Collator collator{test::Hanging{arrived, let_go},
                            std::ref(sink),
                            sheaf::ThreadPool{2},
                            {.transform_timeout = 1ms, .max_transforms = 1, .single_producer = true}};
    const test::SetAtExit guard{let_go};
    CHECK(collator.submit(last_packet(1, 0, "hang")).accepted());
    CHECK(test::eventually([&] { return sink.size() == 1; }));
    test::Thread helper{[&] {
        std::this_thread::sleep_for(10ms);
        let_go.set();
    }};
    CHECK(collator.submit(last_packet(2, 0, "a")).accepted());
    CHECK(test::eventually([&] { return sink.size() == 2; }));
}

TEST_CASE("booking: a payload is booked with the memory that it takes") {
    TextSink sink;
    sheaf::ManualExecutor executor;
    test::Collator collator{test::Text{},
                            std::ref(sink),
                            std::ref(executor),
                            {.max_bytes = 100'000, .when_full = WhenFull::reject}};
    std::string roomy = "a";
    roomy.reserve(50'000);
    CHECK(collator.submit(packet(1, 0, std::move(roomy))).accepted());
    CHECK(collator.statistics().held_bytes > 50'000);
    CHECK(collator.statistics().accepted.bytes == 1);
    std::string too_roomy = "a";
    too_roomy.reserve(99'000);
    CHECK(collator.submit(packet(2, 0, std::move(too_roomy))) == Outcome{Rejection::too_large});
}

TEST_CASE("booking: what was admitted out of the reserve leaves it as soon as there is other room") {
    TextSink sink;
    sheaf::ManualExecutor executor;
    test::Collator collator{test::Text{},
                            std::ref(sink),
                            std::ref(executor),
                            {.max_packets = 16, .when_full = WhenFull::reject}};  // a reserve of 1
    for (std::uint64_t id = 1; id <= 2; ++id) { CHECK(collator.submit(packet(id, 0, "a")).accepted()); }
    for (std::uint64_t id = 10; id < 23; ++id) { CHECK(collator.submit(last_packet(id, 0, "x")).accepted()); }
    CHECK(collator.submit(packet(1, 1, "b")).accepted());  // the sixteenth
    CHECK(collator.submit(packet(2, 1, "b")) == Outcome{Rejection::overloaded});
    while (executor.run_one()) {}  // all are collated; 1 and 2 stay open
    for (std::uint64_t id = 30; id < 45; ++id) { CHECK(collator.submit(last_packet(id, 0, "x")).accepted()); }
    CHECK(collator.submit(packet(50, 0, "x")) == Outcome{Rejection::overloaded});
    CHECK(collator.submit(packet(2, 1, "b")).accepted());
}

TEST_CASE("booking: a producer that lacks bytes waits for a timed-out call that holds some, others do not") {
    const test::Watchdog watchdog;
    Signal arrived;
    Signal let_go;
    TextSink sink;
    test::Collator collator{test::Hanging{arrived, let_go},
                            std::ref(sink),
                            sheaf::ThreadPool{2},
                            {.gap_timeout = 0ns,
                             .transform_timeout = 1ms,
                             .max_packets = 4,
                             .max_bytes = 100'000,
                             .single_producer = true}};
    const test::SetAtExit guard{let_go};
    std::string hangs = "hang";
    hangs.reserve(60'000);
    CHECK(collator.submit(last_packet(1, 0, std::move(hangs))).accepted());
    CHECK(test::eventually([&] { return sink.size() == 1; }));
    for (std::uint64_t id = 10; id < 13; ++id) { CHECK(collator.submit(packet(id, 1, "gap")).accepted()); }
    CHECK(collator.submit(packet(20, 1, "gap")) == Outcome{Rejection::stalled});
    CHECK(collator.evict_oldest());
    test::Thread helper{[&] {
        std::this_thread::sleep_for(10ms);
        let_go.set();
    }};
    CHECK(collator.submit(last_packet(2, 0, std::string(60'000, 'x'))).accepted());
}
