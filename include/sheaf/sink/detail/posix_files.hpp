#pragma once

#include <sheaf/config.hpp>

#if __has_include(<unistd.h>)

#    include <cerrno>
#    include <cstddef>
#    include <cstdio>

#    include <fcntl.h>
#    include <sys/stat.h>
#    include <sys/types.h>
#    include <unistd.h>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// The system calls of `DirectorySink`, as they are: -1 and `errno` on failure. A template parameter there,
/// so that tests can make any of them fail and see their order.
struct PosixFiles {
    [[nodiscard]] static int open_directory(const char* path) noexcept {
        return ::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    /// Creates a file that must not exist, not even as a symbolic link.
    [[nodiscard]] static int create(int directory, const char* name) noexcept {
        constexpr mode_t mode = 0666;  // as the umask allows
        return ::openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    }
    [[nodiscard]] static ssize_t write(int file, const char* data, std::size_t size) noexcept {
        return ::write(file, data, size);
    }
    [[nodiscard]] static int sync(int file) noexcept { return ::fsync(file); }
    [[nodiscard]] static int sync_directory(int directory) noexcept { return ::fsync(directory); }
    [[nodiscard]] static int close(int file) noexcept { return ::close(file); }
    [[nodiscard]] static int rename(int directory, const char* from, const char* to) noexcept {
        return ::renameat(directory, from, directory, to);
    }
    [[nodiscard]] static int remove(int directory, const char* name) noexcept {
        return ::unlinkat(directory, name, 0);
    }
};

/// Calls `call` again as long as a signal interrupts it.
template <class Call>
[[nodiscard]] auto uninterrupted(const Call& call) noexcept {
    for (;;) {
        const auto result = call();
        if (result >= 0 || errno != EINTR) { return result; }
    }
}

/// A file descriptor and the duty to close it.
template <class System>
class FileDescriptor {
public:
    explicit FileDescriptor(int descriptor) noexcept
        : descriptor_{descriptor} {}
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;
    ~FileDescriptor() { static_cast<void>(close()); }

    [[nodiscard]] int get() const noexcept { return descriptor_; }

    /// Returns 0, or -1 and `errno`. Never tried again: the descriptor is gone after an error too, also
    /// after EINTR (Linux; elsewhere it is unspecified, and closing a number twice would be worse than
    /// leaking it), which therefore is none.
    int close() noexcept {
        if (descriptor_ < 0) { return 0; }
        const int result = System::close(descriptor_);
        descriptor_ = -1;
        return result == 0 || errno == EINTR ? 0 : -1;
    }

private:
    int descriptor_;
};

}  // namespace detail

SHEAF_NAMESPACE_END

#endif
