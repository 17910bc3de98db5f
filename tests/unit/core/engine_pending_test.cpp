// Chunks that wait for their turn: many of them, and such as a collation does not take at once.

#include <sheaf/core/engine.hpp>

#include "engine_bench.hpp"
#include "random.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

using test::EngineBench;

namespace {

/// Now and then it has no memory for a chunk.
struct ReluctantCollation : sheaf::Concatenate {
    inline static bool declines = false;

    template <class Chunk>
    [[nodiscard]] static bool append(Chunk& prefix, Chunk& chunk) noexcept {
        return !declines && Concatenate::append(prefix, chunk);
    }
};
struct ReluctantTraits : test::RestingTraits {
    using collation = ReluctantCollation;
};

[[nodiscard]] std::vector<std::uint32_t> ascending(std::uint32_t count) {
    std::vector<std::uint32_t> numbers(count);
    for (std::uint32_t i = 0; i < count; ++i) { numbers[i] = i; }
    return numbers;
}

/// Submits the packets of one resource in that order, completes each at once, and delivers. `before_each`: is called
/// before each packet.
template <class Traits, class BeforeEach>
void run(const std::vector<std::uint32_t>& order, bool with_chunk, BeforeEach before_each) {
    using TestBench = EngineBench<Traits>;
    // With some of the budget spare, as in a collator: else a chunk at hand has to ask for a place like any other packet.
    TestBench bench{sheaf::Options{}, 1, 1'000, {64, 1U << 20U, 8, 64}};
    const auto count = static_cast<std::uint32_t>(order.size());
    test::Chunk expected;
    for (const std::uint32_t i : ascending(count)) {
        const test::Chunk chunk = test::chunk_of(i);
        expected.insert(expected.end(), chunk.begin(), chunk.end());
    }
    for (const std::uint32_t index : order) {
        REQUIRE(bench.ready.empty());
        before_each();
        auto sent = TestBench::packet(7, index, index + 1 == count, index);
        bool is_accepted = false;
        if constexpr (TestBench::Engine::allows_direct_calls) {
            is_accepted = bench.submit_directly(sent, with_chunk).outcome.accepted();
        } else {
            is_accepted = bench.submit(sent).outcome.accepted();
        }
        REQUIRE(is_accepted);
        bench.complete_all();
    }
    REQUIRE(bench.ready.size() == 1);
    auto& resource = bench.take_ready();
    const auto* const event = std::get_if<typename TestBench::Completed>(&bench.event_of(resource));
    REQUIRE(event != nullptr);
    CHECK(event->packets == count);
    CHECK(event->output == expected);
    const auto given_back = bench.retire(resource);
    if constexpr (TestBench::Engine::has_receipts) { CHECK(given_back == ascending(count)); }
    bench.engine.sweep();
    CHECK(bench.budget_is_empty());
    CHECK(bench.is_conserved());
    CHECK(bench.submit(7, 0, false, 0) == sheaf::Verdict::duplicate);
}

}  // namespace

TEST_CASE("Engine: many chunks wait for the first packet") {
    for (const std::uint32_t count : {2U, 70U, 1'500U}) {  // few, in blocks, more than memory is kept of
        CAPTURE(count);
        const auto in_order = ascending(count);
        const std::vector<std::uint32_t> reversed(in_order.rbegin(), in_order.rend());
        const auto nothing = [] {};
        run<test::EngineTraits>(reversed, false, nothing);
        run<test::RestingTraits>(reversed, false, nothing);
        run<test::RestingTraits>(reversed, true, nothing);
    }
}

TEST_CASE("Engine: a chunk that finds no memory beside the prefix waits until there is some") {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        CAPTURE(seed);
        test::Random random{seed};
        auto order = ascending(static_cast<std::uint32_t>(random.between(1, 12)));
        if (random.chance(50)) { random.shuffle(order); }
        const bool with_chunk = random.chance(50);
        run<ReluctantTraits>(order, with_chunk, [&] { ReluctantCollation::declines = random.chance(40); });
    }
    ReluctantCollation::declines = false;
}
