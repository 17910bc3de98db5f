#include <sheaf/core/backoff_schedule.hpp>
#include <sheaf/options.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

using sheaf::Backoff;
using sheaf::core::pause_after;
using sheaf::core::SplitMix64;
using namespace std::chrono_literals;

TEST_CASE("SplitMix64: gives the published numbers") {
    SplitMix64 random{1234567};  // the values of the reference implementation for this seed
    CHECK(random() == 6457827717110365317U);
    CHECK(random() == 3203168211198807973U);
    CHECK(random() == 9817491932198370423U);
    CHECK(random() == 4593380528125082431U);
    CHECK(random() == 16408922859458223821U);
}

TEST_CASE("SplitMix64: unit lies from 0 to 1") {
    SplitMix64 random{1};
    double sum = 0;
    for (int i = 0; i < 10'000; ++i) {
        const double value = random.unit();
        REQUIRE(value >= 0.0);
        REQUIRE(value < 1.0);
        sum += value;
    }
    CHECK(sum / 10'000 == doctest::Approx(0.5).epsilon(0.03));
}

TEST_CASE("Backoff: the pause grows up to its maximum") {
    SplitMix64 random{1};
    const Backoff backoff{.initial = 100ms, .maximum = 1s, .multiplier = 2.0, .jitter = 0.0};
    CHECK(pause_after(backoff, 1, random) == 100ms);
    CHECK(pause_after(backoff, 2, random) == 200ms);
    CHECK(pause_after(backoff, 3, random) == 400ms);
    CHECK(pause_after(backoff, 4, random) == 800ms);
    CHECK(pause_after(backoff, 5, random) == 1s);
    CHECK(pause_after(backoff, 6, random) == 1s);
    CHECK(pause_after(backoff, ~std::uint32_t{0}, random) == 1s);  // the power has overflowed to infinity
}

TEST_CASE("Backoff: the jitter spreads the pause evenly to both sides") {
    SplitMix64 random{1};
    const Backoff backoff{.initial = 1s, .maximum = 1h, .multiplier = 1.0, .jitter = 0.2};
    auto lowest = std::chrono::nanoseconds::max();
    auto highest = std::chrono::nanoseconds::min();
    for (int i = 0; i < 5'000; ++i) {
        const auto pause = pause_after(backoff, 3, random);
        lowest = std::min(lowest, pause);
        highest = std::max(highest, pause);
    }
    CHECK(lowest >= 800ms);
    CHECK(lowest < 810ms);
    CHECK(highest <= 1200ms);
    CHECK(highest > 1190ms);
}

TEST_CASE("Backoff: the same seed gives the same pauses") {
    const Backoff backoff;
    SplitMix64 one{42};
    SplitMix64 two{42};
    for (std::uint32_t attempt = 1; attempt < 20; ++attempt) {
        CHECK(pause_after(backoff, attempt, one) == pause_after(backoff, attempt, two));
    }
}

TEST_CASE("Backoff: no pause stays no pause however often") {
    SplitMix64 random{1};
    const Backoff backoff{.initial = 0s, .maximum = 30s, .multiplier = 2.0, .jitter = 0.2};
    for (const std::uint32_t attempt : {1U, 2U, 1'000U, 1'100U, ~0U}) {
        CAPTURE(attempt);
        CHECK(pause_after(backoff, attempt, random) == 0s);
    }
}

TEST_CASE("Backoff: the longest pause there is does not overflow") {
    SplitMix64 random{1};
    for (const double jitter : {0.0, 0.5, 1.0}) {
        CAPTURE(jitter);
        const Backoff backoff{
            .initial = 1h, .maximum = std::chrono::nanoseconds::max(), .multiplier = 10.0, .jitter = jitter};
        for (int i = 0; i < 100; ++i) {
            const auto pause = pause_after(backoff, 100, random);
            CHECK(pause >= 0s);
        }
    }
}
