#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace test {

/// Choices that follow from bytes, with the interface of `Random`: each takes as many bytes as its bound needs, and
/// after the last one every choice is 0. A change of one byte changes one choice, which is what a fuzzer needs.
class ByteChoices {
public:
    explicit ByteChoices(std::span<const std::byte> bytes) noexcept
        : rest_{bytes} {}

    /// From 0 to `bound - 1`. Precondition: `bound` is not 0.
    std::uint64_t below(std::uint64_t bound) noexcept {
        std::uint64_t value = 0;
        for (std::uint64_t left = bound - 1; left != 0; left >>= 8U) { value = value << 8U | next(); }
        return value % bound;
    }
    /// From `low` to `high`, both included.
    std::uint64_t between(std::uint64_t low, std::uint64_t high) noexcept {
        return low + below(high - low + 1);
    }
    bool chance(unsigned percent) noexcept { return below(100) < percent; }
    [[nodiscard]] bool is_exhausted() const noexcept { return rest_.empty(); }

private:
    std::uint64_t next() noexcept {
        if (rest_.empty()) { return 0; }
        const auto value = std::to_integer<std::uint64_t>(rest_.front());
        rest_ = rest_.subspan(1);
        return value;
    }

    std::span<const std::byte> rest_;
};

}  // namespace test
