#pragma once

#include <sheaf/config.hpp>
#include <sheaf/core/instant.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// Base of what can stand in a `DeadlineQueue`: it knows its place there.
struct Timer {
    static constexpr std::uint32_t not_queued = ~std::uint32_t{0};

    Instant due = never;
    std::uint32_t queue_position = not_queued;

    [[nodiscard]] bool is_queued() const noexcept { return queue_position != not_queued; }
};

/// A binary heap of timers by due time. Each timer knows its place, so that it can be moved or taken out. The heap has
/// the due times beside the addresses: comparing touches no timer.
///
/// Throws: only `reserve`. Complexity: `top` O(1), the rest O(log n).
template <class T, template <class> class Allocator = std::allocator>
class DeadlineQueue {
public:
    [[nodiscard]] bool empty() const noexcept { return heap_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return heap_.size(); }
    /// Precondition: not empty.
    [[nodiscard]] T& top() const noexcept { return *heap_.front().timer; }
    [[nodiscard]] Instant next_due() const noexcept { return heap_.empty() ? never : heap_.front().due; }

    /// Room for `count` timers: up to that many, `push` needs no memory.
    void reserve(std::size_t count) {
        if (count > heap_.capacity()) { heap_.reserve(count < 8 ? 8 : count + count / 2); }
    }

    /// Precondition: not queued; room is reserved.
    void push(T& timer, Instant due) noexcept {
        timer.due = due;
        heap_.push_back({due, &timer});
        rise(heap_.size() - 1);
    }

    /// Precondition: queued.
    void reschedule(T& timer, Instant due) noexcept {
        timer.due = due;
        heap_[timer.queue_position].due = due;
        rise(timer.queue_position);
        sink(timer.queue_position);
    }

    /// Takes the timer out if it is queued.
    void remove(T& timer) noexcept {
        if (!timer.is_queued()) { return; }
        const std::size_t position = std::exchange(timer.queue_position, Timer::not_queued);
        const Entry moved = heap_.back();
        heap_.pop_back();
        if (moved.timer == &timer) { return; }
        put(position, moved);
        rise(position);
        sink(moved.timer->queue_position);
    }

private:
    struct Entry {
        Instant due;
        T* timer;
    };

    void put(std::size_t position, const Entry& entry) noexcept {
        heap_[position] = entry;
        entry.timer->queue_position = static_cast<std::uint32_t>(position);
    }

    void rise(std::size_t position) noexcept {
        const Entry entry = heap_[position];
        while (position != 0) {
            const std::size_t parent = (position - 1) / 2;
            if (heap_[parent].due <= entry.due) { break; }
            put(position, heap_[parent]);
            position = parent;
        }
        put(position, entry);
    }

    void sink(std::size_t position) noexcept {
        const Entry entry = heap_[position];
        for (;;) {
            std::size_t child = 2 * position + 1;
            if (child >= heap_.size()) { break; }
            if (child + 1 < heap_.size() && heap_[child + 1].due < heap_[child].due) { ++child; }
            if (entry.due <= heap_[child].due) { break; }
            put(position, heap_[child]);
            position = child;
        }
        put(position, entry);
    }

    std::vector<Entry, Allocator<Entry>> heap_;
};

}  // namespace core

SHEAF_NAMESPACE_END
