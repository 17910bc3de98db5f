#include <sheaf/distinct/exaloglog.hpp>

#include "seeds.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using sheaf::ExaLogLog;
using sheaf::MartingaleEstimator;
using sheaf::SnapshotError;

std::vector<std::uint64_t> random_hashes(std::uint64_t seed, std::size_t count) {
    std::mt19937_64 random{seed};
    std::vector<std::uint64_t> hashes(count);
    for (auto& hash : hashes) {
        hash = random();
        if (random() % 4 == 0) { hash >>= random() % 64; }  // many zeros, which are rare
    }
    return hashes;
}

template <class Sketch>
Sketch sketch_of(unsigned precision, std::span<const std::uint64_t> hashes) {
    Sketch sketch{precision};
    for (const std::uint64_t hash : hashes) { sketch.insert(hash); }
    return sketch;
}

template <class Sketch>
std::vector<std::byte> snapshot_of(const Sketch& sketch) {
    std::vector<std::byte> bytes;
    sketch.append_snapshot(bytes);
    return bytes;
}

template <unsigned T, unsigned D, unsigned Fewer>
void check_algebra(unsigned precision, unsigned less) {
    using Sketch = ExaLogLog<T, D>;
    CAPTURE(T);
    CAPTURE(D);
    CAPTURE(precision);
    for (const std::size_t count : {0U, 1U, 3U, 50U, 1'000U, 20'000U}) {
        CAPTURE(count);
        auto hashes = random_hashes(count + T + D, count);
        // Random ones hardly ever have nothing but zeros where these are counted.
        for (unsigned bit = 0; count > 20 && bit < T + precision; ++bit) {
            hashes[bit] = std::uint64_t{1} << (64 - T - precision + bit);
        }
        const std::span<const std::uint64_t> all{hashes};
        const auto whole = sketch_of<Sketch>(precision, all);
        CHECK(whole.empty() == (count == 0));

        auto merged = sketch_of<Sketch>(precision, all.first(count / 3));
        merged.merge(sketch_of<Sketch>(precision, all.subspan(count / 4)));
        CHECK(merged == whole);
        merged.merge(merged);
        CHECK(merged == whole);

        const auto coarse = sketch_of<ExaLogLog<T, Fewer>>(less, all);
        CHECK(whole.template reduced<Fewer>(less) == coarse);
        CHECK(whole.reduced(precision) == whole);
        auto coarser = sketch_of<Sketch>(less, all.first(count / 2));
        coarser.merge(sketch_of<Sketch>(precision, all.subspan(count / 2)));
        CHECK(coarser == sketch_of<Sketch>(less, all));

        Sketch restored{Sketch::min_precision};
        const auto bytes = snapshot_of(whole);
        CHECK(bytes.size() == Sketch::snapshot_size(precision));
        REQUIRE(restored.restore(bytes).ok());
        CHECK(restored == whole);

        std::mt19937_64 random{1};
        std::shuffle(hashes.begin(), hashes.end(), random);
        Sketch shuffled{precision};
        for (int twice = 0; twice < 2; ++twice) {
            for (const std::uint64_t hash : hashes) {
                const bool has_changed = shuffled.insert(hash);
                if (twice == 1) { REQUIRE_FALSE(has_changed); }
            }
        }
        CHECK(shuffled == whole);
        shuffled.clear();
        CHECK(shuffled == Sketch{precision});
    }
}

/// What many sketches of random elements are off by, relative to the truth.
struct Errors {
    double square = 0;
    double bias = 0;
    double claimed_square = 0;

    void add(double estimate, double truth, double claimed, double weight) {
        const double error = estimate / truth - 1;
        square += error * error * weight;
        bias += error * weight;
        claimed_square += claimed * claimed * weight;
    }
};

struct Row {
    std::uint64_t count;
    double likelihood;
    double martingale;
};

/// The published root mean square errors are within the sampling error of as many trials. Fewer than a hundred elements
/// are off by much so rarely that their mean square needs far more trials.
template <unsigned T, unsigned D>
void check_published_errors(unsigned precision, const std::vector<Row>& rows) {
    const std::uint64_t trials = test::count_from_environment("SHEAF_TRIALS", 400);
    const std::uint64_t seed = test::number_from_environment("SHEAF_FIRST_SEED", 1);
    std::vector<Errors> likelihood(rows.size());
    std::vector<Errors> martingale(rows.size());
    const double weight = 1 / static_cast<double>(trials);
    for (std::uint64_t trial = 0; trial < trials; ++trial) {
        std::mt19937_64 random{seed * 1'000'003 + trial};
        ExaLogLog<T, D> sketch{precision};
        MartingaleEstimator estimator;
        std::uint64_t count = 0;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            for (; count < rows[i].count; ++count) { sketch.insert(random(), estimator); }
            const auto truth = static_cast<double>(count);
            likelihood[i].add(sketch.estimate(), truth, sketch.count().relative_error, weight);
            martingale[i].add(estimator.estimate(), truth, 0, weight);
        }
    }
    const double of_trials = 4 / std::sqrt(2 * static_cast<double>(trials));
    for (std::size_t i = 0; i < rows.size(); ++i) {
        CAPTURE(T);
        CAPTURE(D);
        CAPTURE(precision);
        CAPTURE(seed);
        CAPTURE(rows[i].count);
        const double error = std::sqrt(likelihood[i].square);
        CHECK(error == doctest::Approx(rows[i].likelihood).epsilon(of_trials + 0.005));
        CHECK(std::abs(likelihood[i].bias) < 4 * error * std::sqrt(weight) + 5e-4);
        CHECK(std::sqrt(likelihood[i].claimed_square) == doctest::Approx(rows[i].likelihood).epsilon(0.03));
        const double other = std::sqrt(martingale[i].square);
        CHECK(other == doctest::Approx(rows[i].martingale).epsilon(of_trials + 0.005));
        CHECK(std::abs(martingale[i].bias) < 4 * other * std::sqrt(weight) + 5e-4);
    }
}

