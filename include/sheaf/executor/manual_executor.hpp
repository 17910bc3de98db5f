#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/unique_task.hpp>
#include <sheaf/executor/detail/task_ring.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>

SHEAF_NAMESPACE_BEGIN

/// Executor: a queue whose tasks run when its owner says so, in the order of their arrival or in one that a
/// seed determines. For hosts with an event loop of their own, and for tests that replay an order of
/// events.
///
///     sheaf::ManualExecutor executor{seed};
///     sheaf::PacketCollator collator{transform, sink, std::ref(executor), options};
///     collator.submit(packet);
///     while (executor.run_one()) {}
///
/// The order is the same for the same seed and the same sequence of calls. A collator that holds the
/// executor by value runs the queue only in `drain`; to run it from outside, lend it by `std::ref`.
///
/// Thread safety: `execute` and `size` may be called by any thread at any time; `run_one` and `run_all`
/// too, but then the order is no longer determined. Moving is for an executor that nobody uses yet. No lock
/// is held while a task runs or is destroyed.
class ManualExecutor {
public:
    /// See `ManualExecutorFor`.
    static constexpr bool is_manual = true;

    /// `seed` 0: first in, first out. Any other: an order that depends on the seed and on nothing else.
    ///
    /// Throws: `std::bad_alloc`.
    explicit ManualExecutor(std::uint64_t seed = 0)
        : state_{std::make_unique<State>(seed)} {}

    /// The source may only be assigned to and destroyed afterwards.
    ManualExecutor(ManualExecutor&&) noexcept = default;
    /// Takes the other queue over, and destroys the tasks of its own as the destructor does.
    ManualExecutor& operator=(ManualExecutor&& other) noexcept {
        ManualExecutor taken{std::move(other)};
        std::swap(state_, taken.state_);
        return *this;
    }

    /// Destroys the tasks that have not been run, and those that their destruction adds (a collator answers
    /// the loss of a task with the next attempt), each outside the lock.
    ~ManualExecutor() {
        if (state_ != nullptr) {
            while (take_next()) {}
        }
    }

    /// Queues `task`, a move-only `void()` that does not throw.
    ///
    /// Throws: `std::bad_alloc`; the task has not been run then, and is destroyed.
    template <class F>
        requires(std::invocable<std::decay_t<F>&>)
    void execute(F&& task) {
        detail::UniqueTask queued{std::forward<F>(task)};
        const std::lock_guard lock{state_->mutex};
        state_->tasks.push(std::move(queued));
    }

    /// Runs one task on the calling thread. Returns false where there was none. The task may call any member.
    bool run_one() {
        detail::UniqueTask task = take_next();
        if (!task) { return false; }
        task();
        return true;
    }

    /// Runs tasks until there are none, those that they add included. Returns how many it ran.
    std::size_t run_all() {
        std::size_t count = 0;
        while (run_one()) { ++count; }
        return count;
    }

    /// How many tasks wait.
    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock{state_->mutex};
        return state_->tasks.size();
    }

private:
    struct State {
        explicit State(std::uint64_t seed_) noexcept
            : seed{seed_} {}

        std::mutex mutex;
        detail::TaskRing tasks;
        std::uint64_t seed;  // 0 stays 0: first in, first out
        std::uint64_t drawn = 0;
    };

    /// An empty task where there is none.
    [[nodiscard]] detail::UniqueTask take_next() {
        const std::lock_guard lock{state_->mutex};
        if (state_->tasks.empty()) { return {}; }
        if (state_->seed == 0) { return state_->tasks.pop(); }
        return state_->tasks.take(static_cast<std::size_t>(draw(*state_) % state_->tasks.size()));
    }

    /// SplitMix64 (Steele, Lea and Flood): the n-th output is a bijective mix of seed + n * gamma. Written
    /// here, because the distributions of <random> differ between standard libraries.
    [[nodiscard]] static std::uint64_t draw(State& state) noexcept {
        std::uint64_t z = state.seed + ++state.drawn * 0x9E3779B97F4A7C15U;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31U);
    }

    std::unique_ptr<State> state_;
};

SHEAF_NAMESPACE_END
