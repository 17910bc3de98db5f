#include <sheaf/collation/keep_chunks.hpp>
#include <sheaf/packet_collator.hpp>

#include <collator_fixtures.hpp>
#include <erased_collator.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

// Packets that the submitting thread transforms at once, where the bounds are near.

namespace {

using sheaf::Outcome;
using sheaf::Rejection;
using sheaf::WhenFull;
using test::packet;
using test::Signal;
using test::TextSink;
using namespace std::chrono_literals;

/// Its payload is lent, so it may be a direct call.
[[nodiscard]] test::Packet lent(std::uint64_t id,
                                std::uint64_t index,
                                std::string_view text,
                                bool last = false) {
    return {.resource_id = id, .index = index, .payload = text, .last = last};
}

struct KeepingTraits : sheaf::DefaultTraits {
    using collation = sheaf::KeepChunks;
};

struct LargeId {
    std::uint64_t value = 0;
    std::array<char, 4000> rest{};
    friend bool operator==(const LargeId&, const LargeId&) noexcept = default;
};
struct LargeIdTraits : sheaf::DefaultTraits {
    using resource_id = LargeId;
    using hash = test::ValueHash;
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

TEST_CASE("direct calls: one that cancel has given up looks at nothing of its resource") {
    const test::Watchdog watchdog;
    Signal arrived;
    Signal let_go;
    TextSink sink;
    test::Collator collator{test::Hanging{arrived, let_go}, std::ref(sink), sheaf::InlineExecutor{}};
    test::Thread helper{[&] { CHECK(collator.submit(lent(1, 0, "hang")).accepted()); }};
    CHECK(arrived.wait());
    // So many that the resource is not kept for another one.
    for (std::uint64_t index = 1; index <= 200; ++index) {
        CHECK(collator.submit(lent(1, index, "x")).accepted());
    }
    collator.cancel();
    CHECK(sink.size() == 1);
    let_go.set();
    helper.join();
    CHECK(test::is_at_rest(collator.statistics()));
}

TEST_CASE("direct calls: a batch with chunks that are large in themselves needs little stack") {
    using Chunk = std::array<char, 256 * 1024>;
    std::size_t delivered = 0;
    sheaf::PacketCollator collator{
        [](std::span<const std::byte>) { return Chunk{}; },
        sheaf::Handlers{[&](const sheaf::Completed<std::vector<Chunk>>&) { ++delivered; },
                        [](const sheaf::Incomplete<std::vector<Chunk>, std::uint64_t, Chunk>&) {}},
        sheaf::InlineExecutor{},
        {},
        sheaf::traits<KeepingTraits>};
    std::vector<test::Packet> batch;
    for (std::uint64_t id = 0; id < 3; ++id) { batch.push_back(lent(id, 0, "a", true)); }
    CHECK(collator.submit(std::span{batch}).accepted == 3);
    CHECK(delivered == 3);
}

TEST_CASE("direct calls: the exception of a transform is destroyed under no lock") {
    struct Guard {
        std::function<void()>& at_end;
        explicit Guard(std::function<void()>& action)
            : at_end{action} {}
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;
        ~Guard() { at_end(); }
    };
    struct Error : std::runtime_error {
        explicit Error(std::function<void()>& at_end)
            : std::runtime_error{"not now"}
            , guard{std::make_shared<Guard>(at_end)} {}
        std::shared_ptr<Guard> guard;
    };
    const test::Watchdog watchdog;
    std::function<void()> at_end = [] {};
    TextSink sink;
    int calls = 0;
    test::Collator collator{[&](std::span<const std::byte> payload) -> std::string {
                                if (++calls == 1) { throw Error{at_end}; }
                                return test::text_of(payload);
                            },
                            std::ref(sink),
                            sheaf::InlineExecutor{},
                            {.transform_attempts = 2, .transform_backoff = {1h, 1h, 1.0, 0.0}}};
    std::uint64_t failures = 0;
    at_end = [&] { failures = collator.statistics().transform_failures; };
    CHECK(collator.submit(lent(1, 0, "a", true)).accepted());
    CHECK(failures == 1);
    collator.cancel();
    at_end = [] {};
}

TEST_CASE("direct calls: a packet that fits a fresh collator fits one that was used") {
    const auto submit_after = [](std::size_t former, std::size_t size) {
        TextSink sink;
        sheaf::PacketCollator collator{[](std::span<const std::byte> payload) {
                                           return test::text_of(
                                               payload.first(std::min<std::size_t>(payload.size(), 4000)));
                                       },
                                       std::ref(sink),
                                       sheaf::InlineExecutor{},
                                       {.max_bytes = 65'536, .when_full = WhenFull::reject},
                                       sheaf::traits<test::OneStripeTraits>};
        if (former != 0) { CHECK(collator.submit(lent(1, 0, std::string(former, 'b'), true)).accepted()); }
        return collator.submit(lent(2, 0, std::string(size, 'a'), true));
    };
    std::size_t size = 62'000;
    while (!submit_after(0, size).accepted()) { --size; }
    CHECK(size > 60'000);
    CHECK(submit_after(4000, size).accepted());
}
