#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/unique_task.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// A queue of tasks in one block of memory that grows and is not given back. The executors guard it by their
/// locks.
class TaskRing {
public:
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// Throws: `std::bad_alloc`; neither the ring nor the task has changed then.
    void push(UniqueTask&& task) {
        if (size_ == slots_.size()) { grow(); }
        slot(size_) = std::move(task);
        ++size_;
    }

    /// Takes the oldest task. Precondition: not empty.
    [[nodiscard]] UniqueTask pop() noexcept {
        UniqueTask task{std::move(slots_[head_])};
        head_ = (head_ + 1) & (slots_.size() - 1);
        --size_;
        return task;
    }

    /// Takes the task at `position`, counted from the oldest, whose place the oldest then takes.
    /// Precondition: `position < size()`.
    [[nodiscard]] UniqueTask take(std::size_t position) noexcept {
        if (position != 0) { std::swap(slot(position), slot(0)); }
        return pop();
    }

private:
    // The capacity is a power of two, so that a mask wraps it.
    static constexpr std::size_t first_capacity = 64;

    [[nodiscard]] UniqueTask& slot(std::size_t position) noexcept {
        return slots_[(head_ + position) & (slots_.size() - 1)];
    }

    void grow() {
        std::vector<UniqueTask> larger((std::max)(first_capacity, 2 * slots_.size()));
        for (std::size_t position = 0; position < size_; ++position) {
            larger[position] = std::move(slot(position));
        }
        slots_ = std::move(larger);
        head_ = 0;
    }

    std::vector<UniqueTask> slots_;
    std::size_t head_ = 0;
    std::size_t size_ = 0;
};

}  // namespace detail

SHEAF_NAMESPACE_END
