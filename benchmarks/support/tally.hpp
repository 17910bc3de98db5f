#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace sheaf_bench {

/// What was delivered, in numbers that do not depend on the order of the resources.
struct Delivered {
    std::uint64_t resources = 0;
    std::uint64_t lengths = 0;
    std::uint64_t sum = 0;
    friend bool operator==(const Delivered&, const Delivered&) = default;
};

/// A hash of one result. Four lanes, so that the check costs a small part of what is measured.
[[nodiscard]] inline std::uint64_t hash_of(std::uint64_t id,
                                           std::span<const std::uint32_t> lengths) noexcept {
    constexpr std::uint64_t odd = 0x9E3779B97F4A7C15U;
    std::array<std::uint64_t, 4> lanes{id, id ^ odd, ~id, lengths.size()};
    std::size_t at = 0;
    for (; at + 8 <= lengths.size(); at += 8) {
        std::array<std::uint64_t, 4> pairs;
        std::memcpy(pairs.data(), lengths.data() + at, sizeof pairs);
        for (std::size_t lane = 0; lane < 4; ++lane) { lanes[lane] = lanes[lane] * odd + pairs[lane]; }
    }
    for (; at < lengths.size(); ++at) { lanes[at % 4] = lanes[at % 4] * odd + lengths[at]; }
    std::uint64_t hash = 0;
    for (const std::uint64_t lane : lanes) { hash = (std::rotl(hash, 23) ^ lane) * odd; }
    return hash ^ (hash >> 32U);
}

/// A number below 64 that no other living thread has.
class ThreadSlot {
public:
    ThreadSlot() noexcept {
        std::uint64_t taken = taken_.load(std::memory_order_relaxed);
        do {
            slot_ = static_cast<std::size_t>(std::countr_one(taken));
        } while (!taken_.compare_exchange_weak(taken, taken | std::uint64_t{1} << slot_));
    }
    ThreadSlot(const ThreadSlot&) = delete;
    ThreadSlot& operator=(const ThreadSlot&) = delete;
    ~ThreadSlot() { taken_.fetch_and(~(std::uint64_t{1} << slot_)); }

    static constexpr std::size_t count = 64;
    [[nodiscard]] static std::size_t of_this_thread() noexcept {
        static thread_local const ThreadSlot slot;
        return slot.slot_;
    }

private:
    inline static std::atomic<std::uint64_t> taken_{0};
    std::size_t slot_ = 0;
};

/// The consumer that all peers deliver to: it reads the whole result, writes to memory of its own thread and keeps
/// nothing.
///
/// Thread safety: `operator()` may be called concurrently; `delivered` only when all of that has happened.
class Tally {
public:
    void operator()(std::uint64_t id, std::span<const std::uint32_t> lengths) noexcept {
        Delivered& mine = slots_[ThreadSlot::of_this_thread()].delivered;
        ++mine.resources;
        mine.lengths += lengths.size();
        mine.sum += hash_of(id, lengths);
    }

    [[nodiscard]] Delivered delivered() const noexcept {
        Delivered all;
        for (const Slot& slot : slots_) {
            all.resources += slot.delivered.resources;
            all.lengths += slot.delivered.lengths;
            all.sum += slot.delivered.sum;
        }
        return all;
    }

private:
    struct alignas(64) Slot {
        Delivered delivered;
    };
    std::array<Slot, ThreadSlot::count> slots_{};
};

}  // namespace sheaf_bench
