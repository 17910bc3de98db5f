#pragma once

#include <sheaf/config.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <type_traits>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// A contiguous array of trivial elements with spare room at both ends: an insertion moves the shorter side, and
/// taking from the front moves nothing. 24 bytes when empty.
///
/// Throws: only `insert` and `reserve_back`, `std::bad_alloc`; the array is unchanged then.
/// Complexity: `insert` O(distance to the nearer end), amortised; the rest O(1).
template <class T, class Allocator = std::allocator<T>>
class TwoEndedArray {
    static_assert(std::is_trivially_copyable_v<T>, "sheaf: elements are moved as bytes");

public:
    TwoEndedArray() noexcept = default;
    TwoEndedArray(TwoEndedArray&& other) noexcept { swap(other); }
    TwoEndedArray& operator=(TwoEndedArray&& other) noexcept {
        TwoEndedArray taken{std::move(other)};
        swap(taken);
        return *this;
    }
    ~TwoEndedArray() { deallocate(); }

    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

    [[nodiscard]] T* begin() noexcept { return data_ + offset_; }
    [[nodiscard]] T* end() noexcept { return data_ + offset_ + size_; }
    [[nodiscard]] const T* begin() const noexcept { return data_ + offset_; }
    [[nodiscard]] const T* end() const noexcept { return data_ + offset_ + size_; }
    [[nodiscard]] T& operator[](std::size_t position) noexcept { return begin()[position]; }
    [[nodiscard]] const T& operator[](std::size_t position) const noexcept { return begin()[position]; }
    [[nodiscard]] T& front() noexcept { return *begin(); }
    [[nodiscard]] const T& front() const noexcept { return *begin(); }
    [[nodiscard]] T& back() noexcept { return end()[-1]; }
    [[nodiscard]] const T& back() const noexcept { return end()[-1]; }

    /// Puts `value` before the element at `position`.
    void insert(std::size_t position, T value) {
        if (position == size_ && offset_ + size_ != capacity_) {  // nearly always
            push_back_reserved(value);
            return;
        }
        const bool nearer_to_front = position < size_ / 2;
        if (nearer_to_front ? offset_ == 0 : offset_ + size_ == capacity_) { make_room(nearer_to_front); }
        if (nearer_to_front) {
            std::memmove(begin() - 1, begin(), position * sizeof(T));
            --offset_;
        } else {
            std::memmove(begin() + position + 1, begin() + position, (size_ - position) * sizeof(T));
        }
        ++size_;
        begin()[position] = value;
    }

    /// Makes sure that the next `count` calls of `push_back_reserved` need no memory.
    void reserve_back(std::size_t count = 1) {
        if (capacity_ - offset_ - size_ >= count) { return; }
        if (count == 1) {
            make_room(false);
        } else if (capacity_ - size_ >= count) {
            place(data_, capacity_, 0);
        } else {
            grow((std::max)(size_ + count, capacity_ * std::size_t{2}), 0);
        }
    }
    void push_back_reserved(T value) noexcept {
        begin()[size_] = value;
        ++size_;
    }

    void erase(std::size_t position) noexcept {
        if (position < size_ / 2) {
            std::memmove(begin() + 1, begin(), position * sizeof(T));
            ++offset_;
        } else {
            std::memmove(begin() + position, begin() + position + 1, (size_ - position - 1) * sizeof(T));
        }
        --size_;
    }
    void pop_front() noexcept {
        ++offset_;
        if (--size_ == 0) { offset_ = 0; }
    }

    /// Keeps the first `count` elements.
    void truncate(std::size_t count) noexcept { size_ = static_cast<std::uint32_t>(count); }

    /// Gives the memory back.
    void reset() noexcept { TwoEndedArray{}.swap(*this); }

private:
    using Traits = std::allocator_traits<Allocator>;

    void swap(TwoEndedArray& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(capacity_, other.capacity_);
        std::swap(offset_, other.offset_);
        std::swap(size_, other.size_);
    }

    /// Room for one more at the named end: by sliding where at least half of the memory is spare, else by
    /// doubling. Either way the next such call is a capacity's fraction of insertions away.
    void make_room(bool at_front) {
        const bool slides = size_ * std::size_t{2} <= capacity_ && capacity_ >= 4;
        const std::size_t capacity =
            slides ? capacity_ : std::max<std::size_t>(4, capacity_ * std::size_t{2});
        const std::size_t spare = capacity - size_;
        // A quarter of the spare room goes to the other end, so that alternating ends do not slide each time.
        const std::size_t offset = at_front ? spare - spare / 4 : spare / 4;
        if (slides) {
            place(data_, capacity, offset);
        } else {
            grow(capacity, offset);
        }
    }

    void grow(std::size_t capacity, std::size_t offset) {
        Allocator allocator;
        T* const data = Traits::allocate(allocator, capacity);
        T* const old = data_;
        const std::size_t old_capacity = capacity_;
        place(data, capacity, offset);
        if (old != nullptr) { Traits::deallocate(allocator, old, old_capacity); }
    }

    void place(T* data, std::size_t capacity, std::size_t offset) noexcept {
        if (size_ != 0) { std::memmove(data + offset, begin(), size_ * sizeof(T)); }
        data_ = data;
        capacity_ = static_cast<std::uint32_t>(capacity);
        offset_ = static_cast<std::uint32_t>(offset);
    }

    void deallocate() noexcept {
        if (data_ != nullptr) {
            Allocator allocator;
            Traits::deallocate(allocator, data_, capacity_);
        }
    }

    T* data_ = nullptr;
    std::uint32_t capacity_ = 0;
    std::uint32_t offset_ = 0;
    std::uint32_t size_ = 0;
};

}  // namespace core

SHEAF_NAMESPACE_END
