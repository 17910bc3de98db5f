#pragma once

#include "../errors.hpp"
#include "../uri.hpp"
#include "file_descriptor.hpp"

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace driver {

/// A file, pipe or terminal to read, and what messages call it.
struct InputFile {
    FileDescriptor file{};
    std::string name{};

    [[nodiscard]] static InputFile standard_input() { return {FileDescriptor::lend(STDIN_FILENO), "stdin"}; }

    /// Opens without waiting for whoever writes to a named pipe: that is waited for where a signal can end it.
    ///
    /// Throws: `RuntimeFailure` that names the file.
    [[nodiscard]] static InputFile open(std::string path) {
        FileDescriptor file{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
        if (!file.is_open()) { throw RuntimeFailure{path + ": " + std::strerror(errno)}; }
        return {std::move(file), std::move(path)};
    }

    /// `stdin:`, or a path. `what` is said of the rest: it comes from these.
    ///
    /// Throws: `UsageError`; as `open`.
    [[nodiscard]] static InputFile open_source(const std::string& from, const std::string& what) {
        const Uri uri = Uri::parse(from);
        if (uri.scheme == "stdin" && uri.rest.empty()) { return standard_input(); }
        if (!uri.scheme.empty()) {
            throw UsageError{"--from " + from + ": " + what + " stdin: or from paths"};
        }
        return open(from);
    }
};

/// Lets the process have so many open files, as far as it may.
inline void allow_open_files(rlim_t count) noexcept {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= count) { return; }
    limit.rlim_cur = limit.rlim_max < count ? limit.rlim_max : count;
    static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
}

}  // namespace driver
