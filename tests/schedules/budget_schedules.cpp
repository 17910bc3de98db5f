// The budget between threads: what is granted is within the bounds at any moment, and what is refused takes nothing.

#include "exploration.hpp"

#include <sheaf/core/budget.hpp>
#include <sheaf/options.hpp>

#include <doctest/doctest.h>

#include <cstddef>

namespace {

using namespace schedule;
using Budget = sheaf::core::Budget<Threading>;
using sheaf::core::Charge;
using sheaf::core::Grant;

[[nodiscard]] sheaf::Options narrow() {
    sheaf::Options options;
    options.max_packets = 32;  // two of them are the reserve
    options.max_bytes = 1'600;
    options.max_resources = 4;
    options.max_transforms = 4;
    return options;
}

[[nodiscard]] bool is_within(const Budget& budget) {
    return budget.packets() <= 32 && budget.bytes() <= 1'600 && budget.resources() <= 4 &&
           budget.transforms() <= 4;
}

/// What of the two grants is booked, and nothing else.
void check(const Budget& budget, const Grant& a, const Charge& of_a, const Grant& b, const Charge& of_b) {
    const auto sum = [&](std::size_t Charge::* part) { return (a ? of_a.*part : 0) + (b ? of_b.*part : 0); };
    require(budget.packets() == sum(&Charge::packets), "packets");
    require(budget.bytes() == sum(&Charge::bytes), "bytes");
    require(budget.resources() == sum(&Charge::resources), "resources");
    require(budget.transforms() == sum(&Charge::transforms), "transforms");
    require(is_within(budget), "over a bound");
}

/// Two threads ask at once; at least one gets what it asks for.
void ask_both(const Charge& first, const Charge& second, bool are_heads, std::size_t bytes_taken = 0) {
    explore([&] {
        Budget budget{narrow()};
        budget.force_bytes(bytes_taken);
        Grant a;
        Grant b;
        Thread other{[&] { b = budget.try_acquire(second, are_heads); }};
        a = budget.try_acquire(first, are_heads);
        other.join();
        budget.release({0, bytes_taken, 0, 0});
        check(budget, a, first, b, second);
        // One may be refused for what the other has taken for a moment: then it is told so.
        require(a || b || a.has_disturbed || b.has_disturbed, "both were refused, and nobody knows why");
    });
}

}  // namespace

TEST_CASE("Schedules: two charges of one budget that do not fit together") {
    SUBCASE("transforms") { ask_both({1, 10, 1, 3}, {1, 10, 1, 2}, false); }
    SUBCASE("packets") { ask_both({20, 10, 1, 1}, {20, 10, 1, 1}, false); }
    SUBCASE("resources") { ask_both({1, 10, 3, 1}, {1, 10, 2, 1}, false); }
    SUBCASE("bytes") { ask_both({1, 1'000, 1, 1}, {1, 1'000, 1, 1}, false); }
    SUBCASE("bytes of the reserve") { ask_both({1, 1'480, 0, 1}, {1, 90, 0, 1}, true); }
    SUBCASE("bytes of a reserve that is all there is") {
        ask_both({1, 60, 0, 1}, {1, 60, 0, 1}, true, 1'500);
    }
    SUBCASE("each is short of something else") { ask_both({20, 1'000, 1, 1}, {20, 1'000, 1, 1}, false); }
}

TEST_CASE("Schedules: charges that fit together are both granted") {
    explore([] {
        Budget budget{narrow()};
        const Charge charge{1, 700, 1, 2};
        Grant a;
        Grant b;
        Thread other{[&] { b = budget.try_acquire(charge, false); }};
        a = budget.try_acquire(charge, false);
        other.join();
        require(a && b, "refused");
        check(budget, a, charge, b, charge);
    });
}

TEST_CASE("Schedules: what is released comes back while others ask") {
    explore([] {
        Budget budget{narrow()};
        const Charge most{16, 1'400, 2, 3};
        require(static_cast<bool>(budget.try_acquire(most, false)), "refused");
        Grant grant;
        Thread other{[&] { grant = budget.try_acquire(most, false); }};
        budget.release(most);
        other.join();
        check(budget, grant, most, {}, {});
        budget.release(grant ? most : Charge{});
        check(budget, {}, {}, {}, {});
    });
}

TEST_CASE("Schedules: there is always work in flight while one thing leads to the next") {
    explore([] {
        Budget budget{narrow()};
        const Charge call{1, 10, 0, 1};
        require(static_cast<bool>(budget.try_acquire(call, false)), "refused");
        Thread other{[&] {
            // A call ends in a delivery, whose sink submits.
            for (int i = 0; i < 2; ++i) {
                budget.begin_delivery();
                budget.release(call);
                require(static_cast<bool>(budget.try_acquire(call, false)), "refused");
                budget.end_delivery();
            }
        }};
        require(budget.has_work_in_flight(), "no work in flight");
        other.join();
    });
}
