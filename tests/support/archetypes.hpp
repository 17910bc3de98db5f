#pragma once

#include "threading_archetype.hpp"

#include <sheaf/acknowledgement.hpp>
#include <sheaf/completion.hpp>
#include <sheaf/events.hpp>
#include <sheaf/traits.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

/// One minimal type for each concept: it has what the library asks for, and what it does not ask for is missing or
/// deleted. A library that does not compile with them asks for more than it says.

namespace test::archetype {

/// How archetypes are made: they have no default constructor.
struct Make {};

/// Base: neither address nor comma can be taken, nothing is copied, moved or made by default.
class Bare {
public:
    explicit Bare(Make) noexcept {}
    Bare(const Bare&) = delete;
    Bare& operator=(const Bare&) = delete;
    ~Bare() = default;
    void operator&() const = delete;
    template <class T>
    void operator,(T&&) const = delete;
};

/// Base: what the collator holds by value. It moves into its place, for which a throw is no obstacle, and stays there.
class Held : public Bare {
public:
    explicit Held(Make make) noexcept
        : Bare{make} {}
    Held(Held&&) noexcept(false)
        : Bare{Make{}} {}
};

// --- Values --------------------------------------------------------------------------------------------------------

/// A chunk: nothrow move constructible.
class Chunk : public Bare {
public:
    explicit Chunk(char letter_) noexcept
        : Bare{Make{}}
        , letter{letter_} {}
    Chunk(Chunk&& other) noexcept
        : Bare{Make{}}
        , letter{other.letter} {}

    char letter;
};

/// An output or a prefix: nothrow movable, default constructible.
class Text : public Bare {
public:
    Text() noexcept
        : Bare{Make{}} {}
    Text(Text&& other) noexcept
        : Bare{Make{}}
        , text{std::move(other.text)} {}
    Text& operator=(Text&& other) noexcept {
        text = std::move(other.text);
        return *this;
    }

    std::string text;
};
class Prefix : public Bare {
public:
    Prefix() noexcept
        : Bare{Make{}} {}

    std::string text;
};

/// An id: default constructible; copying it may throw, moves and equality do not.
class Id : public Bare {
public:
    Id() noexcept(false)
        : Bare{Make{}} {}
    explicit Id(std::uint64_t value_) noexcept
        : Bare{Make{}}
        , value{value_} {}
    Id(const Id& other) noexcept(false)
        : Bare{Make{}}
        , value{other.value} {}
    Id(Id&& other) noexcept
        : Bare{Make{}}
        , value{other.value} {}
    Id& operator=(Id&& other) noexcept {
        value = other.value;
        return *this;
    }
    friend bool operator==(const Id& a, const Id& b) noexcept { return a.value == b.value; }

    std::uint64_t value = 0;
};

/// A receipt: default constructible and moved, neither of which throws.
class Receipt : public Bare {
public:
    Receipt() noexcept
        : Bare{Make{}} {}
    explicit Receipt(int number_) noexcept
        : Bare{Make{}}
        , number{number_} {}
    Receipt(Receipt&& other) noexcept
        : Bare{Make{}}
        , number{other.number} {}
    Receipt& operator=(Receipt&& other) noexcept {
        number = other.number;
        return *this;
    }

    int number = 0;
};

// --- Traits --------------------------------------------------------------------------------------------------------

class Hash : public Bare {
public:
    explicit Hash(sheaf::SipKey key) noexcept
        : Bare{Make{}}
        , key_{key} {}
    [[nodiscard]] std::uint64_t operator()(const Id& id) const noexcept {
        return sheaf::KeyedHash{key_}(id.value);
    }

private:
    sheaf::SipKey key_;
};

struct Collation {
    Collation() = delete;
    template <class>
    using prefix_type = Prefix;
    template <class>
    using output_type = Text;

    template <class C>
    [[nodiscard]] static bool append(Prefix& prefix, C& chunk) noexcept {
        if (prefix.text.size() == prefix.text.capacity()) { return false; }
        prefix.text += chunk.letter;
        return true;
    }
    template <class C>
    [[nodiscard]] static Text finish(Prefix& prefix, std::span<C> separate) {
        Text output;
        output.text.reserve(prefix.text.size() + separate.size());
        output.text = prefix.text;
        for (const C& chunk : separate) { output.text += chunk.letter; }
        return output;
    }
};

/// A point in time of a clock has its distance from the epoch.
struct Clock {
    Clock() = delete;
    struct Time : Bare {
        Time() noexcept
            : Bare{Make{}} {}
        [[nodiscard]] std::chrono::milliseconds time_since_epoch() const noexcept {
            return std::chrono::milliseconds{5};
        }
    };
    [[nodiscard]] static Time now() noexcept { return {}; }
};

class Mutex : public Bare {
public:
    Mutex() noexcept
        : Bare{Make{}} {}
    void lock() { mutex_.lock(); }
    void unlock() { mutex_.unlock(); }

private:
    std::mutex mutex_;
};

struct Digest {
    Digest() = delete;
    [[nodiscard]] static std::uint64_t of(std::span<const std::byte> payload, sheaf::SipKey) noexcept {
        return payload.size();
    }
};

/// Stateless, made from one of another type.
template <class T>
struct Allocator {
    using value_type = T;

