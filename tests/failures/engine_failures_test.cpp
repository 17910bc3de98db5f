#include "failure_points.hpp"

#include <engine_bench.hpp>

#include <doctest/doctest.h>
#include <random.hpp>

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <variant>

/// The engine alone, without any memory from admission on: all that it needs later is found by `admit`.

namespace {

using test::Chunk;
using test::EngineBench;
using test::FailurePoints;
using test::Hook;

using Bench = EngineBench<>;

/// While it stands every allocation fails.
class NoMemory {
public:
    NoMemory() noexcept { FailurePoints::arm(Hook::allocation, 1, test::Failing::for_ever); }
    NoMemory(const NoMemory&) = delete;
    NoMemory& operator=(const NoMemory&) = delete;
    ~NoMemory() {
        failures() += FailurePoints::failures();
        FailurePoints::lift();
    }

    /// Of all of them so far.
    [[nodiscard]] static std::uint64_t& failures() noexcept {
        static std::uint64_t count = 0;
        return count;
    }
};

/// One history of random steps: submissions with memory, everything else without.
class History {
public:
    explicit History(std::uint64_t seed)
        : random_{seed}
        , bench_{options()} {
        // Of the bench, not of the engine: it keeps calls and ended resources here.
        bench_.calls.reserve(1'000);
        bench_.ready.reserve(1'000);
    }

    void play() {
        for (int step = 0; step < 60; ++step) {
            switch (random_.below(9)) {
            case 0:
            case 1:
            case 2: submit(); break;
            case 3:
            case 4: complete(); break;
            case 5: fail(); break;
            case 6: pass(); break;
            case 7: begin(); break;
            default: deliver(); break;
            }
            CHECK(bench_.is_conserved());
        }
        end();
    }

private:
    [[nodiscard]] static sheaf::Options options() {
        sheaf::Options made;
        made.gap_timeout = std::chrono::seconds{3};
        made.inactivity_timeout = std::chrono::seconds{5};
        made.transform_timeout = std::chrono::seconds{2};
        made.transform_attempts = 2;
        made.delivery_attempts = 2;
        return made;
    }

    void submit() {
        const std::uint64_t id = random_.below(4);
        const std::uint64_t index = random_.below(6);
        const std::uint32_t content = ++contents_;
        if (bench_.submit(id, index, index == 5, content).accepted()) { ++in_flight_[content]; }
    }
    [[nodiscard]] Bench::Call any_call() { return bench_.take_call(random_.below(bench_.calls.size())); }
    /// Sometimes a call goes on for a while: then it may exceed its time.
    void begin() {
        if (bench_.calls.empty()) { return; }
        Bench::Call& call = bench_.calls[random_.below(bench_.calls.size())];
        if (!call.begun) { static_cast<void>(bench_.begin(call)); }
    }
    void complete() {
        if (bench_.calls.empty()) { return; }
        auto call = any_call();
        Chunk chunk(20,
                    call.content);  // larger than what is left of the prefix, so that `append` needs memory
        const NoMemory none;
        bench_.complete(std::move(call), std::move(chunk));
    }
    void fail() {
        if (bench_.calls.empty()) { return; }
        auto call = any_call();
        const auto error = std::make_exception_ptr(test::Failure{});
        const NoMemory none;
        bench_.fail(std::move(call), error);
    }
    void pass() {
        const auto later = bench_.now + std::chrono::milliseconds{random_.below(2'000)};
        const NoMemory none;
        bench_.advance_to(later);
    }
    /// Sometimes the sink fails, and then there may be an attempt too many; sometimes the event finds no memory.
    void deliver() {
        if (bench_.ready.empty()) { return; }
        Bench::Resource& resource = bench_.take_ready(random_.below(bench_.ready.size()));
        if (random_.chance(33)) {
            const NoMemory none;
            try {
                static_cast<void>(bench_.event_of(resource));
            } catch (const std::bad_alloc&) {}
            if (bench_.engine.not_delivered(resource, bench_.now)) {
                bench_.engine.keep_undelivered(resource);
            }
            return;
        }
        std::visit([this](const auto& event) { take(event); }, bench_.event_of(resource));
        const NoMemory none;
        bench_.engine.retire(resource, Bench::Engine::Departure::delivered, bench_.now);
        static_cast<void>(bench_.engine.forget(resource));
    }
    void end() {
        {
            const NoMemory none;
            if (random_.chance(50)) { bench_.close_unfillable(); }
            bench_.abandon();
        }
        while (!bench_.ready.empty() || !bench_.calls.empty()) {
            if (!bench_.calls.empty()) {
                complete();
            } else {
                deliver();
            }
            const NoMemory none;
            bench_.abandon();
        }
        CHECK(std::all_of(in_flight_.begin(), in_flight_.end(),
                          [](const auto& each) { return each.second == 0; }));
        CHECK(bench_.budget_is_empty());
        CHECK(bench_.engine.statistics().in_flight == sheaf::Volume{});
    }

    void take(std::uint32_t content) {
        CHECK(in_flight_.at(content) == 1);
        --in_flight_.at(content);
    }
    void take_output(const Chunk& output) {
        CHECK(output.size() % 20 == 0);
        for (std::size_t i = 0; i < output.size(); i += 20) { take(output[i]); }
    }
    void take(const Bench::Completed& event) {
        CHECK(event.output.size() == 20 * event.packets);
        take_output(event.output);
    }
    void take(const Bench::Incomplete& event) {
        take_output(event.output);
        for (const auto& each : event.chunks) { take_output(each.chunk); }
        for (const auto& each : event.payloads) { take(test::content_of(each.payload.bytes())); }
        CHECK(event.output.size() / 20 + event.chunks.size() + event.payloads.size() == event.packets);
    }

    test::Random random_;
    Bench bench_;
    std::uint32_t contents_ = 0;
    std::map<std::uint32_t, int> in_flight_;
};

}  // namespace

TEST_CASE("failures: what has been admitted needs no memory to be completed, to fail and to expire") {
    constexpr std::uint64_t histories = 400;
    NoMemory::failures() = 0;
    const std::size_t held = test::allocated_bytes();
    for (std::uint64_t seed = 1; seed <= histories; ++seed) {
        CAPTURE(seed);
        History{seed}.play();
        CHECK(test::allocated_bytes() == held);
    }
    std::printf("engine: %llu allocations failed in %llu histories\n",
                static_cast<unsigned long long>(NoMemory::failures()),
                static_cast<unsigned long long>(histories));
    CHECK(NoMemory::failures() >= histories);
}

TEST_CASE("failures: any number of events that wait for the sink's next attempt need no memory for that") {
    constexpr std::uint64_t resources = 40;  // more than any container has room for before it is told
    sheaf::Options options;
    options.delivery_attempts = 2;
    Bench bench{options};
    for (std::uint64_t id = 0; id < resources; ++id) {
        REQUIRE(bench.submit(id, 0, true, 1).accepted());
        bench.complete(bench.take_call());
        Bench::Resource& resource = bench.take_ready();
        static_cast<void>(bench.event_of(resource));
        const NoMemory none;
        CHECK_FALSE(bench.engine.not_delivered(resource, bench.now));
    }
    bench.advance_to(bench.now + options.delivery_backoff.maximum);
    CHECK(bench.ready.size() == resources);
    while (!bench.ready.empty()) { bench.retire(bench.take_ready()); }
    CHECK(bench.budget_is_empty());
}
