#pragma once

#include <sheaf/sheaf.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <concepts>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

/// What the tests of `PacketCollator` share: texts as payloads and chunks, signals between threads, a clock
/// that the test moves, and a watchdog for cases whose failure would be a hang.

namespace test {

using namespace std::chrono_literals;

// --- Texts -------------------------------------------------------------------------------------------------

[[nodiscard]] inline std::string text_of(std::span<const std::byte> bytes) {
    std::string text;
    for (const std::byte byte : bytes) { text.push_back(static_cast<char>(byte)); }
    return text;
}

/// Transform: the chunk is the payload as a text.
struct Text {
    [[nodiscard]] std::string operator()(std::span<const std::byte> payload) const {
        return text_of(payload);
    }
};

using Packet = sheaf::Packet<>;
using TextCompleted = sheaf::Completed<std::string>;
using TextIncomplete = sheaf::Incomplete<std::string>;
using TextSink = sheaf::CollectingSink<std::string>;

[[nodiscard]] inline Packet packet(std::uint64_t id,
                                   std::uint64_t index,
                                   std::string text,
                                   bool last = false) {
    return {.resource_id = id, .index = index, .payload = std::move(text), .last = last};
}
[[nodiscard]] inline Packet last_packet(std::uint64_t id, std::uint64_t index, std::string text) {
    return packet(id, index, std::move(text), true);
}

/// Asynchronous transform of texts that does what it is told with the completion.
template <class Start>
struct AsyncText {
    using chunk_type = std::string;

    explicit AsyncText(Start start_)
        : start{std::move(start_)} {}

    void operator()(std::span<const std::byte> payload, sheaf::Completion<std::string> completion) const {
        start(payload, std::move(completion));
    }

    Start start;
};

/// The message of an event's error, or what is wrong with it.
[[nodiscard]] inline std::string message_of(const std::exception_ptr& error) {
    if (error == nullptr) { return "no error"; }
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& caught) { return caught.what(); } catch (...) {
        return "not a std::exception";
    }
}

template <class Exception>
[[nodiscard]] bool holds(const std::exception_ptr& error) {
    try {
        if (error != nullptr) { std::rethrow_exception(error); }
    } catch (const Exception&) { return true; } catch (...) {
        return false;
    }
    return false;
}

/// Pauses that a test can tell: 100 ms, 200 ms, 400 ms, 800 ms, 1 s.
inline constexpr sheaf::Backoff exact_backoff{
    .initial = 100ms, .maximum = 1s, .multiplier = 2.0, .jitter = 0.0};

/// Packets carry numbers that their source wants back.
struct IntReceiptTraits : sheaf::DefaultTraits {
    using receipt = int;
};

// --- Statistics --------------------------------------------------------------------------------------------

[[nodiscard]] inline bool conserves(const sheaf::Statistics& s) {
    return s.accepted == s.delivered + s.side_channel + s.in_flight;
}

/// Every packet has left; calls that were given up may still be there.
[[nodiscard]] inline bool has_all_left(const sheaf::Statistics& s) {
    return conserves(s) && s.in_flight == sheaf::Volume{} && s.open_resources == 0 &&
           s.undelivered_resources == 0 && s.held_packets == 0;
}

/// Everything has left, and every budget is back where it began.
[[nodiscard]] inline bool is_at_rest(const sheaf::Statistics& s) {
    return has_all_left(s) && s.held_bytes == 0 && s.transforms_in_flight == 0;
}

// --- Threads -----------------------------------------------------------------------------------------------

/// A flag that one thread sets and others wait for. A wait that nobody answers ends, so that the test fails.
class Signal {
public:
    void set() {
        // Notified under the lock: who has waited may destroy this object as soon as he has the lock.
        const std::lock_guard lock{mutex_};
        is_set_ = true;
        changed_.notify_all();
    }
    [[nodiscard]] bool wait(std::chrono::nanoseconds allowed = 30s) {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, allowed, [this] { return is_set_; });
    }
    [[nodiscard]] bool is_set() {
        const std::lock_guard lock{mutex_};
        return is_set_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_set_ = false;
};

/// Sets a signal when the test leaves its scope, so that a case that fails does not hang.
class SetAtExit {
public:
    explicit SetAtExit(Signal& signal)
        : signal_{signal} {}
    SetAtExit(const SetAtExit&) = delete;
    SetAtExit& operator=(const SetAtExit&) = delete;
    ~SetAtExit() { signal_.set(); }

private:
    Signal& signal_;
};

/// Waits until `condition` holds; false if it does not in a time that only a lost wake-up takes.
template <class Condition>
[[nodiscard]] bool eventually(const Condition& condition, std::chrono::nanoseconds allowed = 20s) {
    const auto deadline = std::chrono::steady_clock::now() + allowed;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) { return false; }
        std::this_thread::sleep_for(100us);
    }
    return true;
}

/// Ends the program if the case has not ended in time: for cases whose failure is a deadlock.
class Watchdog {
public:
    explicit Watchdog(std::chrono::seconds allowed = 40s)
        : thread_{[this, allowed] {
            if (!ended_.wait(allowed)) {
                std::fputs("a test case hangs: deadlock or lost wake-up\n", stderr);
                std::abort();
            }
        }} {}
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;
    ~Watchdog() {
        ended_.set();
        thread_.join();
    }

private:
    Signal ended_;
    std::thread thread_;
};

/// A thread that is joined when the test leaves its scope.
class Thread {
public:
    Thread() = default;
    template <std::invocable F>
    explicit Thread(F&& f)
        : thread_{std::forward<F>(f)} {}
    Thread(Thread&&) = default;
    Thread& operator=(Thread&& other) {
        join();
        thread_ = std::move(other.thread_);
        return *this;
    }
    ~Thread() { join(); }
    void join() {
        if (thread_.joinable()) { thread_.join(); }
    }

private:
    std::thread thread_;
};

