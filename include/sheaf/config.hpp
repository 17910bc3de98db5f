#pragma once

#include <sheaf/version.hpp>

#if !defined(_MSVC_LANG) && __cplusplus < 202002L || defined(_MSVC_LANG) && _MSVC_LANG < 202002L
#    error "sheaf needs C++20: compile with -std=c++20 or what stands for it"
#endif

// A host that wants other settings puts them into a header of its own with this name, somewhere on the
// include path, instead of repeating `-D` options for each translation unit.
#if __has_include(<sheaf/ext/config.hpp>)
#    include <sheaf/ext/config.hpp>
#endif

/// `SHEAF_ASSERT(condition, message)`: what a misuse of the library runs into. By default the standard
/// `assert`; a host may define it as anything that evaluates to `void`. It never changes a layout.
#ifndef SHEAF_ASSERT
#    include <cassert>
#    define SHEAF_ASSERT(condition, message) assert((condition) && (message))
#endif

/// 1 where the translation unit is compiled with exceptions. Without them a failed allocation and a failed
/// check of options terminate; nothing else in the library throws on its own.
#ifndef SHEAF_HAS_EXCEPTIONS
#    if defined(__cpp_exceptions)
#        define SHEAF_HAS_EXCEPTIONS 1
#    else
#        define SHEAF_HAS_EXCEPTIONS 0
#    endif
#endif

// For the library's own code, so not in the reference.
/// @cond

#if SHEAF_HAS_EXCEPTIONS
#    define SHEAF_TRY try
#    define SHEAF_CATCH_ALL catch (...)
#    define SHEAF_RETHROW throw
#else
#    define SHEAF_TRY if (true)
#    define SHEAF_CATCH_ALL else
#    define SHEAF_RETHROW static_cast<void>(0)
#endif

// Everything lives in an inline namespace that carries the version, so that two versions linked into one
// program keep apart. Forward declarations of the library's names come from `sheaf/fwd.hpp`.
#define SHEAF_DETAIL_JOIN_(a, b, c) v##a##_##b##_##c
#define SHEAF_DETAIL_JOIN(a, b, c) SHEAF_DETAIL_JOIN_(a, b, c)
#define SHEAF_INLINE_NAMESPACE \
    SHEAF_DETAIL_JOIN(SHEAF_VERSION_MAJOR, SHEAF_VERSION_MINOR, SHEAF_VERSION_PATCH)
#define SHEAF_NAMESPACE_BEGIN \
    namespace sheaf {         \
    inline namespace SHEAF_INLINE_NAMESPACE {
#define SHEAF_NAMESPACE_END \
    }                       \
    }

/// @endcond
