#pragma once

#include <sheaf/config.hpp>
#include <sheaf/threading.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

SHEAF_NAMESPACE_BEGIN

namespace shell {

/// Wakes those who wait for the collator to get on: producers for room, `drain` and `cancel` for the end.
/// Costs one load where nobody waits.
///
/// Thread safety: all members may be called concurrently.
template <class Threading = StandardThreading>
class ProgressSignal {
public:
    using Deadline = typename Threading::clock::time_point;

    /// Something has changed that a waiter may be waiting for. The change itself must be sequentially consistent:
    /// then either the waiter's look at it came later, or the load here sees the waiter.
    void notify() noexcept {
        if (waiters_.load(std::memory_order_seq_cst) == 0) { return; }
        {
            const std::lock_guard lock{mutex_};
            ++generation_;
        }
        changed_.notify_all();
    }

    /// Waits until `holds()` is true or the deadline has passed; says which. `holds` runs with no lock held.
    template <class Predicate>
    [[nodiscard]] bool wait_until(Deadline deadline, Predicate&& holds) {
        const Registration registration{waiters_};
        for (;;) {
            std::uint64_t seen = 0;
            {
                const std::lock_guard lock{mutex_};
                seen = generation_;
            }
            if (holds()) { return true; }
            std::unique_lock lock{mutex_};
            const auto has_changed = [&] { return generation_ != seen; };
            if (deadline == (Deadline::max)()) {
                changed_.wait(lock, has_changed);
            } else if (!changed_.wait_until(lock, deadline, has_changed)) {
                lock.unlock();
                return holds();
            }
        }
    }

private:
    using Counter = typename Threading::template atomic<std::uint32_t>;

    struct Registration {
        explicit Registration(Counter& waiters) noexcept
            : waiters_{waiters} {
            waiters_.fetch_add(1, std::memory_order_seq_cst);
        }
        Registration(const Registration&) = delete;
        Registration& operator=(const Registration&) = delete;
        // relaxed: leaving hides nothing from anybody.
        ~Registration() { waiters_.fetch_sub(1, std::memory_order_relaxed); }
        Counter& waiters_;
    };

    Counter waiters_{0};
    typename Threading::mutex mutex_;
    typename Threading::condition_variable changed_;
    std::uint64_t generation_ = 0;
};

}  // namespace shell

SHEAF_NAMESPACE_END
