#pragma once

#include <sheaf/config.hpp>

#include <cstddef>
#include <cstdint>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// Asks for `count` cache lines of 64 bytes from `address` on. A hint: any address will do.
inline void prefetch(const void* address, std::size_t count = 1) noexcept {
#if defined(__GNUC__)
    // As a number: null, too, is an address here.
    const auto first = reinterpret_cast<std::uintptr_t>(address);
    for (std::size_t i = 0; i < count; ++i) {
        __builtin_prefetch(reinterpret_cast<const void*>(first + i * 64));
    }
    // GCC takes a function that does nothing but this for one without effect, and leaves out calls of it.
    asm volatile("");
#else
    static_cast<void>(address);
    static_cast<void>(count);
#endif
}

}  // namespace detail

SHEAF_NAMESPACE_END