template <unsigned T, unsigned D>
void check_bias(unsigned precision, double most) {
    constexpr int trials = 2'000;
    constexpr int count = 3'000;
    std::mt19937_64 random{1};
    double bias = 0;
    for (int trial = 0; trial < trials; ++trial) {
        ExaLogLog<T, D> sketch{precision};
        for (int i = 0; i < count; ++i) { sketch.insert(random()); }
        bias += (sketch.estimate() / count - 1) / trials;
    }
    CAPTURE(T);
    CAPTURE(D);
    CHECK(std::abs(bias) < most);
}

}  // namespace

TEST_CASE(
    "ExaLogLog: order, repetition, merging, reducing and snapshots give the state of direct insertion") {
    check_algebra<0, 0, 0>(10, 4);
    check_algebra<0, 1, 0>(9, 2);
    check_algebra<0, 2, 1>(8, 7);
    check_algebra<1, 9, 3>(8, 3);
    check_algebra<2, 16, 16>(6, 2);
    check_algebra<2, 20, 7>(10, 9);
    check_algebra<2, 24, 20>(12, 10);
    check_algebra<2, 24, 0>(5, 5);
    check_algebra<3, 11, 11>(7, 2);
}

// The figures are the author's, of 100,000 trials each: the error tables of the repository `exaloglog-paper`, and of
// hash4j for HyperLogLog and UltraLogLog.
TEST_CASE("ExaLogLog: the published errors of ELL(1, 9)") {
    check_published_errors<1, 9>(8,
                                 {{100, .02011, .01918}, {1'035, .02198, .02065}, {10'154, .02950, .02589}});
}
TEST_CASE("ExaLogLog: the published errors of ELL(2, 16)") {
    check_published_errors<2, 16>(8,
                                  {{100, .01664, .01482}, {1'035, .01757, .01556}, {10'154, .02292, .01930}});
}
TEST_CASE("ExaLogLog: the published errors of ELL(2, 20)") {
    check_published_errors<2, 20>(8,
                                  {{100, .01484, .01384}, {1'035, .01562, .01448}, {10'154, .02047, .01781}});
}
TEST_CASE("ExaLogLog: the published errors of ELL(2, 24)") {
    check_published_errors<2, 24>(8,
                                  {{100, .01386, .01332}, {1'035, .01457, .01389}, {10'154, .01913, .01700}});
}
TEST_CASE("ExaLogLog: the published errors of UltraLogLog") {
    check_published_errors<0, 2>(10,
                                 {{100, .01567, .01429}, {1'035, .01653, .01499}, {10'154, .02151, .01839}});
}
TEST_CASE("ExaLogLog: the published errors of HyperLogLog") {
    check_published_errors<0, 0>(10,
                                 {{100, .02220, .01810}, {1'035, .02423, .01948}, {10'154, .03082, .02415}});
}

TEST_CASE("ExaLogLog: the errors of many elements") {
    // The paper's constants, times the root of the number of registers.
    CHECK(ExaLogLog<0, 0>::asymptotic_error(0) == doctest::Approx(1.0367047097785012).epsilon(1e-12));
    CHECK(ExaLogLog<0, 1>::asymptotic_error(0) == doctest::Approx(0.8610985689698055).epsilon(1e-12));
    CHECK(ExaLogLog<0, 2>::asymptotic_error(0) == doctest::Approx(0.7608621002725182).epsilon(1e-12));
    CHECK(ExaLogLog<1, 9>::asymptotic_error(0) == doctest::Approx(0.4938670831470041).epsilon(1e-12));
    CHECK(ExaLogLog<2, 16>::asymptotic_error(0) == doctest::Approx(0.3970886599386837).epsilon(1e-12));
    CHECK(ExaLogLog<2, 20>::asymptotic_error(0) == doctest::Approx(0.3621978749344187).epsilon(1e-12));
    CHECK(ExaLogLog<2, 24>::asymptotic_error(12) == doctest::Approx(0.3437583867745506 / 64).epsilon(1e-12));
}