/// A mutex whose `lock` first calls a hook, if the calling thread has set one: to hold a thread at the
/// entrance of a critical section.
class HookMutex {
public:
    void lock() {
        if (auto* const hook = std::exchange(before_lock(), nullptr)) { (*hook)(); }
        mutex_.lock();
    }
    void unlock() { mutex_.unlock(); }

    /// Called once, by the next `lock` on this thread.
    [[nodiscard]] static const std::function<void()>*& before_lock() {
        static thread_local const std::function<void()>* hook = nullptr;
        return hook;
    }

private:
    std::mutex mutex_;
};

/// Transform that waits at the payload "hang" until it is let go, and says when it has come there.
struct Hanging {
    Signal& arrived;
    Signal& let_go;

    [[nodiscard]] std::string operator()(std::span<const std::byte> payload) const {
        auto text = text_of(payload);
        if (text == "hang") {
            arrived.set();
            CHECK(let_go.wait());
        }
        return text;
    }
};

/// Transform that counts its calls, and does what another one does.
template <class Transform>
struct Counted {
    std::atomic<int>& calls;
    Transform transform;

    [[nodiscard]] auto operator()(std::span<const std::byte> payload) const {
        ++calls;
        return transform(payload);
    }
};
template <class Transform>
Counted(std::atomic<int>&, Transform) -> Counted<Transform>;

/// Fold of texts whose first call, while a `Hold` stands, waits until it is let go: it keeps a thread between the end
/// of a resource's last transform and the sink.
struct HoldingFold {
    struct Hold {
        Hold() { current() = this; }
        Hold(const Hold&) = delete;
        Hold& operator=(const Hold&) = delete;
        ~Hold() { current() = nullptr; }
        Signal arrived;
        Signal let_go;
    };

    [[nodiscard]] std::string operator()(std::string text, const std::string& chunk) const {
        if (Hold* const hold = current().exchange(nullptr)) {
            hold->arrived.set();
            CHECK(hold->let_go.wait());
        }
        return text + chunk;
    }

    [[nodiscard]] static std::atomic<Hold*>& current() {
        static std::atomic<Hold*> hold{nullptr};
        return hold;
    }
};
struct HoldingFoldTraits : sheaf::DefaultTraits {
    using collation = sheaf::Fold<std::string, HoldingFold>;
};

// --- Time --------------------------------------------------------------------------------------------------

/// A clock that stands still until the test moves it.
struct FakeClock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<FakeClock>;
    static constexpr bool is_steady = true;

    [[nodiscard]] static time_point now() noexcept { return time_point{at()}; }
    [[nodiscard]] static std::chrono::nanoseconds at() noexcept {
        return std::chrono::nanoseconds{ticks.load()};
    }
    static void advance(std::chrono::nanoseconds span) noexcept { ticks.fetch_add(span.count()); }

    inline static std::atomic<rep> ticks{1'000'000'000};
};

/// The host drives the timer, by a clock that the test moves.
struct HostTimerTraits : sheaf::DefaultTraits {
    using clock = FakeClock;
    using timer = sheaf::HostTimer;
    static constexpr std::size_t stripe_count = 4;
};

/// Moves the clock and lets the collator do what is due.
template <class Collator>
void pass(Collator& collator, std::chrono::nanoseconds span) {
    FakeClock::advance(span);
    collator.advance(FakeClock::at());
}

/// Of ids that have a `value`.
struct ValueHash {
    explicit ValueHash(sheaf::SipKey key) noexcept
        : keyed{key} {}
    template <class Id>
    [[nodiscard]] std::uint64_t operator()(const Id& id) const noexcept {
        return keyed(id.value);
    }
    sheaf::KeyedHash keyed;
};

/// One stripe: for tests of what one stripe does.
struct OneStripeTraits : sheaf::DefaultTraits {
    static constexpr std::size_t stripe_count = 1;
};

// --- Executors ---------------------------------------------------------------------------------------------

/// Runs inline, and throws instead at the calls whose numbers (from 1) it is given.
struct ThrowingExecutor {
    template <class F>
    void execute(F&& task) {
        ++calls;
        for (const std::size_t refused : refuse) {
            if (refused == calls) { throw std::runtime_error{"executor refuses"}; }
        }
        std::forward<F>(task)();
    }

    std::vector<std::size_t> refuse;
    std::size_t calls = 0;
};

/// Runs the function that it was given for its next call, then throws; without one it runs the task inline.
struct InterruptedExecutor {
    template <class F>
    void execute(F&& task) {
        if (const auto once = std::exchange(meanwhile, {})) {
            {
                const auto refused = std::forward<F>(task);
                static_cast<void>(refused);
            }
            once();
            throw std::runtime_error{"executor refuses"};
        }
        std::forward<F>(task)();
    }

    std::function<void()> meanwhile{};
};

/// Destroys every task unrun.
struct DroppingExecutor {
    template <class F>
    void execute(F&& task) {
        const auto dropped = std::forward<F>(task);
        static_cast<void>(dropped);
    }
};

/// Runs the first task and destroys all others unrun.
struct OnceExecutor {
    template <class F>
    void execute(F&& task) {
        ++calls;
        if (calls == 1) {
            std::forward<F>(task)();
        } else {
            const auto dropped = std::forward<F>(task);
            static_cast<void>(dropped);
        }
    }
    std::atomic<int> calls{0};
};

}  // namespace test