    Allocator() noexcept = default;
    template <class U>
    Allocator(const Allocator<U>&) noexcept {}  // NOLINT(google-explicit-constructor): rebinding
    [[nodiscard]] T* allocate(std::size_t count) { return std::allocator<T>{}.allocate(count); }
    void deallocate(T* memory, std::size_t count) noexcept { std::allocator<T>{}.deallocate(memory, count); }
    friend bool operator==(const Allocator&, const Allocator&) noexcept { return true; }
};

/// All that traits have, by itself: nothing inherited.
template <class Timer>
struct Traits {
    Traits() = delete;
    using resource_id = Id;
    using receipt = Receipt;
    using hash = Hash;
    using collation = Collation;
    using clock = Clock;
    using mutex = Mutex;
    using threading = ThreadingOf<Bare, Make>;
    using timer = Timer;
    using digest = Digest;
    template <class T>
    using allocator = Allocator<T>;
    static constexpr std::size_t stripe_count = 1;
    template <class T>
    [[nodiscard]] static std::size_t held_bytes(const T&) noexcept {
        return 1;
    }
};

// --- Transforms ----------------------------------------------------------------------------------------------------

struct SynchronousTransform : Held {
    using Held::Held;
    [[nodiscard]] Chunk operator()(std::span<const std::byte> payload) const {
        return Chunk{std::to_integer<char>(payload.front())};
    }
};

struct AsynchronousTransform : Held {
    using Held::Held;
    using chunk_type = Chunk;
    void operator()(std::span<const std::byte> payload, sheaf::Completion<Chunk> completion) const {
        completion.complete(Chunk{std::to_integer<char>(payload.front())});
    }
};

// --- Sinks ---------------------------------------------------------------------------------------------------------

using Completed = sheaf::Completed<Text, Id>;
using Incomplete = sheaf::Incomplete<Text, Id, Chunk>;

/// What has come to a sink.
struct Arrivals {
    std::vector<std::string> outputs{};
    std::vector<std::string> buried{};
    int incomplete = 0;
    int receipts = 0;
};

/// Base: gives receipts back, as all sinks do where the traits have some.
class Releasing : public Held {
public:
    explicit Releasing(Arrivals& arrivals_) noexcept
        : Held{Make{}}
        , arrivals{arrivals_} {}
    Releasing(Releasing&& other) noexcept(false)
        : Held{Make{}}
        , arrivals{other.arrivals} {}
    void release(std::span<Receipt> receipts) noexcept {
        arrivals.receipts += static_cast<int>(receipts.size());
    }

    Arrivals& arrivals;
};

struct SynchronousSink : Releasing {
    using Releasing::Releasing;
    void deliver(const Completed& event) { arrivals.outputs.push_back(event.output.text); }
    void deliver(const Incomplete&) { ++arrivals.incomplete; }
};

struct ConsumingSink : Releasing {
    using Releasing::Releasing;
    void deliver(Completed&& event) noexcept { arrivals.outputs.push_back(std::move(event.output.text)); }
    void deliver(Incomplete&&) noexcept { ++arrivals.incomplete; }
};

/// Answers later, and takes what has failed as a dead letter.
struct AsynchronousSink : Releasing {
    using Releasing::Releasing;
    void deliver(const Completed& event, sheaf::Acknowledgement answer) {
        if (event.output.text.starts_with('!')) {
            answer.failed(std::make_exception_ptr(std::runtime_error{"no"}));
        } else {
            arrivals.outputs.push_back(event.output.text);
            answer.delivered();
        }
    }
    void deliver(const Incomplete&, sheaf::Acknowledgement answer) {
        ++arrivals.incomplete;
        answer.delivered();
    }
    void dead_letter(const Completed& event, std::exception_ptr) {
        arrivals.buried.push_back(event.output.text);
    }
    void dead_letter(const Incomplete&, std::exception_ptr) { ++arrivals.incomplete; }
};

// --- Executors -----------------------------------------------------------------------------------------------------

struct Executor : Held {
    using Held::Held;
    template <class Task>
    void execute(Task task) {
        task();
    }
};

/// Convertible to bool, and nothing else.
struct Answer {
    bool value;
    operator bool() const noexcept { return value; }  // NOLINT(google-explicit-constructor): what it is for
};

class ManualExecutor : public Held {
public:
    static constexpr bool is_manual = true;
    explicit ManualExecutor(Make make)
        : Held{make} {}
    ManualExecutor(ManualExecutor&&) noexcept(false)
        : Held{Make{}} {}

    template <class Task>
    void execute(Task task) {
        tasks_.push_back(std::make_unique<TaskOf<Task>>(std::move(task)));
    }
    Answer run_one() {
        if (tasks_.empty()) { return {false}; }
        const auto task = std::move(tasks_.front());
        tasks_.pop_front();
        task->run();
        return {true};
    }

private:
    struct AnyTask {
        virtual ~AnyTask() = default;
        virtual void run() = 0;
    };
    template <class Task>
    struct TaskOf final : AnyTask {
        explicit TaskOf(Task task_)
            : task{std::move(task_)} {}
        void run() override { task(); }
        Task task;
    };
    std::deque<std::unique_ptr<AnyTask>> tasks_;
};

/// Says of itself what a pool says; none of its threads ever waits.
struct HelpingExecutor : Executor {
    using Executor::Executor;
    [[nodiscard]] Answer is_own_thread() { return {false}; }
    [[nodiscard]] Answer run_one() { return {false}; }
    template <class Task>
    void execute_over_bound(Task task) {
        task();
    }
};

}  // namespace test::archetype
