#include <sheaf/core/account.hpp>

#include <doctest/doctest.h>
#include <random.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

using Budget = sheaf::core::Budget<>;
using Account = sheaf::core::Account<>;
using sheaf::core::Charge;
using sheaf::core::Grant;

namespace {

/// Ten packets and a thousand bytes are the reserve.
[[nodiscard]] sheaf::Options bounds() {
    sheaf::Options options;
    options.max_packets = 160;
    options.max_bytes = 16'000;
    options.max_resources = 40;
    options.max_transforms = 80;
    return options;
}

constexpr Charge account_block{8, 800, 4, 4};
constexpr Charge packet{1, 100, 0, 1};

[[nodiscard]] Charge taken(const Budget& budget) {
    return {budget.packets(), budget.bytes(), budget.resources(), budget.transforms()};
}
[[nodiscard]] Charge sum(Charge a, const Charge& b) { return a += b; }

}  // namespace

TEST_CASE("Account: takes half a block more than is asked for, and then needs no budget for as long as that "
          "lasts") {
    Budget budget{bounds()};
    Account account{budget, account_block};
    REQUIRE(account.try_acquire(packet, false));
    CHECK(account.spare() == Charge{4, 400, 2, 2});
    CHECK(taken(budget) == sum(packet, account.spare()));
    const Charge before = taken(budget);
    for (int i = 0; i < 2; ++i) { REQUIRE(account.try_acquire(packet, false)); }
    CHECK(account.spare() == Charge{2, 200, 2, 0});
    CHECK(taken(budget) == before);
    // Of what there is enough of, nothing is taken.
    REQUIRE(account.try_acquire(packet, false));
    CHECK(account.spare() == Charge{4, 400, 2, 2});
    CHECK(taken(budget) == Charge{8, 800, 2, 6});
}

TEST_CASE("Account: keeps a block of what it gets back, and half a block of what is more") {
    Budget budget{bounds()};
    Account account{budget, account_block};
    const Charge many{12, 300, 0, 4};
    REQUIRE(account.try_acquire(many, false));
    account.release({4, 300, 0, 2});
    CHECK(account.spare() == Charge{8, 700, 2, 4});
    CHECK(taken(budget) == Charge{16, 700, 2, 6});
    account.release({1, 0, 0, 0});
    CHECK(account.spare() == Charge{4, 700, 2, 4});  // the others are within the block
    CHECK(taken(budget) == Charge{11, 700, 2, 6});
    account.sweep();
    CHECK(account.spare() == Charge{});
    CHECK(taken(budget) == Charge{7, 0, 0, 2});
    account.release({7, 0, 0, 2});
    account.sweep();
    CHECK(taken(budget) == Charge{});
}

TEST_CASE("Account: without a block keeps nothing") {
    Budget budget{bounds()};
    Account account{budget, {}};
    REQUIRE(account.try_acquire(packet, false));
    CHECK(taken(budget) == packet);
    account.release({0, 40, 0, 1});
    CHECK(account.spare() == Charge{});
    CHECK(taken(budget) == Charge{1, 60, 0, 0});
    account.release({1, 60, 0, 0});
    CHECK(taken(budget) == Charge{});
}

TEST_CASE("Account: gives back what is spare when it is destroyed") {
    Budget budget{bounds()};
    {
        Account account{budget, account_block};
        REQUIRE(account.try_acquire(packet, false));
        account.release(packet);
        CHECK(taken(budget) != Charge{});
    }
    CHECK(taken(budget) == Charge{});
}

TEST_CASE("Account: where there is no room for a block takes what is asked for alone") {
    Budget budget{bounds()};
    Account account{budget, account_block};
    REQUIRE(budget.try_acquire({148, 0, 0, 0}, false));
    CHECK(account.try_acquire({2, 10, 1, 1}, false));
    CHECK(account.spare() == Charge{});
    CHECK(budget.packets() == 150);
    // The reserve is for heads, and no block comes out of it.
    CHECK_FALSE(account.try_acquire({1, 10, 0, 1}, false));
    CHECK(account.try_acquire({1, 10, 0, 1}, true));
    CHECK(account.spare() == Charge{});
    CHECK(taken(budget) == Charge{151, 20, 1, 2});
}

