#include <sheaf/packet_collator.hpp>

#include <collator_fixtures.hpp>
#include <erased_collator.hpp>

#include <array>
#include <string>
#include <string_view>

// Packets that the submitting thread transforms at once, where the bounds are near.

namespace {

using sheaf::Outcome;
using sheaf::Rejection;
using sheaf::WhenFull;
using test::packet;
using test::TextSink;

/// Its payload is lent, so it may be a direct call.
[[nodiscard]] test::Packet lent(std::uint64_t id,
                                std::uint64_t index,
                                std::string_view text,
                                bool last = false) {
    return {.resource_id = id, .index = index, .payload = text, .last = last};
}

struct LargeId {
    std::uint64_t value = 0;
    std::array<char, 4000> rest{};
    friend bool operator==(const LargeId&, const LargeId&) noexcept = default;
};
struct LargeIdHash {
    explicit LargeIdHash(sheaf::SipKey key) noexcept
        : keyed{key} {}
    [[nodiscard]] std::uint64_t operator()(const LargeId& id) const noexcept { return keyed(id.value); }
    sheaf::KeyedHash keyed;
};
struct LargeIdTraits : sheaf::DefaultTraits {
    using resource_id = LargeId;
    using hash = LargeIdHash;
};

}  // namespace

TEST_CASE("direct calls: a packet that is too large with all that comes with it is refused") {
    sheaf::PacketCollator collator{test::Text{},
                                   sheaf::Handlers{[](const sheaf::Completed<std::string, LargeId>&) {},
                                                   [](const sheaf::Incomplete<std::string, LargeId>&) {}},
                                   sheaf::InlineExecutor{},
                                   {.max_bytes = 4096},
                                   sheaf::traits<LargeIdTraits>};
    CHECK(collator.submit({.resource_id = {}, .index = 0, .payload = std::string_view{"a"}}) ==
          Outcome{Rejection::too_large});
    CHECK(collator.statistics().held_bytes == 0);
}

TEST_CASE("direct calls: the memory that a former resource leaves makes no packet too large") {
    TextSink sink;
    test::Collator collator{test::Text{}, std::ref(sink), {}, {.max_bytes = 4096}};
    const std::string text(437, 'x');  // doubled with the second, third and fifth chunk: 3,496 bytes
    for (std::uint64_t id = 0; id < 100; ++id) {  // in each stripe more than once
        for (std::uint64_t index = 0; index < 5; ++index) {
            CHECK(collator.submit(lent(id, index, text, index == 4)).accepted());
        }
    }
    CHECK(sink.completed().size() == 100);
}

TEST_CASE("direct calls: at a bound a resource that begins is refused, and one that goes on is not") {
    TextSink sink;
    test::Collator collator{
        test::Text{}, std::ref(sink), {}, {.max_bytes = 65'536, .when_full = WhenFull::reject}};
    CHECK(collator.submit(lent(1, 0, "a")).accepted());
    // Packets beyond a gap hold all that is open to them.
    std::uint64_t held = 1;
    while (collator.submit(packet(2, held, "x")).accepted()) { ++held; }
    CHECK(held > 50);
    const Outcome outcome = collator.submit(lent(3, 0, std::string(200, 'c')));
    CHECK(outcome == Outcome{Rejection::overloaded});
    // The next packet of a resource may use the reserve.
    CHECK(collator.submit(lent(1, 1, "b")).accepted());
    CHECK(collator.submit(lent(1, 2, "c", true)).accepted());
    REQUIRE(sink.completed().size() == 1);
    CHECK(sink.completed().front().output == "abc");
    CHECK(collator.submit(packet(2, 0, "-")).accepted());
    CHECK(collator.submit(packet(2, held, "x", true)).accepted());
    CHECK(sink.completed().size() == 2);
    CHECK(test::is_at_rest(collator.statistics()));
}
