#pragma once

// Replaces the global operator new by one that counts. For one source of a program.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace sheaf_bench {

/// How often operator new was called so far, by all threads.
inline std::atomic<std::uint64_t> allocations{0};

[[nodiscard]] inline void* counted(void* memory) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    if (memory == nullptr) { throw std::bad_alloc{}; }
    return memory;
}

}  // namespace sheaf_bench

// Not inlined: where only one of a pair is, GCC takes them for mismatched.
[[gnu::noinline]] void* operator new(std::size_t size) {
    return sheaf_bench::counted(std::malloc(size == 0 ? 1 : size));
}
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t align) {
    const auto boundary = static_cast<std::size_t>(align);
    return sheaf_bench::counted(std::aligned_alloc(boundary, (size + boundary - 1) / boundary * boundary));
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    std::free(memory);
}
