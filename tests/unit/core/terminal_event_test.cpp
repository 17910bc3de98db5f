#include <sheaf/core/terminal_event.hpp>

#include <sheaf/collation/fold.hpp>
#include <sheaf/collation/keep_chunks.hpp>

#include "engine_bench.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace std::chrono_literals;
using sheaf::IncompleteReason;
using sheaf::IndexRange;
using test::Chunk;
using test::EngineBench;

namespace {

/// A transform's result of one number; how the numbers are collated differs from test to test.
template <class Collation>
struct Collating : test::EngineTraits {
    using collation = Collation;
};

/// Adds up, but refuses the number 13.
struct UnluckySum {
    std::uint32_t operator()(std::uint32_t sum, std::uint32_t chunk) const {
        if (chunk == 13) { throw std::domain_error{"thirteen"}; }
        return sum + chunk;
    }
};

/// Takes chunks into a sum as they come, and refuses to make an output, of nothing too.
struct NeverFinishes {
    template <class>
    using prefix_type = std::vector<std::uint32_t>;
    template <class>
    using output_type = std::vector<std::uint32_t>;
    template <class Value>
    static bool append(std::vector<std::uint32_t>& prefix, Value& chunk) noexcept {
        if (prefix.size() == prefix.capacity()) { return false; }
        prefix.push_back(chunk);
        return true;
    }
    template <class Value>
    static std::vector<std::uint32_t> finish(std::vector<std::uint32_t>&, std::span<Value>) {
        throw std::domain_error{"never"};
    }
};

template <class Bench>
void submit_numbers(Bench& bench, const std::vector<std::uint32_t>& numbers) {
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        REQUIRE(bench.submit(7, i, i + 1 == numbers.size(), numbers[i]).accepted());
        bench.complete(bench.take_call(), numbers[i]);
    }
}

std::string what(const std::exception_ptr& error) {
    try {
        if (error != nullptr) { std::rethrow_exception(error); }
        return "nothing";
    } catch (const std::exception& e) { return e.what(); }
}

}  // namespace

TEST_CASE("Terminal event: Completed carries the collation and the header") {
    sheaf::Options options;
    options.name = "collator";
    EngineBench<> bench{options, 255};
    const auto opened_at = bench.now;
    REQUIRE(bench.submit(7, 1, true, 3).accepted());
    bench.now += 1s;
    REQUIRE(bench.submit(7, 0, false, 2).accepted());
    bench.now += 1s;
    bench.complete_all();
    REQUIRE(bench.ready.size() == 1);

    const auto& event = std::get<EngineBench<>::Completed>(bench.event_of(*bench.ready[0]));
    CHECK(event.id == 7);
    CHECK(event.incarnation == 255);
    CHECK(event.delivery_id() == "collator/7/ff");
    CHECK(event.packets == 2);
    CHECK(event.opened_at == opened_at);
    CHECK(event.settled_at == opened_at + 2s);
    CHECK(event.output == Chunk{2, 2, 3, 3, 3});
}

TEST_CASE("Terminal event: Incomplete carries everything that was accepted") {
    EngineBench<> bench{sheaf::Options{}};
    // 0 and 1 have chunks, 2 is missing, 3 has failed, 5 has a chunk, 8 has one and is the last.
    for (const std::uint64_t index : {0U, 1U, 3U, 5U, 8U}) {
        REQUIRE(bench.submit(7, index, index == 8, static_cast<std::uint32_t>(20 + index)).accepted());
    }
    while (!bench.calls.empty()) {
        auto call = bench.take_call();
        call.index == 3 ? bench.fail(std::move(call), "no three") : bench.complete(std::move(call));
    }
    REQUIRE(bench.ready.size() == 1);
    const auto& event = std::get<EngineBench<>::Incomplete>(bench.event_of(*bench.ready[0]));
    CHECK(event.reason == IncompleteReason::transform_failed);
    CHECK(what(event.error) == "no three");
    CHECK(event.packets == 5);
    CHECK(event.collated == 2);
    CHECK(event.output == Chunk{21});  // 20 % 5 is 0: an empty chunk
    CHECK(event.missing == std::vector<IndexRange>{{2, 2}, {4, 4}, {6, 7}});
    CHECK(event.last_index == 8);
    REQUIRE(event.chunks.size() == 2);
    CHECK(event.chunks[0].index == 5);
    CHECK(event.chunks[0].chunk == Chunk{});
    CHECK(event.chunks[1].index == 8);
    CHECK(event.chunks[1].chunk == Chunk{28, 28, 28});
    REQUIRE(event.payloads.size() == 1);
    CHECK(event.payloads[0].index == 3);
    CHECK(test::content_of(event.payloads[0].payload.bytes()) == 23);
}

