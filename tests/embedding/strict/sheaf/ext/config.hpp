#pragma once

#include <string>

/// The settings of a host that wants misuse to throw.

#define HOST_HAS_CONFIG

namespace host {

struct Misuse {
    std::string message;
};

// A function, because compilers warn of a `throw` that stands in a function that must not.
[[noreturn]] inline void report(const char* message) { throw Misuse{message}; }

}  // namespace host

#define SHEAF_ASSERT(condition, message) \
    (static_cast<bool>(condition) ? static_cast<void>(0) : host::report(message))