TEST_CASE(
    "Account: nothing that was taken out of the reserve or for an output comes to a packet that is no head") {
    Budget budget{bounds()};
    Account account{budget, account_block};
    Account other{budget, account_block};
    REQUIRE(other.try_acquire(packet, false));
    SUBCASE("packets") {
        REQUIRE(budget.try_acquire({150 - budget.packets(), 0, 0, 0}, false));
        REQUIRE(account.try_acquire(packet, true));
        REQUIRE(account.try_acquire(packet, true));
        account.release(packet);
    }
    SUBCASE("bytes of the reserve") {
        REQUIRE(budget.try_acquire({0, 15'000 - budget.bytes(), 0, 0}, false));
        REQUIRE(account.try_acquire(packet, true).is_from_reserve);
        REQUIRE(account.try_acquire(packet, true).is_from_reserve);
        budget.release_reserve(100);
        account.release(packet);
    }
    SUBCASE("an output") {
        account.force_bytes(16'000);
        account.release({0, 500, 0, 0});
    }
    CHECK(account.spare() == Charge{});
    CHECK_FALSE(account.try_acquire(packet, false));
}

TEST_CASE("Account: where the budget is full for one, another one uses nothing of what it keeps, either") {
    Budget budget{bounds()};
    Account account{budget, account_block};
    Account other{budget, account_block};
    REQUIRE(other.try_acquire(packet, false));
    REQUIRE(budget.try_acquire({150 - budget.packets(), 0, 0, 0}, false));
    REQUIRE(account.try_acquire(packet, true));  // 151 of 150 that are open to all, with what is spare
    CHECK(other.spare().packets == 4);
    CHECK(other.try_acquire(packet, false));  // 148 in use
    CHECK(other.spare() == Charge{});
}

TEST_CASE("Budget: a sweep counts for the time that it was made in") {
    Budget budget{bounds()};
    const std::uint64_t first = budget.tighten();
    CHECK(first != 0);
    CHECK(budget.tighten() == first);  // not swept yet: whoever asks helps
    budget.note_sweep(first);
    CHECK(budget.tighten() == 0);
    budget.loosen();
    CHECK_FALSE(budget.is_tight());
    const std::uint64_t second = budget.tighten();
    CHECK(second != 0);
    CHECK(second != first);
    budget.note_sweep(first);  // of a thread that has been slow
    CHECK(budget.tighten() == second);
    budget.loosen();  // also before anybody has swept
    CHECK_FALSE(budget.is_tight());
}

TEST_CASE("Account: says that bytes come out of the reserve") {
    Budget budget{bounds()};
    Account account{budget, account_block};
    REQUIRE(budget.try_acquire({0, 14'950, 0, 0}, false));
    CHECK_FALSE(account.try_acquire(packet, false));
    const Grant grant = account.try_acquire(packet, true);
    CHECK(grant);
    CHECK(grant.is_from_reserve);
    CHECK(account.spare() == Charge{});
}

TEST_CASE("Account: while the budget is tight takes and keeps nothing") {
    Budget budget{bounds()};
    Account account{budget, account_block};
    Account other{budget, account_block};
    REQUIRE(account.try_acquire(packet, false));
    REQUIRE(other.try_acquire({0, 9'000, 0, 0}, false));  // more than half of a bound: it stays tight
    CHECK_FALSE(budget.is_tight());
    static_cast<void>(budget.tighten());
    CHECK(budget.is_tight());
    // What was spare before is still there, until it is swept: by the next charge at the latest.
    CHECK(account.spare() == Charge{4, 400, 2, 2});
    REQUIRE(account.try_acquire(packet, false));
    CHECK(account.spare() == Charge{});
    other.sweep();
    CHECK(taken(budget) == Charge{2, 9'200, 0, 2});
    REQUIRE(account.try_acquire(packet, false));
    account.release(packet);
    CHECK(account.spare() == Charge{});
    CHECK(taken(budget) == Charge{2, 9'200, 0, 2});
}

TEST_CASE("Account: when half of each bound is free again, something is kept again") {
    Budget budget{bounds()};
    Account account{budget, account_block};
    REQUIRE(account.try_acquire({81, 0, 0, 0}, false));
    static_cast<void>(budget.tighten());
    account.sweep();
    account.release({1, 0, 0, 0});
    CHECK(budget.is_tight());  // exactly half is taken
    account.release({1, 0, 0, 0});
    CHECK_FALSE(budget.is_tight());
    CHECK(account.spare() == Charge{});
    account.release({1, 0, 0, 0});
    CHECK(account.spare() == Charge{1, 0, 0, 0});

    // At the end of the collator it is for good.
    budget.tighten_for_good();
    account.release({78, 0, 0, 0});
    CHECK(taken(budget) == Charge{});
    CHECK(budget.is_tight());
    static_cast<void>(budget.tighten());
    budget.loosen();
    CHECK(budget.is_tight());
}

TEST_CASE("Account: what cannot be refused is booked out of what is spare, and beyond the bound") {
    Budget budget{bounds()};
    Account account{budget, account_block};
    REQUIRE(account.try_acquire(packet, false));
    account.force_bytes(150);
    CHECK(account.spare() == Charge{4, 250, 2, 2});
    CHECK(budget.bytes() == 500);
    account.force_bytes(20'000);
    CHECK(account.spare() == Charge{4, 0, 2, 2});
    CHECK(budget.bytes() == 20'250);
    account.release({1, 20'250, 0, 1});
    account.sweep();
    CHECK(taken(budget) == Charge{});
}

TEST_CASE("Account: several of them never grant more than the bounds, and after a sweep all that fits") {
    // Each bound is compared with plain sums of what is in use.
    constexpr std::size_t accounts = 4;
    const Charge limit{150, 15'000, 40, 80};
    std::uint64_t swept_for_room = 0;
    std::uint64_t refused = 0;
    std::uint64_t loosened = 0;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        CAPTURE(seed);
        test::Random random{seed};
        Budget budget{bounds()};
        std::deque<Account> all;
        for (std::size_t i = 0; i < accounts; ++i) {
            all.emplace_back(budget, random.chance(20) ? Charge{} : account_block);
        }
        std::vector<Charge> held[accounts];
        Charge in_use;
        const auto sweep = [&] {
            for (Account& each : all) { each.sweep(); }
        };
        const auto fits = [&](const Charge& more) {
            const Charge then = sum(in_use, more);
            return then.packets <= limit.packets && (more.bytes == 0 || then.bytes <= limit.bytes) &&
                   then.resources <= limit.resources && then.transforms <= limit.transforms;
        };
        for (int step = 0; step < 600; ++step) {
            const auto at = static_cast<std::size_t>(random.below(accounts));
            const bool was_tight = budget.is_tight();
            if (random.chance(step % 300 < 150 ? 90 : 5)) {
                const Charge charge{random.below(4), random.below(600), random.below(2), random.below(3)};
                bool is_granted = static_cast<bool>(all[at].try_acquire(charge, false));
                if (!is_granted) {
                    static_cast<void>(budget.tighten());
                    sweep();
                    is_granted = static_cast<bool>(all[at].try_acquire(charge, false));
                    ++(is_granted ? swept_for_room : refused);
                }
                REQUIRE(is_granted == fits(charge));
                if (is_granted) {
                    in_use += charge;
                    held[at].push_back(charge);
                }
            } else if (random.chance(5)) {
                const Charge forced{0, random.below(400), 0, 0};
                all[at].force_bytes(forced.bytes);
                in_use += forced;
                held[at].push_back(forced);
            } else if (!held[at].empty()) {
                in_use -= held[at].back();
                all[at].release(held[at].back());
                held[at].pop_back();
            }
            if (was_tight && !budget.is_tight()) { ++loosened; }
            Charge booked = in_use;
            for (const Account& each : all) { booked += each.spare(); }
            REQUIRE(taken(budget) == booked);
        }
        for (std::size_t i = 0; i < accounts; ++i) {
            for (const Charge& charge : held[i]) { all[i].release(charge); }
        }
        sweep();
        REQUIRE(taken(budget) == Charge{});
    }
    CHECK(swept_for_room > 100);
    CHECK(refused > 100);
    CHECK(loosened > 100);
}
