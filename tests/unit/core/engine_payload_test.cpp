// How long payloads live: as long as anyone reads them, and no longer.

#include <sheaf/core/engine.hpp>

#include "engine_bench.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

using namespace std::chrono_literals;
using test::EngineBench;

namespace {

constexpr std::uint64_t only_id = 7;

}  // namespace

TEST_CASE("Engine: a payload is freed as soon as its chunk is stored") {
    EngineBench<> bench{sheaf::Options{}};
    REQUIRE(bench.submit(only_id, 1, false, 1234).accepted());
    auto call = bench.take_call();
    call.node->retain();
    const sheaf::core::NodeReference keep{call.node.get()};
    CHECK(test::content_of(keep->payload_bytes()) == 1234);
    const std::size_t before = bench.budget.bytes();
    bench.complete(std::move(call), {});
    CHECK(keep->payload_bytes().empty());
    // The packet waits for index 0, its payload does not; a short std::string holds as much as an empty one can.
    CHECK(bench.budget.bytes() == before - std::string{}.capacity());
    CHECK(bench.budget.transforms() == 0);
}

TEST_CASE("Engine: what it holds goes back with it, also that of a resource that rests") {
    {
        EngineBench<test::RestingTraits> bench{sheaf::Options{}};
        REQUIRE(bench.submit(only_id, 0, false, 1234).accepted());
        bench.complete(bench.take_call());
        CHECK(bench.budget.packets() == 0);
        CHECK(bench.budget.bytes() > 0);
    }
    CHECK(test::allocated_bytes() == 0);
}

TEST_CASE("Engine: a payload stays while a call that was given up reads it") {
    sheaf::Options options;
    options.transform_timeout = 10s;
    options.transform_attempts = 2;
    options.transform_backoff = {1s, 1s, 1.0, 0.0};
    EngineBench<> bench{options};
    REQUIRE(bench.submit(only_id, 0, true, 1234).accepted());
    auto slow = bench.take_call();
    REQUIRE(bench.begin(slow));
    bench.advance_to(bench.now + 10s);  // timed out
    bench.advance_to(bench.now + 1s);   // tried again
    REQUIRE(bench.calls.size() == 1);
    bench.complete(bench.take_call());
    REQUIRE(bench.ready.size() == 1);
    auto& resource = bench.take_ready();
    static_cast<void>(bench.event_of(resource));
    bench.retire(resource);
    CHECK(test::content_of(slow.node->payload_bytes()) == 1234);  // the slow call is still at it
    CHECK(bench.budget.packets() == 0);
    CHECK(bench.budget.resources() == 0);
    CHECK(bench.budget.transforms() == 1);
    CHECK(bench.budget.bytes() == sizeof(EngineBench<>::Node) + std::string{}.capacity());

    bench.complete(std::move(slow));
    CHECK(bench.budget_is_empty());
    CHECK(bench.engine.statistics().late_results == 1);
    CHECK(bench.engine.statistics().completed == 1);
}

TEST_CASE("Engine: the last reader of a payload whose chunk is stored frees it") {
    sheaf::Options options;
    options.transform_timeout = 10s;
    options.transform_attempts = 2;
    options.transform_backoff = {1s, 1s, 1.0, 0.0};
    EngineBench<> bench{options};
    REQUIRE(bench.submit(only_id, 1, false, 1234).accepted());  // waits for index 0
    auto slow = bench.take_call();
    slow.node->retain();
    const sheaf::core::NodeReference keep{slow.node.get()};
    REQUIRE(bench.begin(slow));
    bench.advance_to(bench.now + 10s);  // timed out
    bench.advance_to(bench.now + 1s);   // tried again
    bench.complete(bench.take_call());
    CHECK(test::content_of(keep->payload_bytes()) == 1234);
    bench.complete(std::move(slow));
    CHECK(keep->payload_bytes().empty());
}

TEST_CASE("Engine: a refused packet keeps its payload and its receipt") {
    EngineBench<> bench{sheaf::Options{}};
    REQUIRE(bench.submit(only_id, 0, true, 1).accepted());
    auto beyond = EngineBench<>::packet(only_id, 1, false, 55);
    CHECK(bench.submit(beyond).outcome == sheaf::Verdict::conflict);
    CHECK(test::content_of(beyond.payload.bytes()) == 55);
    CHECK(beyond.receipt == 55);

    auto twin = EngineBench<>::packet(only_id, 0, true, 66);
    CHECK(bench.submit(twin).outcome == sheaf::Verdict::duplicate);
    CHECK(test::content_of(twin.payload.bytes()) == 66);  // only the receipt is taken
}

TEST_CASE("Engine: an undone admission gives the packet back as it was") {
    EngineBench<> bench{sheaf::Options{}};
    for (std::uint32_t i = 0; i < 6; ++i) { REQUIRE(bench.submit(only_id, 2 * i + 2, false, i).accepted()); }
    const auto deadline = bench.engine.next_deadline();
    bench.now += 5s;
    auto packet = EngineBench<>::packet(only_id, 0, false, 77);
    REQUIRE(bench.submit(packet).outcome.accepted());
    auto call = bench.take_call(6);
    REQUIRE(bench.undo(call, packet));
    CHECK(test::content_of(packet.payload.bytes()) == 77);
    CHECK(packet.receipt == 77);
    CHECK(bench.engine.statistics().accepted.packets == 6);
    CHECK(bench.engine.next_deadline() == deadline);
    CHECK(bench.submit(packet).outcome.accepted());
}
