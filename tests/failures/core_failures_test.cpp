#include "failure_points.hpp"

#include <sheaf/core/pending_sequence.hpp>

#include <engine_bench.hpp>

#include <doctest/doctest.h>
#include <random.hpp>

#include <cstdint>
#include <new>
#include <string>
#include <variant>
#include <vector>

/// Parts of the engine that find no memory: they are then as if nothing had been asked of them.

namespace {

using test::EngineBench;
using test::Failing;
using test::FailurePoints;
using test::Hook;

using Bench = EngineBench<>;

/// Calls `step` with its allocation number `at` failing. True where that one was reached, and `step` threw.
template <class Step>
[[nodiscard]] bool fails_at(std::uint64_t at, Failing how, const Step& step) {
    FailurePoints::arm(Hook::allocation, at, how);
    try {
        step();
    } catch (const std::bad_alloc&) {
        FailurePoints::lift();
        return true;
    }
    FailurePoints::lift();
    return false;
}

}  // namespace

TEST_CASE("failures: a sequence of pending packets stays as it is where an insertion finds no memory") {
    constexpr std::uint64_t count = 400;  // many blocks
    std::vector<std::uint64_t> indices;
    for (std::uint64_t i = 0; i < count; ++i) { indices.push_back(i * 3); }
    test::Random{5}.shuffle(indices);
    int value = 0;
    std::uint64_t failures = 0;
    const auto live_before = FailurePoints::live_blocks();
    {
        sheaf::core::PendingSequence<int*> sequence;
        std::size_t size = 0;
        for (const std::uint64_t index : indices) {
            for (std::uint64_t at = 1; fails_at(at, Failing::once, [&] { sequence.insert(index, &value); });
                 ++at) {
                ++failures;
                CHECK(sequence.find(index) == nullptr);
                CHECK(sequence.size() == size);
            }
            ++size;
            CHECK(sequence.find(index) == &value);
        }
        std::uint64_t next = 0;
        sequence.for_each([&](std::uint64_t index, const int*) {
            CHECK(index == next);
            next += 3;
        });
        CHECK(next == count * 3);
    }
    CHECK(FailurePoints::live_blocks() == live_before);
    CHECK(failures > 20);
}

TEST_CASE("failures: a head packet whose admission finds no memory gives the reserve back") {
    sheaf::Options options;
    options.max_packets = 100;
    options.max_bytes = 64'000;
    std::uint64_t failures = 0;
    for (std::uint64_t at = 1;; ++at) {
        Bench bench{options};
        bench.calls.reserve(2);  // the bench's own
        REQUIRE(bench.submit(1, 1, true, 1).accepted());
        // Another resource fills the shared part of the bytes, so that the head takes from the reserve.
        sheaf::core::Charge rest{0, 60'000 - bench.budget.bytes(), 0, 0};
        REQUIRE(bench.budget.try_acquire(rest, false));
        auto head = Bench::packet(1, 0, false, 2);
        const std::size_t held = bench.budget.bytes();
        if (!fails_at(at, Failing::for_ever, [&] { REQUIRE(bench.submit(head).outcome.accepted()); })) {
            break;
        }
        ++failures;
        CHECK(bench.budget.bytes() == held);
        // The reserve is whole: the largest packet that fits into an untouched one is granted.
        CHECK(bench.budget.try_acquire({1, 4'000, 0, 1}, true).is_from_reserve);
    }
    CHECK(failures > 0);
}

TEST_CASE("failures: an admission that cannot be undone for want of memory stands") {
    std::uint64_t failures = 0;
    for (const std::uint64_t others : {5U, 40U, 200U}) {
        Bench bench{{}};
        std::vector<std::uint64_t> indices;
        for (std::uint64_t i = 0; i < others; ++i) { indices.push_back(others - i); }
        for (const std::uint64_t index : indices) { REQUIRE(bench.submit(1, index, false, 1).accepted()); }
        auto head = Bench::packet(1, 0, false, 2);
        REQUIRE(bench.submit(head).outcome.accepted());
        auto call = bench.take_call(bench.calls.size() - 1);
        FailurePoints::arm(Hook::allocation, 1, Failing::for_ever);
        const bool undone = bench.undo(call, head);
        failures += FailurePoints::failures();
        FailurePoints::lift();
        CHECK(undone == (FailurePoints::failures() == 0));
        if (!undone) { bench.complete(std::move(call)); }
        bench.complete_all();
        bench.abandon();
        REQUIRE(bench.ready.size() == 1);
        static_cast<void>(bench.event_of(*bench.ready.front()));
        bench.retire(bench.take_ready());
        CHECK(bench.is_conserved());
        CHECK(bench.budget_is_empty());
    }
    CHECK(failures > 0);
}

TEST_CASE(
    "failures: a resource that rests and finds no memory to end stays, and ends when there is some again") {
    enum class End : std::uint8_t { evict, close, abandon };
    using RestingBench = EngineBench<test::RestingTraits>;
    constexpr std::uint64_t resources = 5;
    for (const End end : {End::evict, End::close, End::abandon}) {
        CAPTURE(static_cast<int>(end));
        const std::size_t held_before = test::allocated_bytes();
        {
            RestingBench bench{{}};
            bench.ready.reserve(resources);  // the bench's own
            for (std::uint64_t id = 1; id <= resources; ++id) {
                REQUIRE(bench.submit(id, 0, false, static_cast<std::uint32_t>(id)).accepted());
                bench.complete_all();
            }
            bool has_evicted = true;
            const auto end_some = [&] {
                switch (end) {
                case End::evict:
                    for (std::uint64_t i = 0; i < resources; ++i) {
                        RestingBench::Resource* const oldest = bench.engine.oldest();
                        if (oldest == nullptr) { return; }
                        RestingBench::Engine::Work work;
                        has_evicted = bench.engine.evict(*oldest, bench.now, work);
                        while (RestingBench::Resource* const ended = work.deliver.pop()) {
                            bench.ready.push_back(ended);
                        }
                        if (!has_evicted) { return; }
                    }
                    return;
                case End::close: bench.close_unfillable(); return;
                case End::abandon: bench.abandon(); return;
                }
            };
            FailurePoints::arm(Hook::allocation, 1, Failing::for_ever);
            end_some();
            const std::size_t ended = bench.ready.size();
            const auto booked = bench.held();
            end_some();  // changes nothing more
            const std::uint64_t failures = FailurePoints::failures();
            FailurePoints::lift();
            CHECK(failures > 0);
            CHECK(has_evicted == (end != End::evict));
            // All have rested in turn, so there is memory for one.
            CHECK(ended == 1);
            CHECK(bench.ready.size() == ended);
            CHECK(bench.held() == booked);
            CHECK(bench.engine.statistics().open_resources == resources - ended);
            // They are as they were: one even goes on.
            REQUIRE(bench.submit(resources, 1, false, 77).accepted());
            bench.complete_all();

            end_some();
            REQUIRE(bench.ready.size() == resources);
            std::size_t packets = 0;
            while (!bench.ready.empty()) {
                RestingBench::Resource& resource = bench.take_ready();
                const auto& event = std::get<RestingBench::Incomplete>(bench.event_of(resource));
                CHECK(event.reason == (end == End::evict   ? sheaf::IncompleteReason::evicted
                                       : end == End::close ? sheaf::IncompleteReason::drained
                                                           : sheaf::IncompleteReason::cancelled));
                packets += event.packets;
                bench.retire(resource);
            }
            CHECK(packets == resources + 1);
            CHECK(bench.is_conserved());
            CHECK(bench.budget_is_empty());
        }
        CHECK(test::allocated_bytes() == held_before);
    }
}
