#pragma once

#include "scheduler.hpp"

#include <sheaf/traits.hpp>

#include <atomic>
#include <chrono>
#include <concepts>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>

/// The primitives of threading, as the scheduler provides them.

namespace schedule {

class Mutex {
public:
    Mutex() = default;
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;
    ~Mutex() { require(!is_locked_, "a locked mutex was destroyed"); }

    void lock() {
        Scheduler::current().point("lock", this);
        lock_again();
    }
    bool try_lock() {
        Scheduler::current().point("try_lock", this);
        if (is_locked_) { return false; }
        lock_again();
        return true;
    }
    void unlock() {
        let_go();
        Scheduler::current().point_after_unlock(this);
    }

private:
    friend class ConditionVariable;
    void let_go() {
        require(is_locked_, "a mutex was unlocked twice");
        const Scheduler& scheduler = Scheduler::current();
        if (scheduler.has_delayed()) { unlocks_[scheduler.self()] = scheduler.last_delayed(); }
        is_locked_ = false;
        Scheduler::current().wake_all(this);
    }
    void lock_again() {
        while (is_locked_) { Scheduler::current().block("wait for", this); }
        is_locked_ = true;
        // Release and acquire, and no more: whoever locks sees what was done before the unlocks.
        for (const auto& [thread, last_delayed] : unlocks_) {
            Scheduler::current().publish(thread, last_delayed);
        }
        unlocks_.clear();
        Scheduler::current().set_loads_from(Scheduler::current().step());
    }

    bool is_locked_ = false;
    std::map<ThreadId, std::uint64_t> unlocks_;
};

/// Time as the scheduler has it: it passes when the program says so, and when all threads wait for it.
struct Clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<Clock>;
    static constexpr bool is_steady = true;

    [[nodiscard]] static time_point now() noexcept { return time_point{Scheduler::current().now()}; }
};

/// Keeps the calling thread from doing anything for so long.
inline void sleep_for(Instant span) {
    Scheduler& scheduler = Scheduler::current();
    static_cast<void>(scheduler.block("sleep for a while", &scheduler, scheduler.now() + span));
}

/// Wakes nobody without reason.
class ConditionVariable {
public:
    ConditionVariable() = default;
    ConditionVariable(const ConditionVariable&) = delete;
    ConditionVariable& operator=(const ConditionVariable&) = delete;

    void notify_one() {
        Scheduler::current().point("notify_one", this);
        Scheduler::current().wake_one(this);
    }
    void notify_all() {
        Scheduler::current().point("notify_all", this);
        Scheduler::current().wake_all(this);
    }

    void wait(std::unique_lock<Mutex>& lock) { static_cast<void>(sleep(lock, never)); }
    template <std::predicate Predicate>
    void wait(std::unique_lock<Mutex>& lock, Predicate holds) {
        while (!holds()) { wait(lock); }
    }
    std::cv_status wait_for(std::unique_lock<Mutex>& lock, Instant span) {
        return sleep(lock, Scheduler::current().now() + span);
    }
    std::cv_status wait_until(std::unique_lock<Mutex>& lock, Clock::time_point deadline) {
        return sleep(lock, deadline.time_since_epoch());
    }
    template <std::predicate Predicate>
    bool wait_until(std::unique_lock<Mutex>& lock, Clock::time_point deadline, Predicate holds) {
        while (!holds()) {
            if (wait_until(lock, deadline) == std::cv_status::timeout) { return holds(); }
        }
        return true;
    }

private:
    std::cv_status sleep(std::unique_lock<Mutex>& lock, Instant deadline) {
        lock.mutex()->let_go();  // in one step with falling asleep
        const bool was_woken = Scheduler::current().block("sleep on", this, deadline);
        Scheduler::current().point("lock again", lock.mutex());
        lock.mutex()->lock_again();
        return was_woken ? std::cv_status::no_timeout : std::cv_status::timeout;
    }
};

/// What a thread stores with less than sequential consistency, or adds relaxed, may stay in its buffer, unseen by the
/// loads of others, until its next other read-modify-write operation or sequentially consistent store, until another
/// thread locks a mutex that it has unlocked since, or until it sleeps. A relaxed load may be satisfied early: before the
/// change that its thread has made right before can be seen. (It then has the value before the last, no older one.)
template <class T>
class Atomic {
public:
    Atomic() noexcept = default;
    Atomic(T value) noexcept  // NOLINT(google-explicit-constructor): as std::atomic
        : value_{value} {}
    Atomic(const Atomic&) = delete;
    Atomic& operator=(const Atomic&) = delete;
    ~Atomic() {
        if (is_delayed_ || is_added_unseen_) { Scheduler::current().forget(this); }
    }

    [[nodiscard]] T load(std::memory_order order = std::memory_order_seq_cst) const {
        Scheduler& scheduler = Scheduler::current();
        scheduler.point("load", this);
        const bool may_be_early = order == std::memory_order_relaxed && changed_by_ != scheduler.self() &&
                                  changed_at_ > scheduler.loads_from();
        if (may_be_early && scheduler.choose(2) == 1) { return previous_; }
        scheduler.set_loads_from(scheduler.step());
        if (is_added_unseen_ && added_by_ != scheduler.self()) { return before_; }
        return own_store_is_delayed() ? delayed_ : value_;
    }
    operator T() const { return load(); }  // NOLINT(google-explicit-constructor): as std::atomic

