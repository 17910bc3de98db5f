#pragma once

#include "strategy.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

/// Runs a program of several threads one thread at a time, and decides at each point where threads can meet who goes
/// on. The threads are real ones, so that what they keep for themselves (`thread_local`, exceptions in flight) is
/// theirs; but all wait but the one that has its turn, so the program may use plain variables to keep account.
///
/// What it finds: orders of events, under sequential consistency or with stores delayed as a store buffer does it.
/// What it does not: reorderings that go beyond that, and data races, which the thread sanitizer finds.

namespace schedule {

using ThreadId = std::size_t;
using Instant = std::chrono::nanoseconds;
inline constexpr Instant never = Instant::max();

/// Thrown out of what blocks for ever, once that has been found out: a program that lets it through ends. (The library
/// does not, and terminates, after the report has been printed.)
struct Abandoned : std::exception {
    [[nodiscard]] const char* what() const noexcept override { return "no thread can go on"; }
};

/// What passes from thread to thread. (`std::binary_semaphore` would do, but can sleep for ever in libstdc++ 12: GCC bug
/// 104928.)
class Turn {
public:
    void give() noexcept {
        // Not only that the taker sees what the giver has done: `notify_one` looks whether anybody sleeps, and that
        // look must not be earlier than the store, or else it misses one who falls asleep in between.
        is_given_.store(1, std::memory_order_seq_cst);
        is_given_.notify_one();
    }
    void take() noexcept {
        while (is_given_.exchange(0, std::memory_order_acquire) == 0) { is_given_.wait(0); }
    }

private:
    std::atomic<int> is_given_{0};
};

class Scheduler {
public:
    /// `reports`: where a run that cannot go on is told of.
    explicit Scheduler(std::FILE* reports = stderr)
        : reports_{reports} {}
    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;
    ~Scheduler();

    /// Runs `program` as thread 0 until all threads that it has started have ended.
    void run(Strategy& strategy, const std::function<void()>& program);

    /// The first promise that was broken; empty: none.
    [[nodiscard]] const std::string& violation() const noexcept { return violation_; }
    /// What happened in the last run, step by step (of a long one its end), and how to have it again.
    [[nodiscard]] std::string trace() const;
    [[nodiscard]] std::size_t points() const noexcept { return points_; }

    // --- For the primitives, on the thread whose turn it is ----------------------------------------------------------

    /// The scheduler that runs the calling thread.
    [[nodiscard]] static Scheduler& current();

    /// Others may go on here.
    void point(const char* what, const void* object);
    /// The same after an unlock, where the strategy wants that. Does not throw where `point` does.
    void point_after_unlock(const void* object);
    /// One of several ways in which this can go on; 0 is the plainest.
    [[nodiscard]] std::uint32_t choose(std::uint32_t options);
    /// Waits until `wake(object)` or, in virtual time, `deadline`. False: the deadline.
    bool block(const char* what, const void* object, Instant deadline = never);
    /// Ends the wait of all threads, or of the first one, that wait for `object`.
    void wake_all(const void* object);
    void wake_one(const void* object);

    [[nodiscard]] ThreadId start_thread(std::function<void()> body);
    void join(ThreadId thread);
    [[nodiscard]] ThreadId self() const noexcept { return running_; }

    [[nodiscard]] Instant now() const noexcept { return now_; }
    void pass(Instant span);
    /// Whether others may go on at the points of the running thread.
    void set_disturbable(bool may_be) { workers_[running_]->is_disturbable = may_be; }

    /// What this thread's stores have left in its buffer becomes visible.
    void flush();
    void delay(const void* owner, std::function<void()> store);
    /// Whether something of this thread is not visible yet.
    [[nodiscard]] bool has_delayed() const noexcept { return !workers_[running_]->buffer.empty(); }
    /// Of what has been delayed so far: the last one.
    [[nodiscard]] std::uint64_t last_delayed() const noexcept { return last_delayed_; }
    /// Of what `thread` has delayed, all up to that one becomes visible.
    void publish(ThreadId thread, std::uint64_t up_to);
    /// `owner` is no more, nor is what was to be stored in it.
    void forget(const void* owner);

    /// Counts the points that have been passed.
    [[nodiscard]] std::size_t step() const noexcept { return points_; }
    /// From which step on a relaxed load of this thread may have been satisfied.
    [[nodiscard]] std::size_t loads_from() const noexcept { return workers_[running_]->loads_from; }
    void set_loads_from(std::size_t step) { workers_[running_]->loads_from = step; }

    void violate(const std::string& what);

private:
    enum class State : std::uint8_t { ready, blocked, ended };
    struct DelayedStore {
        const void* owner;
        std::uint64_t number;
        std::function<void()> store;
    };
    struct Step {
        ThreadId thread;
        const char* what;  // a literal
        const void* object;
    };
    /// One OS thread, kept from run to run.
    struct Worker {
        Turn turn;
        std::function<void()> body;
        State state = State::ended;
        const void* waits_for = nullptr;
        Instant deadline = never;
        bool timed_out = false;
        bool is_disturbable = true;
        std::vector<DelayedStore> buffer;
        std::size_t loads_from = 0;
        bool stops = false;
        std::thread thread;
    };

    void work(Worker& self);
    /// Has the strategy choose who goes on.
    void offer_turn();
    /// Gives the turn to `next`, and waits for it to come back unless this thread has ended.
    void pass_turn(ThreadId next);
    /// Who goes on where the running thread cannot. Time passes where all wait for it.
    [[nodiscard]] ThreadId pick_next();
    [[nodiscard]] bool is_ready(ThreadId id) const { return workers_[id]->state == State::ready; }
    void note(const char* what, const void* object) { steps_.push_back({running_, what, object}); }
    void abandon();

    std::vector<std::unique_ptr<Worker>> workers_;
    std::size_t used_ = 0;  // workers of this run
    std::size_t alive_ = 0;
    ThreadId running_ = 0;
    Strategy* strategy_ = nullptr;
    Instant now_{};
    std::size_t points_ = 0;
    std::uint64_t last_delayed_ = 0;
    bool is_abandoned_ = false;
    Turn ended_;
    std::FILE* const reports_;
    std::vector<Step> steps_;
    std::string violation_;
    std::size_t steps_before_violation_ = 0;
};

/// While it lives nobody interrupts its thread, which goes on until it has to wait: so that a program with more threads
/// than two has its deviations where they matter.
class Undisturbed {
public:
    Undisturbed() { Scheduler::current().set_disturbable(false); }
    Undisturbed(const Undisturbed&) = delete;
    Undisturbed& operator=(const Undisturbed&) = delete;
    ~Undisturbed() { Scheduler::current().set_disturbable(true); }
};

/// Notes a broken promise of the program that runs.
inline void require(bool holds, const char* what) {
    if (!holds) { Scheduler::current().violate(what); }
}

}  // namespace schedule
