#pragma once

#include <sheaf/config.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// What time it is in one partition, by the times of its elements, of which any may be wrong.
///
/// Its last 2k + 1 elements decide, by majority. Each of them is either counted or waits. The clock goes forward to a time
/// that k + 1 counted ones have reached. It leaps, in either direction, to the first of a chain: k + 1 or more waiting ones each of
/// which is near the next; its own first time it gets by a chain of any. So an element is confirmed by k others, and k wrong
/// ones among 2k + 1 move nothing. Whoever still waits when the last 2k others have come after it has not been confirmed.
class PartitionClock {
public:
    struct Entry {
        std::chrono::sys_seconds time;
        std::uint64_t hash = 0;
        std::uint64_t position = 0;
        bool waits = false;
        /// It was remembered already when it came, with the same position: it has no vote.
        bool again = false;
    };

    /// The times from one to another, with both.
    struct Span {
        std::chrono::sys_seconds first;
        std::chrono::sys_seconds last;
        [[nodiscard]] bool contains(std::chrono::sys_seconds time) const noexcept {
            return first <= time && time <= last;
        }
    };

    explicit PartitionClock(std::size_t confirmations) noexcept
        : confirmations_{confirmations} {}

    /// The latest confirmed time, if there is any.
    [[nodiscard]] std::optional<std::chrono::sys_seconds> time() const noexcept { return time_; }
    /// How many elements wait.
    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }
    /// How many elements are remembered.
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

    /// Makes room for one more element. Throws `std::bad_alloc` while the first 2k + 1 come; nothing has changed then.
    void reserve() {
        if (has_room()) { return; }
        const std::size_t more = (std::min)(capacity(), (std::max)(std::size_t{8}, 2 * entries_.size()));
        sorted_.reserve(more);
        entries_.reserve(more);
    }
    /// There is room for one more.
    [[nodiscard]] bool has_room() const noexcept {
        return entries_.size() < entries_.capacity() || entries_.size() == capacity();
    }

    /// The next element displaces one.
    [[nodiscard]] bool is_full() const noexcept { return entries_.size() == capacity(); }
    /// The element that the next one displaces, if it has not been confirmed.
    [[nodiscard]] const Entry* unconfirmed() const noexcept {
        return is_full() && entries_[next_].waits ? &entries_[next_] : nullptr;
    }

    /// The element that was pushed last. Precondition: there is one.
    [[nodiscard]] const Entry* newest() const noexcept {
        return &entries_[next_ == 0 ? entries_.size() - 1 : next_ - 1];
    }

    /// One more element. Returns whether the clock went on. Precondition: `reserve` was called.
    bool push(const Entry& entry) noexcept {
        const std::size_t at = next_;
        if (entries_.size() < capacity()) {
            entries_.push_back(entry);
        } else {
            forget(std::exchange(entries_[at], entry));
        }
        next_ = at + 1 == capacity() ? 0 : at + 1;
        return (entry.waits || is_ahead(entry)) && take_vote(entries_[at]);
    }

    /// The earliest chain, if there is one: the clock is to leap to its first time, and all that wait in it are confirmed. The
    /// same element that was sent again has no vote. Complexity: n log n in the number of those that wait.
    [[nodiscard]] std::optional<Span> confirmed(std::chrono::seconds nearness) noexcept {
        if ((time_ ? waiting_ : entries_.size()) <= confirmations_) { return std::nullopt; }
        sorted_.clear();  // it has room for all
        for (const Entry& entry : entries_) {
            if (!entry.again && (entry.waits || !time_)) { sorted_.push_back(&entry); }
        }
        std::sort(sorted_.begin(), sorted_.end(),
                  [](const Entry* one, const Entry* other) { return one->time < other->time; });
        const auto end = sorted_.end();
        for (auto first = sorted_.begin(); first != end;) {
            auto last = first;
            while (last + 1 != end && (*(last + 1))->time - (*last)->time <= nearness) { ++last; }
            if (static_cast<std::size_t>(last - first) >= confirmations_) {
                return Span{(*first)->time, (*last)->time};
            }
            first = last + 1;
        }
        return std::nullopt;
    }

    /// The earliest of the elements in a span that wait.
    [[nodiscard]] std::optional<std::chrono::sys_seconds> first_waiting(const Span& span) const noexcept {
        std::optional<std::chrono::sys_seconds> first;
        for (const Entry& entry : entries_) {
            if (entry.waits && span.contains(entry.time) && (!first || entry.time < *first)) {
                first = entry.time;
            }
        }
        return first;
    }

    /// The latest time of a counted element, or of the clock. Precondition: it has one.
    [[nodiscard]] std::chrono::sys_seconds latest() const noexcept {
        auto latest = *time_;
        for (const Entry& entry : entries_) {
            if (!entry.waits) { latest = (std::max)(latest, entry.time); }
        }
        return latest;
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

    /// Sets the time: by a leap, or as a snapshot has it.
    void set(std::optional<std::chrono::sys_seconds> time) noexcept {
        time_ = time;
        ahead_ = static_cast<std::size_t>(std::count_if(entries_.begin(), entries_.end(),
                                                        [&](const Entry& entry) { return is_ahead(entry); }));
    }

private:
    [[nodiscard]] std::size_t capacity() const noexcept { return 2 * confirmations_ + 1; }
    [[nodiscard]] bool is_ahead(const Entry& entry) const noexcept {
        return !entry.waits && !entry.again && time_ && entry.time > *time_;
    }

    /// What an element that waits or is ahead means for the clock. Returns whether that went on.
    bool take_vote(Entry& entry) noexcept {
        entry.again = entry.again || (entry.position != 0 && has_twice(entry));
        if (entry.waits) { ++waiting_; }
        if (!is_ahead(entry) || ++ahead_ <= confirmations_) { return false; }
        go_on();
        return true;
    }
    [[nodiscard]] bool has_twice(const Entry& entry) const noexcept {
        return std::count_if(entries_.begin(), entries_.end(), [&](const Entry& other) {
                   return std::tie(other.time, other.hash, other.position) ==
                          std::tie(entry.time, entry.hash, entry.position);
               }) > 1;
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

    std::vector<Entry> entries_;        // at most 2k + 1; once there are so many, the oldest is at next_
    std::vector<const Entry*> sorted_;  // those that may be a chain, while it is looked for
    std::size_t confirmations_;
    std::size_t next_ = 0;
    std::size_t ahead_ = 0;    // counted, and later than time_
    std::size_t waiting_ = 0;  // not counted
    std::optional<std::chrono::sys_seconds> time_;
};

}  // namespace detail

SHEAF_NAMESPACE_END
