#include <sheaf/core/engine.hpp>

#include "engine_bench.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <variant>

// Where the incarnation of a resource comes from: its first packet's place in the source, or a count.

namespace {

/// Receipts that know the place of their packet.
struct PositionTraits : test::EngineTraits {
    [[nodiscard]] static std::uint64_t source_position(const receipt& place) noexcept {
        return 1'000U + place;
    }
};

/// The delivery id of a resource whose packets arrive in this order.
template <class Traits>
[[nodiscard]] std::string delivery_id(std::uint64_t incarnation_seed, bool last_first) {
    test::EngineBench<Traits> bench{{}, incarnation_seed};
    REQUIRE(bench.submit(7, last_first ? 1 : 0, last_first, 50).accepted());
    REQUIRE(bench.submit(7, last_first ? 0 : 1, !last_first, 60).accepted());
    bench.complete_all();
    REQUIRE(bench.ready.size() == 1);
    auto& resource = bench.take_ready();
    const std::string id =
        std::visit([](const auto& event) { return event.delivery_id(); }, bench.event_of(resource));
    bench.retire(resource);
    return id;
}

}  // namespace

TEST_CASE("Engine: the first packet's source position makes the delivery id, the same after a restart") {
    test::EngineBench<PositionTraits> bench{{}, 5};
    REQUIRE(bench.submit(7, 3, false, 50).accepted());
    REQUIRE(bench.submit(7, 0, false, 60).accepted());
    CHECK(bench.calls[0].incarnation == 1'050);
    CHECK(bench.calls[1].incarnation == 1'050);

    const std::string id = delivery_id<PositionTraits>(1, false);
    CHECK(delivery_id<PositionTraits>(99, false) == id);
    CHECK(delivery_id<PositionTraits>(1, true) == id);
}

TEST_CASE("Engine: without source positions incarnations count from the seed") {
    CHECK(delivery_id<test::EngineTraits>(1, false) == delivery_id<test::EngineTraits>(1, true));
    CHECK(delivery_id<test::EngineTraits>(1, false) != delivery_id<test::EngineTraits>(2, false));
    test::EngineBench<> bench{{}, 5};
    REQUIRE(bench.submit(1, 0, true, 1).accepted());
    REQUIRE(bench.submit(2, 0, true, 1).accepted());
    CHECK(bench.calls[0].incarnation == 5);
    CHECK(bench.calls[1].incarnation == 6);
}