TEST_CASE("Terminal event: the payload in it outlives the resource and the engine") {
    sheaf::SharedPayload payload;
    {
        EngineBench<> bench{sheaf::Options{}};
        REQUIRE(bench.submit(7, 0, true, 42).accepted());
        bench.fail(bench.take_call());
        auto& resource = bench.take_ready();
        payload = std::get<EngineBench<>::Incomplete>(bench.event_of(resource)).payloads.at(0).payload;
        bench.retire(resource);
        CHECK(bench.budget_is_empty());
    }
    CHECK(test::content_of(payload.bytes()) == 42);
    payload = {};
    CHECK(test::allocated_bytes() == 0);
}

TEST_CASE("Terminal event: collations that work at the end") {
    SUBCASE("KeepChunks keeps one element a packet") {
        EngineBench<Collating<sheaf::KeepChunks>, std::uint32_t> bench{sheaf::Options{}};
        submit_numbers(bench, {5, 0, 7});
        const auto& event = std::get<decltype(bench)::Completed>(bench.event_of(*bench.ready.at(0)));
        CHECK(event.output == std::vector<std::uint32_t>{5, 0, 7});
    }
    SUBCASE("Fold folds in index order") {
        EngineBench<Collating<sheaf::Fold<std::uint32_t, UnluckySum>>, std::uint32_t> bench{sheaf::Options{}};
        submit_numbers(bench, {5, 0, 7});
        const auto& event = std::get<decltype(bench)::Completed>(bench.event_of(*bench.ready.at(0)));
        CHECK(event.output == 12);
    }
}

TEST_CASE("Terminal event: a collation that throws makes it Incomplete with all chunks") {
    EngineBench<Collating<sheaf::Fold<std::uint32_t, UnluckySum>>, std::uint32_t> bench{sheaf::Options{}};
    submit_numbers(bench, {5, 13, 7});
    auto& resource = bench.take_ready();
    const auto& event = std::get<decltype(bench)::Incomplete>(bench.event_of(resource));
    CHECK(event.reason == IncompleteReason::collation_failed);
    CHECK(what(event.error) == "thirteen");
    CHECK(event.collated == 0);
    CHECK(event.output == 0);
    REQUIRE(event.chunks.size() == 3);
    CHECK(event.chunks[0].chunk == 5);
    CHECK(event.chunks[1].chunk == 13);
    CHECK(event.chunks[2].chunk == 7);
    CHECK(event.payloads.empty());
    CHECK(event.missing.empty());
    CHECK(event.last_index == 2);

    // It had all its packets: one that comes again is a duplicate, not late.
    bench.retire(resource);
    CHECK(bench.submit(7, 1, false, 1) == sheaf::Verdict::duplicate);
    CHECK(bench.engine.statistics().incomplete == 1);
}

TEST_CASE("Terminal event: a collation that throws on the prefix of an incomplete resource") {
    EngineBench<Collating<sheaf::Fold<std::uint32_t, UnluckySum>>, std::uint32_t> bench{sheaf::Options{}};
    REQUIRE(bench.submit(7, 0, false, 13).accepted());
    REQUIRE(bench.submit(7, 2, false, 2).accepted());
    bench.complete(bench.take_call(), 13);
    bench.complete(bench.take_call(), 2);
    bench.close_unfillable();
    const auto& event = std::get<decltype(bench)::Incomplete>(bench.event_of(*bench.ready.at(0)));
    CHECK(event.reason == IncompleteReason::drained);  // what ended it, not what went wrong afterwards
    CHECK(event.collated == 0);
    REQUIRE(event.chunks.size() == 2);
    CHECK(event.chunks[0].chunk == 13);
    CHECK(event.chunks[1].chunk == 2);
}

TEST_CASE("Terminal event: a collation that can make no output at all still lets the event out") {
    EngineBench<Collating<NeverFinishes>, std::uint32_t> bench{sheaf::Options{}};
    submit_numbers(bench, {5, 6});
    const auto& event = std::get<decltype(bench)::Incomplete>(bench.event_of(*bench.ready.at(0)));
    CHECK(event.reason == IncompleteReason::collation_failed);
    CHECK(event.output.empty());
    REQUIRE(event.chunks.size() == 2);
    CHECK(event.chunks[1].chunk == 6);
}