TEST_CASE("ExaLogLog: of a few registers, too, the estimate has no bias") {
    // Without the correction they would be 2, 3 and 6 % too high. Four standard errors of 2,000 trials.
    check_bias<2, 24>(2, 0.016);
    check_bias<0, 2>(4, 0.018);
    check_bias<0, 0>(4, 0.026);
}

TEST_CASE("ExaLogLog: nothing, one element, and every register at its end") {
    ExaLogLog<2, 24> sketch{12};
    CHECK(sketch.estimate() == 0);
    CHECK(sketch.count().relative_error == 0);
    sketch.insert(0x0123'4567'89ab'cdefU);
    CHECK(sketch.estimate() == doctest::Approx(1).epsilon(0.01));

    ExaLogLog<0, 0> full{2};
    for (std::uint64_t place = 0; place < 4; ++place) { full.insert(place << 62U); }
    CHECK(std::isinf(full.estimate()));
    CHECK(full.count().relative_error == 0);
}

TEST_CASE("ExaLogLog: what cannot be made or merged is refused") {
    CHECK_THROWS_AS(ExaLogLog<>{1}, std::invalid_argument);
    CHECK_THROWS_AS(ExaLogLog<>{27}, std::invalid_argument);
    ExaLogLog<> fine{12};
    fine.insert(1);
    const ExaLogLog<> before = fine;
    CHECK_THROWS_AS(fine.merge(ExaLogLog<>{11}), std::invalid_argument);
    CHECK(fine == before);
    CHECK_THROWS_AS(static_cast<void>(fine.reduced(13)), std::invalid_argument);
    CHECK_THROWS_AS(static_cast<void>(fine.reduced(1)), std::invalid_argument);
}

TEST_CASE("ExaLogLog: a snapshot has these bytes") {
    ExaLogLog<0, 2> sketch{2};
    sketch.insert(0);                       // place 0, the greatest value: 62 zeros of 62
    sketch.insert(~std::uint64_t{0});       // place 3, value 1
    sketch.insert(std::uint64_t{1} << 3U);  // place 0 again, value 4: too far below
    const unsigned char expected[] = {'S',  'E', 'L', 'L',  1,    0,    2,    2,
                                      0xfc, 0,   0,   0x06, 0x3d, 0x91, 0x68, 0xd6};
    const auto bytes = snapshot_of(sketch);
    REQUIRE(bytes.size() == sizeof expected);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        CAPTURE(i);
        CHECK(std::to_integer<unsigned>(bytes[i]) == expected[i]);
    }
}

TEST_CASE("ExaLogLog: bytes that are no snapshot are refused, and where they go wrong is told") {
    using Sketch = ExaLogLog<1, 9>;
    const auto good = snapshot_of(sketch_of<Sketch>(4, random_hashes(7, 100)));
    const Sketch before = sketch_of<Sketch>(5, random_hashes(8, 10));
    Sketch sketch = before;

    // Each single byte and each length.
    for (std::size_t i = 0; i < good.size(); ++i) {
        CAPTURE(i);
        auto bad = good;
        bad[i] ^= std::byte{0x10};
        CHECK_FALSE(sketch.restore(bad).ok());
        CHECK_FALSE(sketch.restore(std::span{good}.first(i)).ok());
    }
    const auto status_of = [&](std::size_t place, unsigned value) {
        auto bad = good;
        bad[place] = static_cast<std::byte>(value);
        return sketch.restore(bad);
    };
    CHECK(sketch.restore({}) == sheaf::SnapshotStatus{SnapshotError::not_a_snapshot, 0});
    CHECK(status_of(3, 'l') == sheaf::SnapshotStatus{SnapshotError::not_a_snapshot, 3});
    CHECK(status_of(4, 2) == sheaf::SnapshotStatus{SnapshotError::unknown_version, 4});
    CHECK(status_of(5, 2) == sheaf::SnapshotStatus{SnapshotError::other_parameters, 5});
    CHECK(status_of(6, 2) == sheaf::SnapshotStatus{SnapshotError::other_parameters, 6});
    CHECK(status_of(7, 1) == sheaf::SnapshotStatus{SnapshotError::out_of_range, 7});
    CHECK(status_of(7, 27) == sheaf::SnapshotStatus{SnapshotError::out_of_range, 7});
    CHECK(status_of(7, 3).error == SnapshotError::wrong_size);
    CHECK(status_of(9, 0xff).error == SnapshotError::wrong_checksum);

    // Intact, but nothing that was counted: the register 0 has an indicator and no maximum.
    auto impossible = snapshot_of(Sketch{4});
    impossible[8] = std::byte{1};
    impossible.resize(impossible.size() - sheaf::detail::snapshot_checksum_size);
    sheaf::detail::end_snapshot(impossible, 0);
    const auto status = sketch.restore(impossible);
    CHECK(status.error == SnapshotError::impossible_content);
    CHECK(status.offset >= 8);
    CHECK(status.offset <= 9);
    CHECK(status.message() == "byte " + std::to_string(status.offset) + ": impossible_content");
    CHECK(sketch == before);
    REQUIRE(sketch.restore(good).ok());
}
