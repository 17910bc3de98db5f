#include <sheaf/distinct/distinct_counter.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <set>
#include <span>
#include <stdexcept>
#include <vector>

namespace {

using sheaf::DistinctCounter;
using sheaf::SnapshotError;

std::vector<std::byte> snapshot_of(const DistinctCounter& counter) {
    std::vector<std::byte> bytes;
    counter.append_snapshot(bytes);
    return bytes;
}

DistinctCounter counter_of(unsigned precision, std::span<const std::uint64_t> hashes) {
    DistinctCounter counter{precision};
    for (const std::uint64_t hash : hashes) { counter.insert(hash); }
    return counter;
}

}  // namespace

TEST_CASE("DistinctCounter: is exact until the set takes as much memory as the sketch") {
    std::mt19937_64 random{3};
    DistinctCounter counter{12};
    std::set<std::uint64_t> known;
    CHECK(counter.exact_capacity() == 2'048);
    while (known.size() < 2'048) {
        const std::uint64_t hash =
            known.empty() || random() % 3 != 0 ? random() : *known.lower_bound(*known.rbegin() / 2);
        REQUIRE(counter.insert(hash) == known.insert(hash).second);
        REQUIRE(counter.is_exact());
        REQUIRE(counter.estimate() == static_cast<double>(known.size()));
        REQUIRE(counter.count().relative_error == 0);
    }
    for (const std::uint64_t hash : known) { REQUIRE_FALSE(counter.insert(hash)); }
    CHECK(counter.held_bytes() <= 16'384);

    CHECK(counter.insert(random()));
    CHECK_FALSE(counter.is_exact());
    CHECK(counter.held_bytes() == 16'384);
    CHECK(counter.count().relative_error > 0);
    CHECK(counter.estimate() == doctest::Approx(2'049).epsilon(4 * counter.count().relative_error));
    for (const std::uint64_t hash : known) { REQUIRE_FALSE(counter.insert(hash)); }
}

TEST_CASE("DistinctCounter: order, repetition, merging and snapshots do not matter") {
    std::mt19937_64 random{4};
    for (const std::size_t count : {0U, 1U, 31U, 32U, 33U, 127U, 128U, 129U, 300U, 5'000U}) {
        CAPTURE(count);
        std::vector<std::uint64_t> hashes(count);
        for (auto& hash : hashes) { hash = random(); }
        const std::span<const std::uint64_t> all{hashes};
        const DistinctCounter whole = counter_of(8, all);
        CHECK(whole.is_exact() == (count <= 128));
        for (const std::size_t split : {std::size_t{0}, count / 50, count / 2, count}) {
            CAPTURE(split);
            DistinctCounter merged = counter_of(8, all.first(split));
            merged.merge(counter_of(8, all.subspan(split / 2)));
            CHECK(merged == whole);
            merged.merge(merged);
            CHECK(merged == whole);
            DistinctCounter finer = counter_of(8, all.first(split));
            finer.merge(counter_of(10, all.subspan(split)));
            CHECK(finer == whole);
        }
        DistinctCounter restored{5};
        REQUIRE(restored.restore(snapshot_of(whole)).ok());
        CHECK(restored == whole);
        CHECK(snapshot_of(restored) == snapshot_of(whole));
        std::shuffle(hashes.begin(), hashes.end(), random);
        CHECK(counter_of(8, hashes) == whole);
        CHECK(snapshot_of(counter_of(8, hashes)) == snapshot_of(whole));
        const bool has_changed = restored.insert(random());
        CHECK((restored == whole) == !has_changed);
    }
}

TEST_CASE("DistinctCounter: the sketch counts a hundred thousand within three standard errors") {
    std::mt19937_64 random{5};
    DistinctCounter counter{12};
    for (int i = 0; i < 100'000; ++i) { counter.insert(random()); }
    CHECK(counter.count().relative_error == doctest::Approx(0.00537).epsilon(0.05));
    CHECK(std::abs(counter.estimate() / 100'000 - 1) < 3 * counter.count().relative_error);
}

TEST_CASE("DistinctCounter: what does not belong together is refused") {
    CHECK_THROWS_AS(DistinctCounter{1}, std::invalid_argument);
    CHECK_THROWS_AS(DistinctCounter{27}, std::invalid_argument);
    DistinctCounter counter{8, 1};
    counter.insert(17);
    const DistinctCounter before = counter;
    CHECK_THROWS_AS(counter.merge(DistinctCounter{8, 2}), std::invalid_argument);
    DistinctCounter coarse{4, 1};
    for (std::uint64_t hash = 0; hash < 9; ++hash) { coarse.insert(hash << 40U); }
    REQUIRE_FALSE(coarse.is_exact());
    CHECK_THROWS_AS(counter.merge(coarse), std::invalid_argument);
    CHECK(counter == before);
    CHECK(counter.restore(snapshot_of(DistinctCounter{8, 2})) ==
          sheaf::SnapshotStatus{SnapshotError::other_parameters, 8});
    CHECK(counter == before);
}

TEST_CASE("DistinctCounter: bytes that are no snapshot are refused") {
    std::mt19937_64 random{6};
    std::vector<std::uint64_t> hashes(20);
    for (auto& hash : hashes) { hash = random(); }
    for (const unsigned precision : {4U, 6U}) {  // a sketch, a set
        CAPTURE(precision);
        const auto good = snapshot_of(counter_of(precision, hashes));
        DistinctCounter counter{8};
        counter.insert(1);
        const DistinctCounter before = counter;
        for (std::size_t i = 0; i < good.size(); ++i) {
            CAPTURE(i);
            auto bad = good;
            bad[i] ^= std::byte{0x40};
            CHECK_FALSE(counter.restore(bad).ok());
            CHECK_FALSE(counter.restore(std::span{good}.first(i)).ok());
            // The same with a checksum that fits: whatever is restored can be used.
            bad.resize(bad.size() - sheaf::detail::snapshot_checksum_size);
            sheaf::detail::end_snapshot(bad, 0);
            DistinctCounter other{8};
            if (other.restore(bad).ok()) {
                other.insert(2);
                CHECK(other.estimate() >= 1);
                CHECK(other.count().relative_error >= 0);
            }
        }
        CHECK(counter == before);
        REQUIRE(counter.restore(good).ok());
        CHECK(counter == counter_of(precision, hashes));
    }
}
