#pragma once

#include <sheaf/config.hpp>

// 1 where there are paths for the vector instructions of x86-64. They are written with the compilers' vector types and
// built-in functions, because <immintrin.h> alone takes longer to parse than a transform with all its headers. What needs
// more than every x86-64 processor has says so function by function: were it chosen by the flags of the translation
// unit, units with different flags would define one function in different ways.
#if defined(__x86_64__) && defined(__GNUC__)
#    define SHEAF_HAS_X86_VECTORS 1
#else
#    define SHEAF_HAS_X86_VECTORS 0
#endif
