#pragma once

#include <sheaf/config.hpp>
#include <sheaf/distinct/detail/register_value.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// What the registers of a sketch say of the number n of distinct elements, under the Poisson model in which registers
/// are independent (Ertl, "ExaLogLog", 2024, section 3 and algorithms 3 and 8):
///
///     ln L(n) = -(n/m) alpha + sum over s of seen[s] ln(1 - exp(-n / (m 2^s)))
///
/// with m registers; `alpha`, the sum over the registers of the probabilities of all values that would change them; and
/// `seen[s]`, how many values of the probability 2^-s the registers recall.
template <unsigned T, unsigned D>
class Likelihood {
    using Value = RegisterValue<T, D>;

public:
    /// Complexity: one pass over the registers.
    template <class Register>
    Likelihood(std::span<const Register> registers, unsigned precision) noexcept
        : precision_{precision}
        , last_{64 - precision} {
        std::array<std::uint64_t, (std::size_t{64} << T) + 1> maxima{};
        for (const Register state : registers) {
            const std::uint64_t maximum = Value::maximum(state);
            ++maxima[static_cast<std::size_t>(maximum)];
            if (maximum != 0) { count_indicators(state, maximum); }
        }
        for (std::uint64_t maximum = 1; maximum < maxima.size(); ++maximum) {
            if (maximum > Value::greatest(precision)) { break; }
            seen_[Value::exponent(maximum, precision)] += maxima[static_cast<std::size_t>(maximum)];
        }
        sum_alpha(maxima);
    }

    /// The n of the greatest likelihood: 0 where no register has a value, infinity where none can change any more.
    [[nodiscard]] double argmax() const noexcept {
        const auto is_seen = [&](unsigned s) { return seen_[s] != 0; };
        unsigned first = T + 1;
        while (first <= last_ && !is_seen(first)) { ++first; }
        if (first > last_) { return 0; }
        if (alpha_ == 0) { return std::numeric_limits<double>::infinity(); }
        unsigned greatest = last_;
        while (!is_seen(greatest)) { --greatest; }

        // With x = n / (m 2^greatest) the derivative is, up to a factor, -a x + sum of seen[s] w / (e^w - 1), where
        // w = x 2^(greatest - s). Newton's method on y = e^x - 1, which Jensen's inequality starts below the root, so
        // that it climbs; e^(2w) - 1 is (e^w - 1)(e^w + 1), so the loop needs no exponential.
        const double a =
            std::ldexp(static_cast<double>(alpha_), static_cast<int>(greatest + precision_) - 64);
        double total = 0;
        double weighted = 0;
        for (unsigned s = first; s <= greatest; ++s) {
            total += static_cast<double>(seen_[s]);
            weighted += std::ldexp(static_cast<double>(seen_[s]), static_cast<int>(greatest - s));
        }
        double y = weighted / a;
        if (first != greatest) { y = std::expm1(std::log1p(y) * total / weighted); }
        while (first != greatest) {
            double lambda = 1;
            double eta = 0;
            double w = y;
            double value = static_cast<double>(seen_[greatest]);
            double slope = 0;
            for (unsigned s = greatest; s-- > first;) {
                const double z = 2 / (2 + w);
                lambda *= z;
                eta = eta * (2 - z) + (1 - z);
                value += static_cast<double>(seen_[s]) * lambda;
                slope += static_cast<double>(seen_[s]) * lambda * eta;
                w *= w + 2;
            }
            if (value <= a * y) { break; }
            const double better = y * (1 + (value - a * y) / (slope + a * y));
            if (!(better > y)) { break; }
            y = better;
        }
        return std::ldexp(std::log1p(y), static_cast<int>(precision_ + greatest));
    }

    /// The standard error of an estimate, relative to it, where n is the truth or near it.
    ///
    /// The inverse of the observed Fisher information of ln n is the variance of the estimate of a *rate*. That a rate of
    /// n makes n elements up to a variance of 1/n only is no error of who counts these elements, so it is taken away.
    /// Far above m elements it is nothing, far below it is nearly all.
    [[nodiscard]] double relative_error(double n) const noexcept {
        if (!(n > 0) || !std::isfinite(n)) { return 0; }
        double information = 0;
        for (unsigned s = T + 1; s <= last_; ++s) {
            if (seen_[s] == 0) { continue; }
            // x^2 e^x / (e^x - 1)^2
            const double half = std::ldexp(n, -static_cast<int>(precision_ + s)) / 2;
            const double factor = half < 1e-4 ? 1 - half * half / 3 : half < 350 ? half / std::sinh(half) : 0;
            information += static_cast<double>(seen_[s]) * (half < 1e-4 ? factor : factor * factor);
        }
        return information > 0 ? std::sqrt((std::max)(0.0, 1 / information - 1 / n)) : 0;
    }

private:
    void count_indicators(std::uint64_t state, std::uint64_t maximum) noexcept {
        std::uint64_t bits = D == 0 ? 0 : state & ((std::uint64_t{1} << D) - 1);
        unsigned s = T + 1;
        if (maximum > D) {
            // Bit 0 stands for the value maximum - D, which need not be the first of its probability.
            const std::uint64_t lowest = maximum - D - 1;
            bits <<= lowest & (group_size - 1);
            s += static_cast<unsigned>(lowest >> T);
        } else {
            bits >>= D + 1 - maximum;  // the bit of 0, and what is below
        }
        for (bits = counted_in_groups(bits); bits != 0; bits >>= group_size, ++s) {
            seen_[(std::min)(s, last_)] += bits & ((std::uint64_t{1} << group_size) - 1);
        }
    }

    /// The number of bits in each group of `group_size`, in the place of the group.
    static std::uint64_t counted_in_groups(std::uint64_t bits) noexcept {
        if constexpr (T >= 1) { bits -= bits >> 1U & 0x5555'5555'5555'5555U; }
        if constexpr (T >= 2) {
            bits = (bits & 0x3333'3333'3333'3333U) + (bits >> 2U & 0x3333'3333'3333'3333U);
        }
        if constexpr (T >= 3) { bits = (bits + (bits >> 4U)) & 0x0f0f'0f0f'0f0f'0f0fU; }
        return bits;
    }

    /// A register of maximum u would be changed by all values from u - D on, but those that it recalls. All is counted in
    /// 2^-(64 - precision), of which every probability is a multiple, modulo 2^64: only where no register has a value is
    /// the sum as much as that.
    template <class Maxima>
    void sum_alpha(const Maxima& maxima) noexcept {
        for (std::uint64_t maximum = 0; maximum < maxima.size(); ++maximum) {
            const std::uint64_t count = maxima[static_cast<std::size_t>(maximum)];
            if (count != 0) { alpha_ += count * Value::above(maximum > D ? maximum - D - 1 : 0, precision_); }
        }
        for (unsigned s = T + 1; s <= last_; ++s) { alpha_ -= seen_[s] << (last_ - s); }
    }

    static_assert(T <= 3);  // the values of one probability are counted within a byte
    static constexpr std::uint64_t group_size = std::uint64_t{1} << T;

    unsigned precision_;
    unsigned last_;  // the least probability is 2^-last_
    std::uint64_t alpha_ = 0;
    std::array<std::uint64_t, 65> seen_{};
};

}  // namespace detail

SHEAF_NAMESPACE_END
