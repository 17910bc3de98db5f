#pragma once

#include <sheaf/config.hpp>

SHEAF_NAMESPACE_BEGIN

namespace detail {

constexpr double integer_power(double base, unsigned exponent) noexcept {
    double product = 1;
    for (unsigned i = 0; i < exponent; ++i) { product *= base; }
    return product;
}

/// The Hurwitz zeta function, the sum of `(k + a)^-s` over all k from 0, by the formula of Euler and Maclaurin: for s of 2
/// and 3 and a of at least 1 as exact as a double is.
constexpr double hurwitz_zeta(unsigned s, double a) noexcept {
    constexpr unsigned terms = 16;  // summed one by one
    double sum = 0;
    for (unsigned k = terms; k-- > 0;) { sum += 1 / integer_power(k + a, s); }
    const double x = terms + a;
    const double tail = 1 / integer_power(x, s - 1);
    // B2/2!, B4/4!, B6/6!, B8/8! of the Bernoulli numbers, with the rising powers of s.
    const double inverse_square = 1 / (x * x);
    double rising = s;
    double power = tail / (x * x);
    double corrections = rising * power / 12;
    constexpr double bernoulli[] = {-1.0 / 720, 1.0 / 30240, -1.0 / 1209600};
    unsigned next = s + 1;
    for (const double factor : bernoulli) {
        rising *= static_cast<double>(next) * (next + 1);
        next += 2;
        power *= inverse_square;
        corrections += factor * rising * power;
    }
    return sum + tail / (s - 1) + tail / x / 2 + corrections;
}

}  // namespace detail

SHEAF_NAMESPACE_END
