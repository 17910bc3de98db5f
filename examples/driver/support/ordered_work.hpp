#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace driver {

/// Items are taken one after the other, worked on by several threads at once, and settled one after the other, in the order in which
/// they were taken. There is no thread for one of these steps only: each does what there is to do, and settling goes first.
///
/// `Item`: default-constructible; items are used again, so what they have allocated stays.
template <class Item>
class OrderedWork {
public:
    /// Runs until `take` returns false and all items are settled, or until something throws: then what has been taken is
    /// forgotten, and that is thrown here.
    ///
    /// `bool take(Item&)` and `void settle(Item&)`: called by one thread at a time each, and at the same time as each other.
    /// `make_worker()`: called once a thread, on this one, for a `void(Item&)`. `on_failure()`, which must not throw: something has
    /// thrown; it should end a `take` that waits.
    ///
    /// Throws also: `std::system_error` where there is no thread to be had, `std::bad_alloc`.
    template <class Take, class MakeWorker, class Settle, class OnFailure>
    static void run(
        std::size_t threads, Take take, MakeWorker make_worker, Settle settle, OnFailure on_failure) {
        OrderedWork work{threads};
        std::vector<decltype(make_worker())> workers;
        workers.reserve(threads);
        for (std::size_t i = 0; i < threads; ++i) { workers.push_back(make_worker()); }
        std::vector<std::thread> others;
        others.reserve(threads);
        const auto join = [&others] {
            for (std::thread& other : others) { other.join(); }
        };
        try {
            for (std::size_t i = 1; i < threads; ++i) {
                others.emplace_back([&, i] { work.serve(take, workers[i], settle, on_failure); });
            }
        } catch (...) {
            const std::lock_guard lock{work.mutex_};
            work.fail(on_failure);
        }
        work.serve(take, workers.front(), settle, on_failure);
        join();
        if (work.failure_) { std::rethrow_exception(work.failure_); }
    }

private:
    struct Slot {
        Item item;
        bool is_done = false;
    };

    /// With two items a thread nobody waits for one that takes a little longer.
    explicit OrderedWork(std::size_t threads)
        : slots_(2 * threads) {}

    template <class Take, class Worker, class Settle, class OnFailure>
    void serve(Take& take, Worker& worker, Settle& settle, OnFailure& on_failure) noexcept {
        std::unique_lock lock{mutex_};
        try {
            while (!failure_) {
                if (!is_settling_ && settled_ < taken_ && slot(settled_).is_done) {
                    settle_one(lock, settle);
                } else if (!is_taking_ && !has_ended_ && taken_ - settled_ < slots_.size()) {
                    take_one(lock, take, worker);
                } else if (has_ended_ && settled_ == taken_) {
                    return;
                } else {
                    changed_.wait(lock);
                }
            }
        } catch (...) {
            if (!lock.owns_lock()) { lock.lock(); }
            fail(on_failure);
        }
    }

    template <class Settle>
    void settle_one(std::unique_lock<std::mutex>& lock, Settle& settle) {
        is_settling_ = true;
        Slot& here = slot(settled_);
        lock.unlock();
        settle(here.item);
        lock.lock();
        is_settling_ = here.is_done = false;
        ++settled_;
        changed_.notify_all();
    }

    template <class Take, class Worker>
    void take_one(std::unique_lock<std::mutex>& lock, Take& take, Worker& worker) {
        is_taking_ = true;
        Slot& here = slot(taken_);
        lock.unlock();
        const bool is_taken = take(here.item);
        lock.lock();
        is_taking_ = false;
        has_ended_ = !is_taken;
        if (is_taken) { ++taken_; }
        changed_.notify_all();
        if (!is_taken) { return; }
        lock.unlock();
        worker(here.item);
        lock.lock();
        here.is_done = true;
        changed_.notify_all();
    }

    /// In a handler, under the lock.
    template <class OnFailure>
    void fail(OnFailure& on_failure) noexcept {
        if (!failure_) { failure_ = std::current_exception(); }
        changed_.notify_all();
        on_failure();
    }

    [[nodiscard]] Slot& slot(std::uint64_t number) noexcept { return slots_[number % slots_.size()]; }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Slot> slots_;    // those from `settled_` on, before `taken_`, belong to somebody
    std::uint64_t taken_ = 0;    // how many items have been taken
    std::uint64_t settled_ = 0;  // how many of them have been settled
    bool is_taking_ = false;
    bool is_settling_ = false;
    bool has_ended_ = false;
    std::exception_ptr failure_;
};

}  // namespace driver
