#include <sheaf/core/budget.hpp>
#include <sheaf/options.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <thread>

using sheaf::Options;
using Budget = sheaf::core::Budget<>;
using sheaf::core::Charge;

namespace {

bool is_empty(const Budget& budget) {
    return budget.packets() == 0 && budget.bytes() == 0 && budget.resources() == 0 &&
           budget.transforms() == 0;
}

}  // namespace

TEST_CASE("Budget: each limit is exact and a refusal takes nothing") {
    // One charge at max-1, one that reaches max, one beyond, for each of the four limits; a sixteenth of packets and
    // bytes is kept for head packets.
    Options options;
    options.max_packets = 160;
    options.max_bytes = 16'000;
    options.max_resources = 10;
    options.max_transforms = 10;
    const auto check = [&options](Charge almost_all, Charge one) {
        Budget budget{options};
        REQUIRE(budget.try_acquire(almost_all, false));
        CHECK(budget.try_acquire(one, false));
        // Whatever else the refused charge asks for is given back.
        Charge refused{1, 1, 0, 0};
        refused.packets += one.packets;
        refused.bytes += one.bytes;
        refused.resources += one.resources;
        refused.transforms += one.transforms;
        const std::size_t packets = budget.packets();
        const std::size_t bytes = budget.bytes();
        const std::size_t resources = budget.resources();
        const std::size_t transforms = budget.transforms();
        CHECK_FALSE(budget.try_acquire(refused, false));
        CHECK(budget.packets() == packets);
        CHECK(budget.bytes() == bytes);
        CHECK(budget.resources() == resources);
        CHECK(budget.transforms() == transforms);
        budget.release(one);
        CHECK(budget.try_acquire(one, false));
        budget.release(one);
        budget.release(almost_all);
        CHECK(is_empty(budget));
    };
    check({149, 0, 0, 0}, {1, 0, 0, 0});
    check({0, 14'999, 0, 0}, {0, 1, 0, 0});
    check({0, 0, 9, 0}, {0, 0, 1, 0});
    check({0, 0, 0, 9}, {0, 0, 0, 1});
}

TEST_CASE("Budget: a sixteenth of the packets is kept for head packets") {
    Options options;
    options.max_packets = 160;
    Budget budget{options};
    REQUIRE(budget.try_acquire({150, 1, 0, 0}, false));
    CHECK_FALSE(budget.try_acquire({1, 1, 0, 0}, false));
    for (int i = 0; i < 10; ++i) { CHECK(budget.try_acquire({1, 1, 0, 0}, true)); }
    CHECK_FALSE(budget.try_acquire({1, 1, 0, 0}, true));
    CHECK(budget.packets() == 160);
    budget.release({1, 1, 0, 0});  // whoever it was
    CHECK_FALSE(budget.try_acquire({1, 1, 0, 0}, false));
    CHECK(budget.try_acquire({1, 1, 0, 0}, true));
}

TEST_CASE("Budget: a sixteenth of the bytes is kept for head packets, and nothing else eats it") {
    Options options;
    options.max_bytes = 16'000;
    Budget budget{options};
    CHECK(budget.largest_packet() == 15'000);
    CHECK_FALSE(budget.try_acquire({1, 1, 0, 0}, true).is_from_reserve);  // not while there is other room
    REQUIRE(budget.try_acquire({1, 14'999, 0, 0}, false));
    CHECK_FALSE(budget.try_acquire({1, 1, 0, 0}, false));
    for (int i = 0; i < 10; ++i) { CHECK(budget.try_acquire({1, 100, 0, 0}, true).is_from_reserve); }
    CHECK_FALSE(budget.try_acquire({1, 1, 0, 0}, true));
    CHECK(budget.bytes() == 16'000);
    budget.force_bytes(10'000);
    budget.release({0, 1'000, 0, 0});
    CHECK_FALSE(budget.try_acquire({1, 1, 0, 0}, true));

    // Bytes that leave the reserve make room there.
    budget.release_reserve(100);
    CHECK(budget.try_acquire({1, 100, 0, 0}, true).is_from_reserve);

    // Where there is room for all that is booked, nobody needs the reserve.
    std::size_t held = 1'000;
    budget.unload_reserve(held);
    CHECK(held == 1'000);
    budget.release({0, 20'000, 0, 0});
    budget.unload_reserve(held);
    CHECK(held == 0);
    REQUIRE(budget.try_acquire({1, 9'000, 0, 0}, false));
    CHECK(budget.try_acquire({1, 1'000, 0, 0}, true).is_from_reserve);
}

TEST_CASE("Budget: an untouched reserve grants one head packet of any size") {
    Options options;
    options.max_bytes = 16'000;
    Budget budget{options};
    REQUIRE(budget.try_acquire({1, 15'000, 0, 0}, false));
    CHECK(budget.try_acquire({1, 9'000, 0, 0}, true).is_from_reserve);
    CHECK_FALSE(budget.try_acquire({1, 1, 0, 0}, true));
    budget.release_reserve(9'000);
    budget.release({2, 24'000, 0, 0});
    CHECK(is_empty(budget));
}

TEST_CASE("Budget: a charge that cannot be granted takes nothing from those that can") {
    Options options;
    options.max_transforms = 1;
    options.max_bytes = 16'000;
    Budget budget{options};
    REQUIRE(budget.try_acquire({1, 14'000, 1, 0}, false));
    std::atomic<bool> is_over{false};
    std::thread other{[&] {
        while (!is_over) { static_cast<void>(budget.try_acquire({1, 5'000, 1, 1}, false)); }
    }};
    std::size_t refused = 0;
    for (int i = 0; i < 20'000; ++i) {
        if (budget.try_acquire({1, 100, 1, 1}, false)) {
            budget.release({1, 100, 1, 1});
        } else {
            ++refused;
        }
    }
    is_over = true;
    other.join();
    CHECK(refused == 0);
}

TEST_CASE("Budget: a call that lingers is no work in flight, and may help only who lacks what it holds") {
    Options options;
    options.max_transforms = 1;
    options.max_packets = 16;
    Budget budget{options};
    REQUIRE(budget.try_acquire({0, 0, 0, 1}, false));
    CHECK(budget.has_work_in_flight());
    budget.begin_lingering(1);
    CHECK_FALSE(budget.has_work_in_flight());
    CHECK(budget.has_lingering_calls());
    CHECK(budget.try_acquire({1, 1, 0, 1}, false).lacks_what_calls_hold);
    CHECK(budget.try_acquire({1, options.max_bytes, 0, 0}, false).lacks_what_calls_hold);
    CHECK_FALSE(budget.try_acquire({16, 1, 0, 0}, false).lacks_what_calls_hold);
    budget.end_lingering();
    budget.release({0, 0, 0, 1});
    CHECK_FALSE(budget.has_lingering_calls());
}

TEST_CASE("Budget: small limits leave room for a first packet and for a head packet") {
    for (std::size_t limit = 1; limit <= 40; ++limit) {
        CAPTURE(limit);
        Options options;
        options.max_packets = limit;
        Budget budget{options};
        std::size_t others = 0;
        while (budget.try_acquire({1, 0, 0, 0}, false)) { ++others; }
        std::size_t heads = 0;
        while (budget.try_acquire({1, 0, 0, 0}, true)) { ++heads; }
        CHECK(others >= 1);
        CHECK(heads >= 1);
        CHECK(others + heads == (limit == 1 ? 2 : limit));  // both even where the bound leaves room for one
    }
}

TEST_CASE("Budget: outputs are booked beyond the limit and hold up new packets but no head packet") {
    Options options;
    options.max_bytes = 4'096;
    Budget budget{options};
    budget.force_bytes(5'000);
    CHECK(budget.bytes() == 5'000);
    CHECK_FALSE(budget.try_acquire({1, 1, 1, 1}, false));
    CHECK(budget.try_acquire({1, 1, 0, 1}, true).is_from_reserve);
    budget.release_reserve(1);
    budget.release({1, 5'001, 0, 1});
    CHECK(is_empty(budget));
    CHECK(budget.try_acquire({1, 1, 1, 1}, false));
}

TEST_CASE("Budget: is at rest where only events are left that can go nowhere") {
    const Options options;
    Budget budget{options};
    CHECK(budget.is_at_rest());
    REQUIRE(budget.try_acquire({1, 1, 1, 0}, false));
    CHECK_FALSE(budget.is_at_rest());
    budget.begin_delivery();
    budget.set_aside();
    CHECK(budget.is_at_rest());
    CHECK_FALSE(budget.has_work_in_flight());
    budget.take_up();
    CHECK_FALSE(budget.is_at_rest());
    CHECK(budget.has_work_in_flight());
}

TEST_CASE("Budget: knows whether anything is going on that may make room") {
    const Options options;
    Budget budget{options};
    CHECK_FALSE(budget.has_work_in_flight());
    REQUIRE(budget.try_acquire({1, 1, 1, 0}, false));
    CHECK_FALSE(budget.has_work_in_flight());  // a packet that waits for others makes no room by itself
    REQUIRE(budget.try_acquire({0, 0, 0, 1}, false));
    CHECK(budget.has_work_in_flight());
    budget.begin_delivery();
    budget.release({0, 0, 0, 1});
    CHECK(budget.has_work_in_flight());
    budget.end_delivery();
    CHECK_FALSE(budget.has_work_in_flight());
}
