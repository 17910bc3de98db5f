#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/throw.hpp>
#include <sheaf/detail/unique_task.hpp>
#include <sheaf/executor/detail/task_ring.hpp>
#include <sheaf/threading.hpp>

#include <concepts>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

SHEAF_NAMESPACE_BEGIN

/// What can be set of a `ThreadPool` beside the number of its threads.
struct ThreadPoolOptions {
    /// How many tasks may wait for a thread before `execute` waits for room. At least 1.
    std::size_t queue_capacity = 65'536;
};

/// Executor: a fixed number of threads and one bounded queue, first in, first out. Meant for blocking work:
/// give it as many threads as calls of the transform shall wait at a time, however many cores there are.
///
///     sheaf::PacketCollator collator{transform, sink, sheaf::ThreadPool{32}, options};   // owned
///     sheaf::PacketCollator collator{transform, sink, std::ref(pool), options};          // lent
///
/// Thread safety: `execute`, `queued` and `thread_count` may be called concurrently, by tasks of the pool
/// as well. Construction, move, assignment and destruction must not overlap any other call from outside the
/// pool's own threads. No lock is held while a task runs or is destroyed.
template <class Threading = StandardThreading>
class BasicThreadPool {
public:
    /// Starts `threads` threads.
    ///
    /// Throws: `std::invalid_argument` naming the field if `threads` or a field of `options` is zero;
    /// `std::system_error` if a thread cannot be started, `std::bad_alloc`. Nothing is left running then.
    explicit BasicThreadPool(std::size_t threads, ThreadPoolOptions options = {}) {
        if (threads == 0) { detail::throw_invalid_argument("sheaf: ThreadPool::threads must be at least 1"); }
        if (options.queue_capacity == 0) {
            detail::throw_invalid_argument("sheaf: ThreadPoolOptions::queue_capacity must be at least 1");
        }
        state_ = std::make_shared<State>(options.queue_capacity);
        SHEAF_TRY {
            threads_.reserve(threads);
            while (threads_.size() < threads) { threads_.emplace_back(&BasicThreadPool::work, state_); }
        }
        SHEAF_CATCH_ALL {
            stop();
            SHEAF_RETHROW;
        }
    }

    /// The source has no threads afterwards; it may be assigned to and destroyed.
    BasicThreadPool(BasicThreadPool&&) noexcept = default;
    /// First stops this pool as the destructor does.
    BasicThreadPool& operator=(BasicThreadPool&& other) noexcept {
        if (this != &other) {
            stop();
            state_ = std::move(other.state_);
            threads_ = std::move(other.threads_);
        }
        return *this;
    }

    /// Runs everything that is queued, and what those tasks queue, then joins the threads.
    ///
    /// On one of the pool's own threads (a task owns the pool and is the last to let go of it) it joins the
    /// others and returns; that thread then lives on by itself until it has emptied the queue.
    ~BasicThreadPool() { stop(); }

    /// Queues `task`, a move-only `void()` that does not throw. Where the queue is full it waits for room,
    /// except on one of this pool's own threads: if all of those waited nobody would make room, so their
    /// tasks are admitted over the bound.
    ///
    /// Throws: `std::bad_alloc`; the task has not been run then, and is destroyed.
    ///
    /// Complexity: amortised constant; no allocation for tasks of up to 64 bytes once the queue has grown.
    template <class F>
        requires(std::invocable<std::decay_t<F>&>)
    void execute(F&& task) {
        SHEAF_ASSERT(state_ != nullptr, "sheaf: a ThreadPool was used after it had been moved from");
        // The task may destroy the pool before this call has returned.
        const std::shared_ptr<State> state = state_;
        state->push(detail::UniqueTask{std::forward<F>(task)});
    }

    /// Queues `task` like `execute`, but never waits: the task is admitted over the bound.
    template <class F>
        requires std::invocable<std::decay_t<F>&>
    void execute_over_bound(F&& task) {
        SHEAF_ASSERT(state_ != nullptr, "sheaf: a ThreadPool was used after it had been moved from");
        const std::shared_ptr<State> state = state_;
        state->push(detail::UniqueTask{std::forward<F>(task)}, false);
    }

