#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace driver {

/// Counts durations in buckets of equal relative width, so that a quantile is at most 0.4 % off: below 256 ns
/// each nanosecond has its bucket, above that each power of two has 128.
///
/// Thread safety: `record` may be called concurrently; what reads, and `merge`, sees some of what is recorded at the
/// same time.
class LatencyHistogram {
public:
    /// Negative durations count as zero. Constant time, no allocation.
    void record(std::chrono::nanoseconds duration) noexcept {
        const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
        // relaxed: the counters order nothing else.
        buckets_[bucket_of(value)].fetch_add(1, std::memory_order_relaxed);
    }

    /// Adds what `other` has counted.
    void merge(const LatencyHistogram& other) noexcept {
        for (std::size_t i = 0; i < buckets_.size(); ++i) {
            buckets_[i].fetch_add(other.buckets_[i].load(std::memory_order_relaxed),
                                  std::memory_order_relaxed);
        }
    }

    [[nodiscard]] std::uint64_t count() const noexcept {
        std::uint64_t total = 0;
        for (const auto& bucket : buckets_) { total += bucket.load(std::memory_order_relaxed); }
        return total;
    }

    /// The duration that the fraction `q` (0 to 1) of all does not exceed; the middle of its bucket. Zero where there
    /// is none.
    [[nodiscard]] std::chrono::nanoseconds quantile(double q) const noexcept {
        const std::uint64_t total = count();
        const auto rank = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(total)));
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < buckets_.size(); ++i) {
            seen += buckets_[i].load(std::memory_order_relaxed);
            if (seen >= std::max<std::uint64_t>(rank, 1)) {
                return std::chrono::nanoseconds{static_cast<std::int64_t>(middle_of(i))};
            }
        }
        return std::chrono::nanoseconds{0};
    }

private:
    static constexpr std::size_t exact = 256;
    static constexpr std::size_t per_octave = exact / 2;
    static constexpr std::size_t octaves = 63 - 8;  // durations have 63 bits, the lowest 8 are exact

    /// The value keeps its 8 leading bits; `shift` counts the others.
    [[nodiscard]] static constexpr std::size_t bucket_of(std::uint64_t value) noexcept {
        if (value < exact) { return static_cast<std::size_t>(value); }
        const auto shift = static_cast<std::size_t>(std::bit_width(value)) - 8;
        return exact + (shift - 1) * per_octave + static_cast<std::size_t>(value >> shift) - per_octave;
    }

    [[nodiscard]] static constexpr std::uint64_t middle_of(std::size_t bucket) noexcept {
        if (bucket < exact) { return bucket; }
        const std::size_t shift = (bucket - exact) / per_octave + 1;
        const std::uint64_t lowest = std::uint64_t{(bucket - exact) % per_octave + per_octave} << shift;
        return lowest + (std::uint64_t{1} << (shift - 1));
    }

    std::array<std::atomic<std::uint64_t>, exact + octaves * per_octave> buckets_{};
};

}  // namespace driver
