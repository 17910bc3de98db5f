#pragma once

#include <cstddef>
#include <memory>

namespace test {

/// Bytes now held through `CountingAllocator`. One thread.
[[nodiscard]] inline std::size_t& allocated_bytes() noexcept {
    static std::size_t bytes = 0;
    return bytes;
}

/// Counts what is allocated. Stateless, as the library asks of `Traits::allocator`.
template <class T>
struct CountingAllocator {
    using value_type = T;

    CountingAllocator() noexcept = default;
    template <class U>
    CountingAllocator(const CountingAllocator<U>&) noexcept {
    }  // NOLINT(google-explicit-constructor): rebinding

    [[nodiscard]] T* allocate(std::size_t count) {
        T* const memory = std::allocator<T>{}.allocate(count);
        allocated_bytes() += count * sizeof(T);
        return memory;
    }
    void deallocate(T* memory, std::size_t count) noexcept {
        allocated_bytes() -= count * sizeof(T);
        std::allocator<T>{}.deallocate(memory, count);
    }

    friend bool operator==(CountingAllocator, CountingAllocator) noexcept { return true; }
};

}  // namespace test