    void store(T value, std::memory_order order = std::memory_order_seq_cst) {
        Scheduler& scheduler = Scheduler::current();
        scheduler.point("store", this);
        if (order != std::memory_order_seq_cst && scheduler.choose(2) == 1) {
            delayed_ = value;
            delayed_by_ = scheduler.self();
            is_delayed_ = true;
            scheduler.delay(this, [this] {
                value_ = delayed_;
                is_delayed_ = false;
            });
            return;
        }
        scheduler.flush();
        value_ = value;
    }
    T exchange(T value, std::memory_order = std::memory_order_seq_cst) {
        begin_change("exchange");
        return std::exchange(value_, value);
    }
    T fetch_add(T amount, std::memory_order order = std::memory_order_seq_cst) {
        begin_addition("fetch_add", order);
        return std::exchange(value_, static_cast<T>(value_ + amount));
    }
    T fetch_sub(T amount, std::memory_order order = std::memory_order_seq_cst) {
        begin_addition("fetch_sub", order);
        return std::exchange(value_, static_cast<T>(value_ - amount));
    }
    bool compare_exchange_weak(T& expected, T desired, std::memory_order = std::memory_order_seq_cst) {
        begin_change("compare_exchange");
        if (value_ != expected) {
            expected = value_;
            return false;
        }
        value_ = desired;
        return true;
    }

private:
    void begin_change(const char* what) {
        Scheduler& scheduler = Scheduler::current();
        const std::size_t begin = scheduler.step();
        scheduler.point(what, this);
        scheduler.flush();
        is_added_unseen_ = false;  // a change comes after all changes before
        // What is loaded next need not wait until this can be seen, but it does wait for what this is based on.
        scheduler.set_loads_from(changed_at_ > begin ? scheduler.step() : begin);
        previous_ = value_;
        changed_at_ = scheduler.step();
        changed_by_ = scheduler.self();
    }
    void begin_addition(const char* what, std::memory_order order) {
        Scheduler& scheduler = Scheduler::current();
        if (order != std::memory_order_relaxed || is_added_unseen_ || is_delayed_) {
            begin_change(what);
            return;
        }
        scheduler.point(what, this);
        if (scheduler.choose(2) == 0) { return; }
        before_ = value_;
        added_by_ = scheduler.self();
        is_added_unseen_ = true;
        scheduler.delay(this, [this] { is_added_unseen_ = false; });
    }
    [[nodiscard]] bool own_store_is_delayed() const {
        return is_delayed_ && delayed_by_ == Scheduler::current().self();
    }

    T value_{};
    T delayed_{};  // one store at a time: a second one of another thread finds the first one's place taken
    ThreadId delayed_by_ = 0;
    bool is_delayed_ = false;
    T before_{};  // what others see as long as what was added is unseen
    ThreadId added_by_ = 0;
    bool is_added_unseen_ = false;
    T previous_{};  // before the last change by `begin_change`
    ThreadId changed_by_ = 0;
    std::size_t changed_at_ = 0;
};

/// As `std::thread`; what is not joined before its program ends goes on until the run ends.
class Thread {
public:
    using id = std::thread::id;

    Thread() noexcept = default;
    template <class F, class... Arguments>
        requires(!std::same_as<std::remove_cvref_t<F>, Thread>)
    explicit Thread(F&& f, Arguments&&... arguments) {
        // Shared, because `std::function` wants to copy.
        auto call = std::make_shared<std::function<void()>>(
            [f = std::make_shared<std::decay_t<F>>(std::forward<F>(f)),
             ... kept = std::decay_t<Arguments>(std::forward<Arguments>(arguments))] {
                std::invoke(*f, kept...);
            });
        id_ = std::make_shared<id>();
        Scheduler& scheduler = Scheduler::current();
        scheduler.flush();  // what was done before a thread is started that thread sees
        thread_ = scheduler.start_thread([call = std::move(call), own = id_]() mutable {
            *own = std::this_thread::get_id();
            own.reset();
            (*call)();
            call.reset();
        });
        is_joinable_ = true;
        scheduler.point("start a thread", this);
    }
    Thread(Thread&& other) noexcept { *this = std::move(other); }
    Thread& operator=(Thread&& other) noexcept {
        require(!is_joinable_, "a joinable thread was overwritten");
        thread_ = other.thread_;
        is_joinable_ = std::exchange(other.is_joinable_, false);
        id_ = std::exchange(other.id_, nullptr);
        return *this;
    }
    ~Thread() { require(!is_joinable_, "a joinable thread was destroyed"); }

    [[nodiscard]] bool joinable() const noexcept { return is_joinable_; }
    [[nodiscard]] id get_id() const noexcept { return id_ == nullptr ? id{} : *id_; }
    void join() {
        Scheduler::current().join(thread_);
        detach();
    }
    void detach() noexcept {
        is_joinable_ = false;
        id_.reset();
    }

private:
    ThreadId thread_ = 0;
    bool is_joinable_ = false;
    std::shared_ptr<id> id_;  // known from the thread's first step on
};

/// For `sheaf::StandardThreading`.
struct Threading {
    template <class T>
    using atomic = Atomic<T>;
    using mutex = Mutex;
    using condition_variable = ConditionVariable;
    using thread = Thread;
    using clock = Clock;
};

/// For `sheaf::DefaultTraits`: everything that threads meet at is the scheduler's.
struct Traits : sheaf::DefaultTraits {
    using mutex = schedule::Mutex;
    using threading = schedule::Threading;
    using clock = schedule::Clock;
    static constexpr std::size_t stripe_count = 1;
};

}  // namespace schedule
