#pragma once

#include <sheaf/config.hpp>

#include <exception>
#include <new>
#include <stdexcept>

SHEAF_NAMESPACE_BEGIN

namespace detail {

// Cold and out of line, so that the paths that check carry a call and nothing more. Without exceptions the
// same code terminates.
#if defined(__GNUC__)
#    define SHEAF_COLD [[gnu::cold, gnu::noinline]]
#else
#    define SHEAF_COLD
#endif

template <class Exception>
[[noreturn]] SHEAF_COLD inline void throw_exception([[maybe_unused]] const char* message) {
#if SHEAF_HAS_EXCEPTIONS
    throw Exception(message);
#else
    std::terminate();
#endif
}

[[noreturn]] SHEAF_COLD inline void throw_invalid_argument(const char* message) {
    throw_exception<std::invalid_argument>(message);
}
[[noreturn]] SHEAF_COLD inline void throw_length_error(const char* message) {
    throw_exception<std::length_error>(message);
}
[[noreturn]] SHEAF_COLD inline void throw_bad_alloc() {
#if SHEAF_HAS_EXCEPTIONS
    throw std::bad_alloc{};
#else
    std::terminate();
#endif
}

/// A default-constructed `Exception` to hand on; null without exception support.
template <class Exception>
[[nodiscard]] std::exception_ptr make_error() noexcept {
#if SHEAF_HAS_EXCEPTIONS
    // Not by `std::make_exception_ptr(Exception{})`: where the message finds no memory, that is the error.
    try {
        throw Exception{};
    } catch (...) { return std::current_exception(); }
#else
    return nullptr;
#endif
}

}  // namespace detail

SHEAF_NAMESPACE_END
