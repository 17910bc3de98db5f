#pragma once

#include <sheaf/config.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// What time it is in one partition, by the times of its elements, of which any may be wrong.
///
/// Its last 2k + 1 elements decide, by majority. Each of them is either counted or waits. The clock goes forward to a time
/// that k + 1 counted ones have reached. It leaps, in either direction, to k + 1 waiting ones that are near each other. So
/// an element is confirmed by k others, and k wrong ones among 2k + 1 move nothing. Whoever still waits when the
/// last 2k others have come after it has not been confirmed.
class PartitionClock {
public:
    struct Entry {
        std::chrono::sys_seconds time;
        std::uint64_t hash = 0;
        std::uint64_t position = 0;
        bool waits = false;
    };

    explicit PartitionClock(std::size_t confirmations) noexcept
        : confirmations_{confirmations} {}

    /// The latest confirmed time, if there is any.
    [[nodiscard]] std::optional<std::chrono::sys_seconds> time() const noexcept { return time_; }
    /// How many elements wait.
    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }
    /// How many elements are remembered.
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

    /// Throws `std::bad_alloc` while the first 2k + 1 elements come; nothing has changed then.
    void reserve() {
        if (entries_.capacity() == 0) { entries_.reserve(capacity()); }
    }

    /// The element that the next one displaces, if it has not been confirmed.
    [[nodiscard]] const Entry* unconfirmed() const noexcept {
        return entries_.size() == capacity() && entries_[next_].waits ? &entries_[next_] : nullptr;
    }

    /// The element that was pushed last. Precondition: there is one.
    [[nodiscard]] const Entry* newest() const noexcept {
        return &entries_[next_ == 0 ? entries_.size() - 1 : next_ - 1];
    }

    /// One more element. Returns whether the clock went on. Precondition: `reserve` was called.
    bool push(const Entry& entry) noexcept {
        if (entries_.size() < capacity()) {
            entries_.push_back(entry);
        } else {
            forget(std::exchange(entries_[next_], entry));
        }
        next_ = next_ + 1 == capacity() ? 0 : next_ + 1;
        if (entry.waits) { ++waiting_; }
        if (!is_ahead(entry) || ++ahead_ <= confirmations_) { return false; }
        go_on();
        return true;
    }

    /// Leaps to the earliest of k + 1 waiting elements that lie within `nearness` of each other, if there are such.
    bool leap(std::chrono::seconds nearness) {
        if (waiting_ <= confirmations_) { return false; }
        std::vector<std::chrono::sys_seconds> times;
        for (const Entry& entry : entries_) {
            if (entry.waits) { times.push_back(entry.time); }
        }
        std::sort(times.begin(), times.end());
        for (std::size_t i = 0; i + confirmations_ < times.size(); ++i) {
            if (times[i + confirmations_] - times[i] <= nearness) {
                set(times[i]);
                return true;
            }
        }
        return false;
    }

    /// Believes all counted elements, where the clock has no time yet: it goes to the time that k + 1 of them have reached, or
    /// to the earliest.
    void settle() noexcept {
        auto earliest = (std::chrono::sys_seconds::max)();
        for (const Entry& entry : entries_) {
            if (!entry.waits) { earliest = (std::min)(earliest, entry.time); }
        }
        if (time_ || earliest == (std::chrono::sys_seconds::max)()) { return; }
        set(earliest);
        go_on();
    }

    /// Calls `count` with each waiting element; those for which it returns true wait no longer. What it throws passes
    /// through; those before it wait no longer then.
    template <class Count>
    void release(Count&& count) {
        for (Entry& entry : entries_) {
            if (!entry.waits || !count(std::as_const(entry))) { continue; }
            entry.waits = false;
            --waiting_;
            if (is_ahead(entry)) { ++ahead_; }
        }
        go_on();
    }

    /// All elements that are remembered, from the first to the last.
    template <class Visit>
    void for_each(Visit&& visit) const {
        const std::size_t size = entries_.size();
        const std::size_t first = size == capacity() ? next_ : 0;
        for (std::size_t i = 0; i < size; ++i) { visit(entries_[(first + i) % size]); }
    }

    /// Forgets all elements, but not the time.
    void clear() noexcept {
        entries_.clear();
        next_ = ahead_ = waiting_ = 0;
    }

    /// Sets the time, as a snapshot has it.
    void set(std::optional<std::chrono::sys_seconds> time) noexcept {
        time_ = time;
        ahead_ = static_cast<std::size_t>(std::count_if(entries_.begin(), entries_.end(),
                                                        [&](const Entry& entry) { return is_ahead(entry); }));
    }

private:
    [[nodiscard]] std::size_t capacity() const noexcept { return 2 * confirmations_ + 1; }
    [[nodiscard]] bool is_ahead(const Entry& entry) const noexcept {
        return !entry.waits && time_ && entry.time > *time_;
    }

    void forget(const Entry& entry) noexcept {
        if (entry.waits) { --waiting_; }
        if (is_ahead(entry)) { --ahead_; }
    }

    /// To the time that k + 1 counted elements have reached: afterwards at most k are ahead.
    void go_on() noexcept {
        while (ahead_ > confirmations_) {
            auto reached = (std::chrono::sys_seconds::max)();
            for (const Entry& entry : entries_) {
                if (is_ahead(entry)) { reached = (std::min)(reached, entry.time); }
            }
            set(reached);
        }
    }

    std::vector<Entry> entries_;  // at most 2k + 1; once there are so many, the oldest is at next_
    std::size_t confirmations_;
    std::size_t next_ = 0;
    std::size_t ahead_ = 0;    // counted, and later than time_
    std::size_t waiting_ = 0;  // not counted
    std::optional<std::chrono::sys_seconds> time_;
};

}  // namespace detail

SHEAF_NAMESPACE_END
