// A resource that ends with many pending chunks: these are left to the event, which is made with no lock held.

#include <sheaf/core/engine.hpp>

#include "engine_bench.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

using test::EngineBench;

namespace {

/// Submits 0 to `count` - 1 in descending order, with chunks at hand where that is possible, and delivers.
template <class Traits>
void run(std::uint32_t count, bool with_chunk) {
    using TestBench = EngineBench<Traits>;
    sheaf::Options options;
    TestBench bench{options};
    test::Chunk expected;
    std::vector<std::uint32_t> receipts;
    for (std::uint32_t i = 0; i < count; ++i) {
        const test::Chunk chunk = test::chunk_of(i);
        expected.insert(expected.end(), chunk.begin(), chunk.end());
        receipts.push_back(i);
    }
    for (std::uint32_t left = count; left-- != 0;) {
        REQUIRE(bench.ready.empty());
        auto sent = TestBench::packet(7, left, left + 1 == count, left);
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
    const bool are_many = count > 65;
    CHECK(resource.activity->pending.empty() == !are_many);
    CHECK(resource.prefix.empty() == are_many);

    const auto* const event = std::get_if<typename TestBench::Completed>(&bench.event_of(resource));
    REQUIRE(event != nullptr);
    CHECK(event->packets == count);
    CHECK(event->output == expected);
    const auto given_back = bench.retire(resource);
    if constexpr (TestBench::Engine::has_receipts) { CHECK(given_back == receipts); }
    bench.engine.sweep();
    CHECK(bench.budget_is_empty());
    CHECK(bench.is_conserved());
    CHECK(bench.submit(7, 0, false, 0) == sheaf::Verdict::duplicate);
}

}  // namespace

TEST_CASE("Engine: many pending chunks are left to the event, few are collated at once") {
    for (const std::uint32_t count : {2U, 64U, 66U, 67U, 1'000U}) {
        CAPTURE(count);
        run<test::EngineTraits>(count, false);
        run<test::RestingTraits>(count, false);
        run<test::RestingTraits>(count, true);
    }
}
