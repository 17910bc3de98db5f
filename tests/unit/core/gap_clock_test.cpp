#include <sheaf/core/gap_clock.hpp>

#include "random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

using sheaf::core::GapClock;
using sheaf::core::Instant;

namespace {

/// The definition, in full: which indices came when. The first sight of a gap is the earliest arrival above it.
class NaiveGaps {
public:
    void arrive(std::uint64_t index, Instant now) { arrived_.emplace(index, now); }
    void forget(std::uint64_t index) { arrived_.erase(index); }

    [[nodiscard]] std::uint64_t seen_end() const {
        std::uint64_t end = 0;
        while (arrived_.contains(end)) { ++end; }
        return end;
    }
    [[nodiscard]] bool is_open() const { return arrived_.upper_bound(seen_end()) != arrived_.end(); }
    [[nodiscard]] Instant since() const {
        Instant earliest = sheaf::core::never;
        for (auto above = arrived_.upper_bound(seen_end()); above != arrived_.end(); ++above) {
            earliest = std::min(earliest, above->second);
        }
        return earliest;
    }
    [[nodiscard]] const std::map<std::uint64_t, Instant>& arrived() const { return arrived_; }

private:
    std::map<std::uint64_t, Instant> arrived_;
};

/// Tells the clock of an arrival, the way the engine does.
void arrive(GapClock<>& clock, NaiveGaps& naive, std::uint64_t index, Instant now) {
    const std::uint64_t gap = naive.seen_end();
    naive.arrive(index, now);
    if (index != gap) {
        clock.reserve();
        clock.see(index, now);
    } else {
        clock.close_below(naive.seen_end());
    }
}

bool same(const GapClock<>& clock, const NaiveGaps& naive) {
    return clock.is_open() == naive.is_open() && (!naive.is_open() || clock.since() == naive.since());
}

}  // namespace

TEST_CASE("GapClock: no gap before something is missing") {
    const GapClock<> clock;
    CHECK_FALSE(clock.is_open());
}

TEST_CASE("GapClock: a gap dates from the first arrival above it") {
    GapClock<> clock;
    NaiveGaps naive;
    arrive(clock, naive, 0, Instant{1});
    CHECK_FALSE(clock.is_open());
    arrive(clock, naive, 5, Instant{2});  // first sight of 1 to 4
    arrive(clock, naive, 9, Instant{3});  // first sight of 6 to 8
    arrive(clock, naive, 7, Instant{4});  // no first sight of anything
    REQUIRE(clock.is_open());
    CHECK(clock.since() == Instant{2});

    for (std::uint64_t index = 1; index <= 4; ++index) { arrive(clock, naive, index, Instant{5}); }
    REQUIRE(clock.is_open());
    CHECK(clock.since() == Instant{3});  // the head waits for 6, whose gap was first seen by 9

    arrive(clock, naive, 6, Instant{6});
    CHECK(clock.since() == Instant{3});  // now for 8: first seen by 9 too, because 9 came before 7
    arrive(clock, naive, 8, Instant{7});
    CHECK_FALSE(clock.is_open());
}

TEST_CASE("GapClock: unrelated arrivals do not re-arm a gap") {
    GapClock<> clock;
    NaiveGaps naive;
    arrive(clock, naive, 10, Instant{1});
    for (std::uint64_t i = 1; i < 100; ++i) {
        arrive(clock, naive, 10 + i, Instant{static_cast<Instant::rep>(1 + i)});
        REQUIRE(clock.since() == Instant{1});
    }
    for (std::uint64_t i = 9; i > 0; --i) {
        arrive(clock, naive, i, Instant{1'000});
        REQUIRE(clock.since() == Instant{1});
    }
    arrive(clock, naive, 0, Instant{1'001});
    CHECK_FALSE(clock.is_open());
}

TEST_CASE("GapClock: follows the definition through random arrivals") {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        CAPTURE(seed);
        test::Random random{seed};
        std::vector<std::uint64_t> order(static_cast<std::size_t>(random.between(1, 60)));
        for (std::size_t i = 0; i < order.size(); ++i) { order[i] = i; }
        random.shuffle(order);
        GapClock<> clock;
        NaiveGaps naive;
        Instant now{0};
        for (const std::uint64_t index : order) {
            now += Instant{static_cast<Instant::rep>(random.below(3))};  // equal times too
            arrive(clock, naive, index, now);
            REQUIRE(same(clock, naive));
        }
        CHECK_FALSE(clock.is_open());
    }
}

TEST_CASE("GapClock: can be restored from what is still there") {
    // What the engine does where an admission is undone.
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        CAPTURE(seed);
        test::Random random{seed};
        GapClock<> clock;
        NaiveGaps naive;
        Instant now{0};
        for (int step = 0; step < 60; ++step) {
            now += Instant{static_cast<Instant::rep>(random.below(3))};
            if (!naive.arrived().empty() && random.chance(20)) {
                auto victim = naive.arrived().lower_bound(random.below(40));
                if (victim == naive.arrived().end()) { victim = naive.arrived().begin(); }
                naive.forget(victim->first);
                clock.reserve_restore(naive.arrived().size());
                clock.clear();
                for (const auto& [index, at] : naive.arrived()) {
                    if (index > naive.seen_end()) { clock.restore(index, at); }
                }
            } else if (const std::uint64_t index = random.below(40); !naive.arrived().contains(index)) {
                arrive(clock, naive, index, now);
            }
            REQUIRE(same(clock, naive));
        }
    }
}
