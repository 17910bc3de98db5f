#pragma once

#include <sheaf/distinct/calendar_windows.hpp>
#include <sheaf/distinct/window_result.hpp>
#include <sheaf/keyed_hash.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sheaf_bench {

/// What is counted of a frame, whoever has read it.
[[nodiscard]] inline sheaf::WindowElement element_of(std::string_view user, std::int64_t seconds) noexcept {
    constexpr sheaf::KeyedHash hash{sheaf::SipKey{0x0706050403020100U, 0x0f0e0d0c0b0a0908U}};
    return {.hash = hash(user), .time = std::chrono::sys_seconds{std::chrono::seconds{seconds}}};
}

/// What came of all frames; the check demands that it is the same for all who have read them.
struct Outcome {
    std::size_t frames = 0;
    std::uint64_t hashes = 0;   ///< The sum of all.
    std::uint64_t seconds = 0;  ///< The sum of all.
    std::size_t results = 0;    ///< Of windows.
    double estimates =
        0;  ///< The sum of all; the same elements in the same order give the same, to the last bit.

    void take(const sheaf::WindowElement& element) noexcept {
        ++frames;
        hashes += element.hash;
        seconds += static_cast<std::uint64_t>(element.time.time_since_epoch().count());
    }
    friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// Counts nothing: what is left is reading and hashing.
class NoCounter {
public:
    void take(const sheaf::WindowElement& element) noexcept { outcome_.take(element); }
    [[nodiscard]] const Outcome& outcome() const noexcept { return outcome_; }

private:
    Outcome outcome_;
};

/// Minutes, hours, days, weeks, months and years, in UTC; asks for results once in 512 elements.
class AllPeriods {
public:
    void take(const sheaf::WindowElement& element) {
        windows_.insert(element);
        outcome_.take(element);
        if (outcome_.frames % 512 == 0) { report(); }
    }
    /// No more elements come.
    [[nodiscard]] const Outcome& outcome() {
        windows_.finish();
        report();
        return outcome_;
    }

private:
    void report() {
        windows_.report([this](const sheaf::WindowResult& result) {
            ++outcome_.results;
            outcome_.estimates += result.count.estimate;
        });
    }

    sheaf::CalendarWindows<> windows_;
    Outcome outcome_;
};

}  // namespace sheaf_bench
