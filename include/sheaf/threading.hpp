#pragma once

#include <sheaf/config.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

SHEAF_NAMESPACE_BEGIN

/// Threading policy: by what the collator's threads meet, beside the stripes' lock (`Traits::mutex`): the standard's
/// primitives. It is a parameter so that a scheduler of a test can stand in for the machine's, which runs the
/// unchanged library through interleavings of its choice. Whoever shadows it provides the same five, with those of the
/// standard's members that the library uses.
struct StandardThreading {
    /// What threads read and write without a lock.
    template <class T>
    using atomic = std::atomic<T>;
    /// The lock of the collator, its timer and a pool. That of the stripes is `Traits::mutex`.
    using mutex = std::mutex;
    /// `notify_one`, `notify_all`, and the waits with a `std::unique_lock<mutex>`: `wait`, `wait_for`, `wait_until`
    /// with `clock`.
    using condition_variable = std::condition_variable;
    /// What its `get_id` gives is equal to `std::this_thread::get_id()` on the thread itself, and on no other: by that
    /// a pool and the timer know whether they are called, or destroyed, on a thread of their own.
    using thread = std::thread;
    /// Measures how long to wait for other threads, in nanoseconds. What deadlines of resources are measured by is
    /// `Traits::clock`.
    using clock = std::chrono::steady_clock;
};

SHEAF_NAMESPACE_END
