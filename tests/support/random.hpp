#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace test {

/// The random numbers of a test: everything it does follows from one seed, on every platform. (The distributions of
/// <random> differ between standard libraries.)
class Random {
public:
    explicit Random(std::uint64_t seed) noexcept
        : state_{seed} {}

    /// SplitMix64.
    std::uint64_t operator()() noexcept {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31U);
    }

    /// Evenly from 0 to `bound - 1`. Precondition: `bound` is not 0.
    std::uint64_t below(std::uint64_t bound) noexcept { return (*this)() % bound; }
    /// Evenly from `low` to `high`, both included.
    std::uint64_t between(std::uint64_t low, std::uint64_t high) noexcept {
        return low + below(high - low + 1);
    }
    /// True in `percent` of a hundred cases.
    bool chance(unsigned percent) noexcept { return below(100) < percent; }
    /// Random numbers have no end; other sources of choices do.
    [[nodiscard]] static constexpr bool is_exhausted() noexcept { return false; }

    template <class T>
    T& pick(std::vector<T>& values) noexcept {
        return values[static_cast<std::size_t>(below(values.size()))];
    }
    /// Takes one value out; the order of the others changes.
    template <class T>
    T take(std::vector<T>& values) {
        std::swap(pick(values), values.back());
        T taken = std::move(values.back());
        values.pop_back();
        return taken;
    }
    template <class T>
    void shuffle(std::vector<T>& values) noexcept {
        for (std::size_t i = values.size(); i > 1; --i) {
            std::swap(values[i - 1], values[static_cast<std::size_t>(below(i))]);
        }
    }

private:
    std::uint64_t state_;
};

}  // namespace test
