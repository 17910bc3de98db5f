#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>

/// Where things can be made to fail: each hook of the user by its call number, and each allocation of the program by
/// its. One thread.

namespace test {

/// All that may throw according to the documentation, but for allocations.
enum class Hook : std::uint8_t {
    none,
    transform,
    deliver_completed,
    deliver_incomplete,
    dead_letter,
    execute,
    copy_id,
    make_id,
    fold,         // its function: made, or called
    make_output,  // the default constructor
    move_policy,  // into the collator
    zone,         // of calendar windows
    allocation,   // `operator new`, in all its forms
};

struct Failure : std::exception {
    const char* what() const noexcept override { return "a failure that was asked for"; }
};

/// How often what is armed fails.
enum class Failing : std::uint8_t { once, for_ever };

/// What fails now.
class FailurePoints {
public:
    /// From now on calls of `hook` are counted, and number `at` (1 is the first) fails, or all from there on.
    static void arm(Hook hook, std::uint64_t at, Failing how) noexcept {
        hook_ = hook;
        at_ = at;
        how_ = how;
        calls_ = 0;
        failures_ = 0;
        largest_ = 0;
    }
    /// Nothing fails any more.
    static void lift() noexcept { hook_ = Hook::none; }

    /// A call of `hook`: true if it is to fail.
    [[nodiscard]] static bool fails(Hook hook) noexcept {
        if (hook != hook_ || calm_ != 0) { return false; }
        ++calls_;
        const bool failed = calls_ == at_ || (how_ == Failing::for_ever && calls_ > at_);
        if (failed) { ++failures_; }
        return failed;
    }
    static void pass(Hook hook) {
        if (fails(hook)) { throw Failure{}; }
    }

    /// Since `arm`.
    [[nodiscard]] static std::uint64_t failures() noexcept { return failures_; }
    [[nodiscard]] static std::uint64_t calls() noexcept { return calls_; }
    [[nodiscard]] static std::uint64_t at() noexcept { return at_; }

    /// Blocks of memory that are held through `operator new`.
    [[nodiscard]] static std::ptrdiff_t live_blocks() noexcept { return live_blocks_; }
    static void count_block(std::ptrdiff_t change) noexcept { live_blocks_ += change; }

    /// The largest block that was asked for since `arm`, in bytes.
    [[nodiscard]] static std::size_t largest() noexcept { return largest_; }
    static void note_size(std::size_t size) noexcept { largest_ = size < largest_ ? largest_ : size; }

private:
    friend class Calm;
    inline static Hook hook_ = Hook::none;
    inline static std::uint64_t at_ = 0;
    inline static Failing how_ = Failing::once;
    inline static std::uint64_t calls_ = 0;
    inline static std::uint64_t failures_ = 0;
    inline static int calm_ = 0;
    inline static std::ptrdiff_t live_blocks_ = 0;
    inline static std::size_t largest_ = 0;
};

/// While it stands nothing fails, and nothing counts as a call: for what the test does itself.
class Calm {
public:
    Calm() noexcept { ++FailurePoints::calm_; }
    Calm(const Calm&) = delete;
    Calm& operator=(const Calm&) = delete;
    ~Calm() { --FailurePoints::calm_; }
};

/// Base of values: counts how many there are.
class Alive {
public:
    Alive() noexcept { ++count_; }
    Alive(const Alive&) noexcept { ++count_; }
    Alive& operator=(const Alive&) noexcept = default;
    ~Alive() { --count_; }

    [[nodiscard]] static std::ptrdiff_t count() noexcept { return count_; }

private:
    inline static std::ptrdiff_t count_ = 0;
};

}  // namespace test
