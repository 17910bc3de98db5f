#pragma once

#include <stdexcept>

namespace driver {

/// The arguments make no sense; the message says which.
class UsageError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The program cannot go on; the message names the file or server and the reason.
class RuntimeFailure : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace driver
