#include <sheaf/core/resource_clocks.hpp>

#include <sheaf/events.hpp>
#include <sheaf/options.hpp>

#include "random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

using namespace std::chrono_literals;
using sheaf::IncompleteReason;
using sheaf::core::Instant;
using sheaf::core::never;

namespace {

/// As much of a resource as the clocks look at.
struct FakeResource : sheaf::core::Timer {
    struct Gaps {
        bool open = false;
        Instant first_sight{};
        [[nodiscard]] bool is_open() const noexcept { return open; }
        [[nodiscard]] Instant since() const noexcept { return first_sight; }
    };

    [[nodiscard]] bool is_fully_seen() const noexcept { return fully_seen; }

    Gaps gaps;
    bool fully_seen = false;
    Instant last_activity{};
    Instant opened_at{};
};

using Clocks = sheaf::core::ResourceClocks<FakeResource>;

sheaf::Options options_with(Instant gap, Instant inactivity, Instant age) {
    sheaf::Options options;
    options.gap_timeout = gap;
    options.inactivity_timeout = inactivity;
    options.total_age = age;
    return options;
}

}  // namespace

TEST_CASE("ResourceClocks: by default only a gap has a deadline") {
    const Clocks clocks{sheaf::Options{}};
    FakeResource resource;
    resource.last_activity = 10s;
    CHECK(clocks.deadline_of(resource).at == never);
    resource.gaps = {true, 7s};
    CHECK(clocks.deadline_of(resource).at == 67s);
    CHECK(clocks.deadline_of(resource).reason == IncompleteReason::gap_timeout);
}

TEST_CASE("ResourceClocks: the earliest of the three counts") {
    const Clocks clocks{options_with(60s, 90s, 300s)};
    FakeResource resource;
    resource.opened_at = 0s;
    resource.last_activity = 0s;
    CHECK(clocks.deadline_of(resource).at == 90s);
    CHECK(clocks.deadline_of(resource).reason == IncompleteReason::inactivity);
    resource.gaps = {true, 20s};
    CHECK(clocks.deadline_of(resource).at == 80s);
    CHECK(clocks.deadline_of(resource).reason == IncompleteReason::gap_timeout);
    resource.gaps = {true, 290s};
    resource.last_activity = 290s;
    CHECK(clocks.deadline_of(resource).at == 300s);
    CHECK(clocks.deadline_of(resource).reason == IncompleteReason::total_age);
}

TEST_CASE("ResourceClocks: a resource that has all its packets waits for its transforms alone") {
    const Clocks clocks{options_with(60s, 90s, 300s)};
    FakeResource resource;
    resource.fully_seen = true;
    CHECK(clocks.deadline_of(resource).at == never);
}

TEST_CASE("ResourceClocks: a timeout that would overflow the clock is never") {
    const Clocks clocks{options_with(Instant::max(), 0s, 0s)};
    FakeResource resource;
    resource.gaps = {true, 5s};
    CHECK(clocks.deadline_of(resource).at == never);
}

TEST_CASE("ResourceClocks: next_deadline is exact although the queue is corrected late") {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        CAPTURE(seed);
        test::Random random{seed};
        const auto maybe = [&random](Instant span) { return random.chance(60) ? span : Instant{0}; };
        Clocks clocks{options_with(maybe(10s), maybe(15s), maybe(40s))};
        std::vector<FakeResource> resources(static_cast<std::size_t>(random.between(1, 12)));
        std::vector<bool> stopped(resources.size(), true);
        clocks.reserve(resources.size());
        Instant now{0};
        for (int step = 0; step < 300; ++step) {
            now += Instant{static_cast<Instant::rep>(random.below(3))} * 1'000'000'000;
            const auto at = static_cast<std::size_t>(random.below(resources.size()));
            FakeResource& resource = resources[at];
            if (random.chance(15)) {
                clocks.stop(resource);
                stopped[at] = true;
            } else {
                if (stopped[at]) {
                    resource.opened_at = now;
                    resource.gaps = {};
                }
                stopped[at] = false;
                resource.last_activity = now;
                resource.fully_seen = random.chance(20);
                if (random.chance(30)) { resource.gaps = {random.chance(60), now}; }
                clocks.update(resource);
            }
            Instant earliest = never;
            for (std::size_t i = 0; i < resources.size(); ++i) {
                if (!stopped[i]) { earliest = std::min(earliest, clocks.deadline_of(resources[i]).at); }
            }
            REQUIRE(clocks.next_check() <= earliest);
            if (random.chance(50)) {
                REQUIRE(clocks.next_deadline() == earliest);
                const FakeResource* const first = clocks.first();
                REQUIRE((first == nullptr) == (earliest == never));
                if (first != nullptr) {
                    REQUIRE(clocks.deadline_of(*first).at == earliest);
                    REQUIRE_FALSE(stopped[static_cast<std::size_t>(first - resources.data())]);
                }
            }
        }
    }
}
