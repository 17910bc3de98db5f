#pragma once

#include <sheaf/config.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// Lets concurrent callers share a sync of one thing. A caller needs a sync that begins after its own
/// changes; so callers that come while one is running wait for the next, which one of them runs for all.
///
/// Thread safety: may be called concurrently. No lock is held while the sync runs.
class GroupSync {
public:
    /// Returns the result of a call of `sync` (0, or an error number) that began after `wait` did. `sync`
    /// does not throw. A failure goes to all whom that call was for, and is not tried again.
    ///
    /// Throws: `std::bad_alloc`.
    template <class Sync>
    [[nodiscard]] int wait(const Sync& sync) {
        std::unique_lock lock{mutex_};
        if (next_ == nullptr) { next_ = std::make_shared<Round>(); }
        const std::shared_ptr<Round> round = next_;
        while (!round->done && running_) { round_ended_.wait(lock); }
        if (!round->done) {
            // This thread leads its round. From here on newcomers are too late for it.
            next_ = nullptr;
            running_ = true;
            lock.unlock();
            const int error = sync();
            lock.lock();
            running_ = false;
            round->error = error;
            round->done = true;
            round_ended_.notify_all();
        }
        return round->error;
    }

private:
    struct Round {
        bool done = false;
        int error = 0;
    };

    std::mutex mutex_;
    std::condition_variable round_ended_;
    std::shared_ptr<Round> next_;  // the one that has not begun; null: nobody waits for it yet
    bool running_ = false;
};

}  // namespace detail

SHEAF_NAMESPACE_END
