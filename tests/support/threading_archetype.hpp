#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

/// The five of a threading policy, with no more than what a collator uses of them; see archetypes.hpp.

namespace test::archetype {

/// `Base`: what every archetype is deprived of.
template <class Base, class Make>
struct ThreadingOf {
    ThreadingOf() = delete;

    template <class T>
    class atomic : public Base {
    public:
        atomic(T value) noexcept  // NOLINT(google-explicit-constructor): as std::atomic
            : Base{Make{}}
            , value_{value} {}
        operator T() const noexcept {
            return value_.load();
        }  // NOLINT(google-explicit-constructor): the same
        [[nodiscard]] T load(std::memory_order order) const noexcept { return value_.load(order); }
        void store(T value, std::memory_order order) noexcept { value_.store(value, order); }
        T exchange(T value, std::memory_order order) noexcept { return value_.exchange(value, order); }
        T fetch_add(T amount, std::memory_order order) noexcept { return value_.fetch_add(amount, order); }
        T fetch_sub(T amount, std::memory_order order) noexcept { return value_.fetch_sub(amount, order); }
        bool compare_exchange_weak(T& expected, T desired, std::memory_order order) noexcept {
            return value_.compare_exchange_weak(expected, desired, order);
        }

    private:
        std::atomic<T> value_;
    };

    class mutex : public Base {
    public:
        mutex() noexcept
            : Base{Make{}} {}
        void lock() { mutex_.lock(); }
        void unlock() { mutex_.unlock(); }

    private:
        std::mutex mutex_;
    };

    struct clock {
        clock() = delete;
        using duration = std::chrono::nanoseconds;
        using time_point = std::chrono::time_point<clock, duration>;
        [[nodiscard]] static time_point now() noexcept {
            return time_point{
                std::chrono::duration_cast<duration>(std::chrono::steady_clock::now().time_since_epoch())};
        }
    };

    class condition_variable : public Base {
    public:
        condition_variable()
            : Base{Make{}} {}
        void notify_one() noexcept { changed_.notify_one(); }
        void notify_all() noexcept { changed_.notify_all(); }
        void wait(std::unique_lock<mutex>& lock) { changed_.wait(lock); }
        template <class Predicate>
        void wait(std::unique_lock<mutex>& lock, Predicate holds) {
            changed_.wait(lock, std::move(holds));
        }
        void wait_for(std::unique_lock<mutex>& lock, std::chrono::nanoseconds span) {
            changed_.wait_for(lock, span);
        }
        template <class Predicate>
        bool wait_until(std::unique_lock<mutex>& lock, typename clock::time_point deadline, Predicate holds) {
            return changed_.wait_for(lock, deadline - clock::now(), std::move(holds));
        }

    private:
        std::condition_variable_any changed_;
    };

    class thread : public Base {
    public:
        /// Equal to the standard's id of that thread, and nothing else.
        class id : public Base {
        public:
            explicit id(std::thread::id value) noexcept
                : Base{Make{}}
                , value_{value} {}
            friend bool operator==(const id& one, std::thread::id other) noexcept {
                return one.value_ == other;
            }

        private:
            std::thread::id value_;
        };

        thread() noexcept
            : Base{Make{}} {}
        template <class F>
        explicit thread(F run)
            : Base{Make{}}
            , thread_{std::move(run)} {}
        thread& operator=(thread&& other) noexcept {
            thread_ = std::move(other.thread_);
            return *this;
        }
        [[nodiscard]] id get_id() const noexcept { return id{thread_.get_id()}; }
        [[nodiscard]] bool joinable() const noexcept { return thread_.joinable(); }
        void join() { thread_.join(); }
        void detach() { thread_.detach(); }

    private:
        std::thread thread_;
    };
};

}  // namespace test::archetype
