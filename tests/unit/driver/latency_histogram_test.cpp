#include "../../../examples/driver/support/latency_histogram.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <thread>
#include <vector>

using driver::LatencyHistogram;
using std::chrono::nanoseconds;

TEST_CASE("an empty histogram has no quantiles") {
    const LatencyHistogram histogram;
    CHECK(histogram.count() == 0);
    CHECK(histogram.quantile(0.5) == nanoseconds{0});
}

TEST_CASE("every duration comes back within one percent") {
    for (double value = 0; value < 9.2e18; value = value * 1.37 + 1) {
        const nanoseconds duration{static_cast<std::int64_t>(value)};
        LatencyHistogram histogram;
        histogram.record(duration);
        const auto found = static_cast<double>(histogram.quantile(1.0).count());
        CAPTURE(duration.count());
        CHECK(std::abs(found - static_cast<double>(duration.count())) <=
              static_cast<double>(duration.count()) * 0.01);
    }
    LatencyHistogram histogram;
    histogram.record(nanoseconds::max());
    histogram.record(nanoseconds{-5});
    CHECK(histogram.quantile(0.5) == nanoseconds{0});
    CHECK(static_cast<double>(histogram.quantile(1.0).count()) > 9.1e18);
}

TEST_CASE("quantiles agree with the sorted values") {
    LatencyHistogram histogram;
    std::vector<std::int64_t> values;
    std::uint64_t state = 42;
    for (int i = 0; i < 10'000; ++i) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        const auto value = static_cast<std::int64_t>(state >> (20U + state % 30U));
        values.push_back(value);
        histogram.record(nanoseconds{value});
    }
    std::sort(values.begin(), values.end());
    for (const double q : {0.0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0}) {
        const auto rank = static_cast<std::size_t>(std::max(1.0, std::ceil(q * 10'000)));
        const auto exact = static_cast<double>(values[rank - 1]);
        CHECK(std::abs(static_cast<double>(histogram.quantile(q).count()) - exact) <= exact * 0.01);
    }
}

TEST_CASE("merging adds and threads lose nothing") {
    LatencyHistogram total;
    LatencyHistogram part;
    {
        std::vector<std::thread> threads;
        for (int thread = 0; thread < 4; ++thread) {
            threads.emplace_back([&part] {
                for (int i = 1; i <= 10'000; ++i) { part.record(nanoseconds{i}); }
            });
        }
        for (std::thread& thread : threads) { thread.join(); }
    }
    total.record(nanoseconds{1});
    total.merge(part);
    CHECK(part.count() == 40'000);
    CHECK(total.count() == 40'001);
    CHECK(std::abs(static_cast<double>(total.quantile(0.5).count()) - 5000.0) <= 50.0);
}
