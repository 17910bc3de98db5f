#pragma once

// Replaces the global operator new by one that counts. For one source of a program.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

#include <malloc.h>

namespace sheaf_bench {

/// How often operator new was called so far, by all threads.
inline std::atomic<std::uint64_t> allocations{0};

/// The bytes that operator new has given out and not got back, as many as malloc gave for them.
inline std::atomic<std::uint64_t> allocated_bytes{0};

[[nodiscard]] inline void* counted(void* memory) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    if (memory == nullptr) { throw std::bad_alloc{}; }
    allocated_bytes.fetch_add(malloc_usable_size(memory), std::memory_order_relaxed);
    return memory;
}

inline void free_counted(void* memory) noexcept {
    allocated_bytes.fetch_sub(malloc_usable_size(memory), std::memory_order_relaxed);
    std::free(memory);
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
[[gnu::noinline]] void operator delete(void* memory) noexcept { sheaf_bench::free_counted(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
    sheaf_bench::free_counted(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept {
    sheaf_bench::free_counted(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    sheaf_bench::free_counted(memory);
}
