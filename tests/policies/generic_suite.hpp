#pragma once

#include "subject.hpp"

#include <sheaf/collation/concatenate.hpp>
#include <sheaf/collation/fold.hpp>
#include <sheaf/collation/keep_chunks.hpp>
#include <sheaf/executor/inline_executor.hpp>
#include <sheaf/executor/manual_executor.hpp>
#include <sheaf/executor/thread_pool.hpp>
#include <sheaf/packet_collator.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <queue>
#include <span>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

/// Each file of this folder names one combination of policies:
///
///     TEST_POLICIES(Pool, Standard, Own, Fold);
///
/// and generic_suite_test.cpp has the cases, which all of them have to pass. A combination costs nothing but the
/// instantiation of its collator.

namespace test::policies {

// --- Executors: `type` is what the collator gets --------------------------------------------------------------------

struct Inline {
    using type = sheaf::InlineExecutor;
    [[nodiscard]] type give() { return {}; }
    [[nodiscard]] bool run_queued() { return false; }
};

struct Pool {
    using type = sheaf::ThreadPool;
    [[nodiscard]] type give() { return type{2}; }
    [[nodiscard]] bool run_queued() { return false; }
};

struct BorrowedPool {
    using type = std::reference_wrapper<sheaf::ThreadPool>;
    [[nodiscard]] type give() { return pool; }
    [[nodiscard]] bool run_queued() { return false; }
    sheaf::ThreadPool pool{2};
};

/// Lent, because nobody can run the queue of one that the collator owns, but `drain`.
struct Manual {
    using type = std::reference_wrapper<sheaf::ManualExecutor>;
    [[nodiscard]] type give() { return executor; }
    [[nodiscard]] bool run_queued() { return executor.run_one(); }
    sheaf::ManualExecutor executor;
};

/// An executor that has nothing but `execute`: a thread of the host with a queue.
class HostThread {
public:
    using type = HostThread;
    [[nodiscard]] type give() { return {}; }
    [[nodiscard]] bool run_queued() { return false; }

    HostThread() = default;
    HostThread(HostThread&&) = default;
    ~HostThread() {
        if (state_ != nullptr) { state_->end(); }
    }

    template <class Task>
    void execute(Task&& task) {
        state_->push(sheaf::detail::UniqueTask{std::forward<Task>(task)});
    }

private:
    struct State {
        void push(sheaf::detail::UniqueTask task);
        void run();
        void end();

        std::mutex mutex;
        std::condition_variable changed;
        std::queue<sheaf::detail::UniqueTask> tasks;
        bool is_ending = false;
        std::thread thread{&State::run, this};
    };
    std::unique_ptr<State> state_ = std::make_unique<State>();
};

// --- Mutexes -------------------------------------------------------------------------------------------------------

struct Standard {
    using type = std::mutex;
};
struct Null {
    using type = sheaf::NullMutex;
};
/// A lock of the host, which has no more than the library asks for.
struct Spin {
    struct type {
        void lock() noexcept {
            while (flag.test_and_set(std::memory_order_acquire)) { std::this_thread::yield(); }
        }
        void unlock() noexcept { flag.clear(std::memory_order_release); }
        std::atomic_flag flag;
    };
};

// --- Timers --------------------------------------------------------------------------------------------------------

struct Own {
    using type = sheaf::OwnTimer;
    using clock = std::chrono::steady_clock;
};
/// A clock that stands still until it is moved. One for all collators, of which one lives at a time.
struct Host {
    using type = sheaf::HostTimer;
    struct clock {
        using duration = std::chrono::nanoseconds;
        using time_point = std::chrono::time_point<clock>;
        [[nodiscard]] static time_point now() noexcept { return time_point{duration{ticks.load()}}; }
        inline static std::atomic<std::chrono::nanoseconds::rep> ticks{1'000'000'000};
    };
};

// --- Collations ----------------------------------------------------------------------------------------------------

struct Concatenate {
    using type = sheaf::Concatenate;
    [[nodiscard]] static std::string text_of(const std::string& output) { return output; }
};
struct KeepChunks {
    using type = sheaf::KeepChunks;
    [[nodiscard]] static std::string text_of(const std::vector<std::string>& output);
};
struct Fold {
    struct Append {
        [[nodiscard]] std::string operator()(std::string text, const std::string& chunk) const {
            return text + chunk;
        }
    };
    using type = sheaf::Fold<std::string, Append>;
    [[nodiscard]] static std::string text_of(const std::string& output) { return output; }
};

// --- A combination -------------------------------------------------------------------------------------------------

/// Independent of the executor, so that combinations which differ in that alone share an engine where they are compiled
/// together.
template <class Mutex, class Timer, class Collation>
struct Traits : sheaf::DefaultTraits {
    using receipt = int;
    using mutex = typename Mutex::type;
    using timer = typename Timer::type;
    using clock = typename Timer::clock;
    using collation = typename Collation::type;
    static constexpr std::size_t stripe_count = 4;
};

struct Transform {
    [[nodiscard]] std::string operator()(std::span<const std::byte> payload) const {
        return host->transform(payload);
    }
    SuiteHost* host;
};

[[nodiscard]] SuiteEvent header_of(const sheaf::EventHeader<>& event);
[[nodiscard]] SuiteEvent details_of(const sheaf::EventHeader<>& event,
                                    sheaf::IncompleteReason reason,
                                    std::uint64_t collated,
                                    const std::vector<sheaf::IndexedChunk<std::string>>& chunks,
                                    const std::vector<sheaf::IndexedPayload>& payloads,
                                    const std::vector<sheaf::IndexRange>& missing);

/// Turns events into what the suite can look at.
template <class Collation>
struct Sink {
    template <class Output>
    [[nodiscard]] static SuiteEvent event_of(const sheaf::Completed<Output>& event) {
        SuiteEvent made = header_of(event);
        made.is_complete = true;
        made.output = Collation::text_of(event.output);
        return made;
    }
    template <class Output>
    [[nodiscard]] static SuiteEvent event_of(
        const sheaf::Incomplete<Output, std::uint64_t, std::string>& event) {
        SuiteEvent made =
            details_of(event, event.reason, event.collated, event.chunks, event.payloads, event.missing);
        made.output = Collation::text_of(event.output);
        made.last_index = event.last_index;
        made.has_error = event.error != nullptr;
        return made;
    }

