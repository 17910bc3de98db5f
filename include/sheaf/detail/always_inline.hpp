#pragma once

#include <sheaf/config.hpp>

// For what is compiled once for each path of instructions: it takes on those of the function that it becomes a part of.
#if defined(__GNUC__)
#    define SHEAF_ALWAYS_INLINE [[gnu::always_inline]]
#    define SHEAF_NEVER_INLINE [[gnu::noinline]]
#else
#    define SHEAF_ALWAYS_INLINE
#    define SHEAF_NEVER_INLINE
#endif