    /// The calling thread is one of this pool's.
    [[nodiscard]] bool is_own_thread() const noexcept { return current() == state_.get(); }

    /// Runs one queued task on the calling thread, if there is one: for a task that has to wait for others.
    /// Precondition: `is_own_thread()`.
    bool run_one() {
        std::unique_lock lock{state_->mutex};
        if (state_->tasks.empty()) { return false; }
        run_front(*state_, lock);
        return true;
    }

    /// How many threads it has: none after it was moved from.
    [[nodiscard]] std::size_t thread_count() const noexcept { return threads_.size(); }

    /// How many tasks wait for a thread.
    [[nodiscard]] std::size_t queued() const {
        const std::lock_guard lock{state_->mutex};
        return state_->tasks.size();
    }

private:
    using Mutex = typename Threading::mutex;

    /// Shared by the pool and its threads, so that a thread may outlive the pool that it has destroyed.
    ///
    /// No wake-up is lost and none is wasted: `waking` counts the notifications of `work` that no sleeper
    /// has answered yet. `push` notifies only while there are more sleepers than those, so whenever it does
    /// not, each sleeper is about to wake anyway and will look at the queue before it sleeps again. A
    /// spurious wake-up takes one off the count too; that can only cause one notification too many later.
    struct State {
        explicit State(std::size_t capacity_) noexcept
            : capacity{capacity_} {}

        void push(detail::UniqueTask&& task, bool may_wait = true) {
            std::unique_lock lock{mutex};
            if (may_wait && tasks.size() >= capacity && current() != this) {
                ++blocked;
                room.wait(lock, [this] { return tasks.size() < capacity; });
                --blocked;
            }
            tasks.push(std::move(task));
            const bool wake = sleeping > waking;
            if (wake) { ++waking; }
            // Notified after the unlock, so that the thread woken does not run into a lock still held.
            lock.unlock();
            if (wake) { work.notify_one(); }
        }

        Mutex mutex;
        typename Threading::condition_variable work;  // there is a task, or `stopping`
        typename Threading::condition_variable room;  // the queue is below its capacity
        detail::TaskRing tasks;
        const std::size_t capacity;
        std::size_t sleeping = 0;  // threads that wait for `work`
        std::size_t waking = 0;    // of these, how many have been notified
        std::size_t blocked = 0;   // producers that wait for `room`
        bool stopping = false;
    };

    /// The state of the pool that the calling thread works for, or null.
    [[nodiscard]] static const State*& current() noexcept {
        static thread_local const State* state = nullptr;
        return state;
    }

    /// What each thread runs.
    static void work(const std::shared_ptr<State>& state) noexcept {
        current() = state.get();
        std::unique_lock lock{state->mutex};
        for (;;) {
            while (state->tasks.empty()) {
                if (state->stopping) { return; }
                ++state->sleeping;
                state->work.wait(lock);
                --state->sleeping;
                if (state->waking > 0) { --state->waking; }
            }
            run_front(*state, lock);
            lock.lock();
        }
    }

    /// Takes the task at the front and runs it. The lock is held on entry and not on return.
    static void run_front(State& state, std::unique_lock<Mutex>& lock) noexcept {
        detail::UniqueTask task = state.tasks.pop();
        const bool has_room = state.blocked > 0 && state.tasks.size() < state.capacity;
        lock.unlock();
        if (has_room) { state.room.notify_one(); }
        task();
        task.reset();  // outside the lock: it may queue tasks, and it may destroy the pool
    }

    void stop() noexcept {
        if (state_ == nullptr) { return; }
        {
            const std::lock_guard lock{state_->mutex};
            state_->stopping = true;
        }
        state_->work.notify_all();
        for (auto& thread : threads_) {
            if (thread.get_id() == std::this_thread::get_id()) {
                thread.detach();
            } else {
                thread.join();
            }
        }
        threads_.clear();
        state_.reset();
    }

    std::shared_ptr<State> state_;
    std::vector<typename Threading::thread> threads_;
};

/// The pool of everyday use.
using ThreadPool = BasicThreadPool<>;

SHEAF_NAMESPACE_END
