#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace test {

/// Bytes now held through `CountingAllocator`. One thread.
[[nodiscard]] inline std::size_t& allocated_bytes() noexcept {
    static std::size_t bytes = 0;
    return bytes;
}

/// How often memory for `T` has been asked for. One thread.
template <class T>
[[nodiscard]] std::uint64_t& allocations_of() noexcept {
    static std::uint64_t count = 0;
    return count;
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
        ++allocations_of<T>();
        return memory;
    }
    void deallocate(T* memory, std::size_t count) noexcept {
        allocated_bytes() -= count * sizeof(T);
        std::allocator<T>{}.deallocate(memory, count);
    }

    friend bool operator==(CountingAllocator, CountingAllocator) noexcept { return true; }
};

}  // namespace test