    template <class Event>
    void deliver(const Event& event) {
        host->deliver(event_of(event));
    }
    template <class Event>
    void dead_letter(const Event& event, const std::exception_ptr&) {
        host->bury(event_of(event));
    }
    void release(std::span<int> receipts) noexcept { host->release(receipts); }

    SuiteHost* host;
};

template <class Executor, class Mutex, class Timer, class Collation>
class SubjectOf final : public Subject {
    using Collator = sheaf::
        PacketCollator<Transform, Sink<Collation>, typename Executor::type, Traits<Mutex, Timer, Collation>>;

public:
    SubjectOf(SuiteHost& host, sheaf::Options options)
        : collator_{std::in_place, Transform{&host}, Sink<Collation>{&host}, executor_.give(),
                    std::move(options)} {}

    sheaf::Outcome submit(SuitePacket& packet) override { return collator_->submit(packet); }
    sheaf::BatchOutcome submit(std::span<SuitePacket> packets, std::span<sheaf::Outcome> outcomes) override {
        return collator_->submit(packets, outcomes);
    }
    sheaf::DrainStatus drain(std::chrono::nanoseconds allowed) override {
        return collator_->drain(allowed).status;
    }
    void cancel() override { collator_->cancel(); }
    bool evict_oldest() override { return collator_->evict_oldest(); }
    sheaf::Statistics statistics() const override { return collator_->statistics(); }
    std::string explain(std::uint64_t id) const override { return collator_->explain(id); }
    void destroy() override { collator_.reset(); }

    bool run_queued() override { return executor_.run_queued(); }
    bool pass_to_deadline() override {
        if constexpr (std::is_same_v<Timer, Host>) {
            const auto next = collator_->next_deadline();
            if (next == std::chrono::nanoseconds::max()) { return false; }
            Host::clock::ticks = std::max(Host::clock::ticks.load(), next.count());
            collator_->advance(Host::clock::now().time_since_epoch());
            return true;
        } else {
            return false;
        }
    }

private:
    Executor executor_;
    std::optional<Collator> collator_;
};

template <class Executor, class Mutex, class Timer, class Collation>
struct Registration {
    explicit Registration(const char* name) {
        combinations().push_back(
            {name, [](SuiteHost& host, sheaf::Options options) -> std::unique_ptr<Subject> {
                 return std::make_unique<SubjectOf<Executor, Mutex, Timer, Collation>>(host,
                                                                                       std::move(options));
             }});
    }
};

}  // namespace test::policies

#define TEST_POLICIES(executor, mutex, timer, collation)                                        \
    static const test::policies::Registration<test::policies::executor, test::policies::mutex,  \
                                              test::policies::timer, test::policies::collation> \
        executor##_##mutex##_##timer##_##collation {                                            \
        #executor " " #mutex " " #timer " " #collation                                          \
    }
