#pragma once

#include "../errors.hpp"

#include <optional>
#include <string>

#include <sys/resource.h>
#include <sys/stat.h>

namespace driver {

/// What makes two names the same file.
struct FileIdentity {
    dev_t device{};
    ino_t node{};
    friend bool operator==(const FileIdentity& a, const FileIdentity& b) noexcept {
        return a.device == b.device && a.node == b.node;
    }

    /// Of a file or named pipe; nothing of terminals and other devices, which may be several things at once.
    [[nodiscard]] static std::optional<FileIdentity> of(int fd) noexcept {
        struct stat status{};
        if (::fstat(fd, &status) != 0 || !(S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode))) {
            return std::nullopt;
        }
        return FileIdentity{status.st_dev, status.st_ino};
    }
};

/// What a program writes to a source of its own it would read again, without an end.
///
/// Throws: `UsageError` where the source `from` is the file of the output.
inline void refuse_own_source(const std::string& from,
                              const std::optional<FileIdentity>& source,
                              const std::optional<FileIdentity>& output) {
    if (source && source == output) { throw UsageError{"--from " + from + " is the file of --to"}; }
}

/// Lets the process have so many open files, as far as it may.
inline void allow_open_files(rlim_t count) noexcept {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= count) { return; }
    limit.rlim_cur = limit.rlim_max < count ? limit.rlim_max : count;
    static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
}

}  // namespace driver
