#pragma once

#include <sheaf/config.hpp>
#include <sheaf/core/instant.hpp>
#include <sheaf/threading.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace shell {

/// The thread of `OwnTimer`: sleeps until the earliest deadline that it was told, then calls `advance`.
///
/// Thread safety: `arm` may be called concurrently. `stop` may be called on any thread, on the timer's own too;
/// then the thread is let go and ends by itself, touching nothing but what it shares.
template <class Threading = StandardThreading>
class TimerThread {
public:
    TimerThread() = default;
    TimerThread(const TimerThread&) = delete;
    TimerThread& operator=(const TimerThread&) = delete;
    ~TimerThread() { stop(); }

    /// Starts the thread. `advance(now)` is called on it; where `target` has gone the thread ends.
    /// Throws: `std::system_error` where no thread can be started.
    template <class Clock, class Target>
    void start(std::weak_ptr<Target> target) {
        thread_ = typename Threading::thread{[shared = shared_, weak = std::move(target)] {
            while (shared->template wait<Clock>()) {
                const auto strong = weak.lock();
                if (strong == nullptr) { return; }
                strong->advance_by_timer();
            }
        }};
    }

    /// Makes sure that `advance` is called at `due` or earlier.
    void arm(core::Instant due) noexcept {
        // Sequentially consistent, like the disarming and the collator's gate: the thread disarms before it looks at
        // gate and stripes. Where it has looked already, this load comes later; else it will see the caller's deadline
        // itself.
        if (due.count() < shared_->armed.load(std::memory_order_seq_cst)) { shared_->arm(due); }
    }

    [[nodiscard]] bool is_own_thread() const noexcept {
        return thread_.get_id() == std::this_thread::get_id();
    }

    void stop() noexcept {
        if (!thread_.joinable()) { return; }
        shared_->request_stop();
        if (thread_.get_id() == std::this_thread::get_id()) {
            thread_.detach();
        } else {
            thread_.join();
        }
    }

private:
    struct Shared {
        typename Threading::template atomic<core::Instant::rep> armed{
            core::never.count()};  // written under the mutex
        typename Threading::mutex mutex;
        typename Threading::condition_variable changed;
        bool stopping = false;

        void arm(core::Instant due) noexcept {
            {
                const std::lock_guard lock{mutex};
                if (due.count() >= armed.load(std::memory_order_relaxed)) { return; }
                armed.store(due.count(), std::memory_order_relaxed);
            }
            changed.notify_one();
        }

        void request_stop() noexcept {
            {
                const std::lock_guard lock{mutex};
                stopping = true;
            }
            changed.notify_one();
        }

        /// Waits for the armed time, and disarms. False: stop.
        template <class Clock>
        [[nodiscard]] bool wait() {
            std::unique_lock lock{mutex};
            while (!stopping) {
                const core::Instant due{armed.load(std::memory_order_relaxed)};
                if (due == core::never) {
                    changed.wait(lock);
                    continue;
                }
                const auto now = std::chrono::duration_cast<core::Instant>(Clock::now().time_since_epoch());
                if (now >= due) {
                    armed.store(core::never.count(), std::memory_order_seq_cst);
                    return true;
                }
                // In steps, so that a far deadline overflows no clock.
                changed.wait_for(lock, std::min<core::Instant>(due - now, std::chrono::hours{1}));
            }
            return false;
        }
    };

    std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
    typename Threading::thread thread_;
};

}  // namespace shell

SHEAF_NAMESPACE_END
