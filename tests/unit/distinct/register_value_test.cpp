#include <sheaf/distinct/detail/register_value.hpp>

#include <sheaf/distinct/detail/hurwitz_zeta.hpp>
#include <sheaf/distinct/detail/merge_registers.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <set>
#include <span>
#include <vector>

namespace {

using sheaf::detail::RegisterValue;

/// The state by its definition: the greatest value, and a bit for each of the D values below it that was seen. The value
/// 0, which stands for an empty register, counts as seen.
template <unsigned T, unsigned D>
std::uint64_t state_of(const std::set<std::uint64_t>& values) {
    if (values.empty()) { return 0; }
    const std::uint64_t greatest = *values.rbegin();
    std::uint64_t state = greatest << D;
    for (std::uint64_t below = 1; below <= D && below <= greatest; ++below) {
        const std::uint64_t value = greatest - below;
        if (value == 0 || values.count(value) != 0) { state |= std::uint64_t{1} << (D - below); }
    }
    return state;
}

template <unsigned T, unsigned D>
void check_against_definition(unsigned precision) {
    using Value = RegisterValue<T, D>;
    CAPTURE(T);
    CAPTURE(D);
    CAPTURE(precision);
    std::mt19937_64 random{T * 1000 + D * 10 + precision};
    for (int history = 0; history < 200; ++history) {
        std::set<std::uint64_t> values;
        std::set<std::uint64_t> others;
        std::uint64_t state = 0;
        std::uint64_t other = 0;
        const std::uint64_t widest = history % 2 == 0 ? Value::greatest(precision) : 3 * (D + 1);
        std::uniform_int_distribution<std::uint64_t> draw{1, (std::min)(widest, Value::greatest(precision))};
        for (int step = 0; step < 12; ++step) {
            const std::uint64_t value = draw(random);
            values.insert(value);
            state = Value::updated(state, value);
            REQUIRE(state == state_of<T, D>(values));
            REQUIRE(Value::is_possible(state, precision));
            if (step % 3 == 0) {
                const std::uint64_t another = draw(random);
                others.insert(another);
                other = Value::updated(other, another);
            }
            std::set<std::uint64_t> both = values;
            both.insert(others.begin(), others.end());
            REQUIRE(Value::merged(state, other) == state_of<T, D>(both));
            REQUIRE(Value::merged(other, state) == state_of<T, D>(both));

            // What would change the register, summed value by value.
            std::uint64_t changing = 0;
            for (std::uint64_t each = 1; each <= Value::greatest(precision); ++each) {
                if (Value::updated(state, each) != state) {
                    changing += std::uint64_t{1} << (64 - precision - Value::exponent(each, precision));
                }
            }
            REQUIRE(Value::change_probability(state, precision) == changing);
        }
    }
}

template <unsigned D>
void check_vectors() {
    std::mt19937_64 random{D};
    std::vector<std::uint32_t> into(256);
    std::vector<std::uint32_t> from(256);
    for (auto* registers : {&into, &from}) {
        for (auto& state : *registers) {
            const auto steps = random() % 6;
            std::uint64_t full = 0;
            for (std::uint64_t step = 0; step < steps; ++step) {
                full = RegisterValue<2, D>::updated(full, 1 + random() % (random() % 2 == 0 ? 30 : 200));
            }
            state = static_cast<std::uint32_t>(full);
        }
    }
    std::vector<std::uint32_t> portably = into;
    sheaf::detail::merge_registers_portably<2, D>(std::span<std::uint32_t>{portably},
                                                  std::span<const std::uint32_t>{from});
    sheaf::detail::merge_registers<2, D>(std::span<std::uint32_t>{into},
                                         std::span<const std::uint32_t>{from});
    CHECK(into == portably);
}

}  // namespace

TEST_CASE("RegisterValue: updates, merges and probabilities are as defined") {
    check_against_definition<0, 0>(4);
    check_against_definition<0, 1>(11);
    check_against_definition<0, 2>(4);
    check_against_definition<1, 9>(8);
    check_against_definition<2, 16>(12);
    check_against_definition<2, 20>(2);
    check_against_definition<2, 24>(12);
    check_against_definition<3, 11>(26);
}

TEST_CASE("RegisterValue: all probabilities of values together are one") {
    for (const unsigned precision : {2U, 12U, 26U}) {
        std::uint64_t sum = 0;
        for (std::uint64_t value = 1; value <= RegisterValue<2, 24>::greatest(precision); ++value) {
            sum += std::uint64_t{1} << (64 - precision - RegisterValue<2, 24>::exponent(value, precision));
            CHECK(RegisterValue<2, 24>::above(value, precision) ==
                  (std::uint64_t{1} << (64 - precision)) - sum);
        }
        CHECK(sum == std::uint64_t{1} << (64 - precision));
    }
}

TEST_CASE("RegisterValue: where a hash goes") {
    using Value = RegisterValue<2, 24>;
    // From the highest on two bits of the value, three of the place, the rest, whose trailing zeros count.
    const auto all_zeros = Value::update_of(0, 3);
    CHECK(all_zeros.place == 0);
    CHECK(all_zeros.value == 59U * 4 + 1);
    const auto all_ones = Value::update_of(~std::uint64_t{0}, 3);
    CHECK(all_ones.place == 7);
    CHECK(all_ones.value == 4);
    const auto some = Value::update_of(0b10'101'0U * (std::uint64_t{1} << 58U) | 0b1000U, 3);
    CHECK(some.place == 0b101);
    CHECK(some.value == 3U * 4 + 2 + 1);
    CHECK(RegisterValue<0, 2>::update_of(std::uint64_t{0b101} << 61U, 3).value == 62);
    CHECK(RegisterValue<0, 2>::update_of(std::uint64_t{0b101} << 61U, 3).place == 0b101);
    CHECK(Value::greatest(3) == 60U * 4);
}

TEST_CASE("RegisterValue: states that no update gives") {
    using Value = RegisterValue<0, 2>;
    CHECK(Value::is_possible(0, 4));
    CHECK_FALSE(Value::is_possible(1, 4));         // an indicator without a maximum
    CHECK_FALSE(Value::is_possible(1U << 2U, 4));  // the maximum 1 without the bit of 0
    CHECK(Value::is_possible((1U << 2U) + 2, 4));
    CHECK_FALSE(Value::is_possible((1U << 2U) + 3, 4));  // a value below 0
    CHECK(Value::is_possible(61U << 2U, 4));
    CHECK_FALSE(Value::is_possible(62U << 2U, 4));  // more zeros than bits
}

TEST_CASE("merge_registers: the vector path does what the portable one does") {
    check_vectors<16>();
    check_vectors<20>();
    check_vectors<24>();
}

TEST_CASE("hurwitz_zeta: known values") {
    const double pi = std::acos(-1.0);
    CHECK(sheaf::detail::hurwitz_zeta(2, 1) == doctest::Approx(pi * pi / 6).epsilon(1e-14));
    CHECK(sheaf::detail::hurwitz_zeta(2, 2) == doctest::Approx(pi * pi / 6 - 1).epsilon(1e-14));
    CHECK(sheaf::detail::hurwitz_zeta(3, 1) == doctest::Approx(1.2020569031595942854).epsilon(1e-14));
    CHECK(sheaf::detail::hurwitz_zeta(2, 1.5) == doctest::Approx(pi * pi / 2 - 4).epsilon(1e-14));
}
