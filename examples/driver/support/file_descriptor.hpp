#pragma once

#include <cerrno>
#include <cstddef>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace driver {

/// Makes sure that the descriptors of the standard streams are taken, so that nothing that is opened later is read,
/// or written to, in their place. What was closed stays unusable: reading and writing it fail.
inline void reserve_standard_descriptors() noexcept {
    // The lowest free number is given out first, so this fills exactly the holes below 3.
    for (int fd = 0; fd <= STDERR_FILENO; ++fd) {
        if (::fcntl(fd, F_GETFD) != -1 || errno != EBADF) { continue; }
        const int mode = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;
        static_cast<void>(!::open("/dev/null", mode));
    }
}

/// Owns an open file descriptor, or lends one that stays open.
///
/// Thread safety: as a plain value.
class FileDescriptor {
public:
    FileDescriptor() noexcept = default;
    /// Owns `fd`; -1 is none.
    explicit FileDescriptor(int fd) noexcept
        : fd_{fd}
        , is_owned_{true} {}
    /// Leaves `fd` open at the end: for the standard streams.
    [[nodiscard]] static FileDescriptor lend(int fd) noexcept {
        FileDescriptor lent{fd};
        lent.is_owned_ = false;
        return lent;
    }

    FileDescriptor(FileDescriptor&& other) noexcept
        : fd_{std::exchange(other.fd_, -1)}
        , is_owned_{other.is_owned_} {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        std::swap(is_owned_, other.is_owned_);
        return *this;
    }
    ~FileDescriptor() { static_cast<void>(close()); }

    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }

    /// Closes what is owned. Returns 0 or the `errno` of the failure, which some file systems keep until here.
    [[nodiscard]] int close() noexcept {
        const int fd = std::exchange(fd_, -1);
        return fd >= 0 && is_owned_ && ::close(fd) != 0 && errno != EINTR ? errno : 0;
    }

private:
    int fd_ = -1;
    bool is_owned_ = false;
};

/// Waits until `fd` can be read, or an attempt would fail. False where `stop_fd` has become readable, which is not
/// looked at where it is -1.
[[nodiscard]] inline bool wait_for_input(int fd, int stop_fd) noexcept {
    pollfd watched[2] = {{fd, POLLIN, 0}, {stop_fd, POLLIN, 0}};
    while (::poll(watched, 2, -1) < 0) {
        if (errno != EINTR) { return true; }  // `read` will say what is wrong
    }
    return watched[1].revents == 0;
}

/// Writes all of `text`, whatever portions the kernel takes it in. Returns 0 or the `errno` of the failure, with how
/// much was written before it in `written`.
[[nodiscard]] inline int write_all(int fd, std::string_view text, std::size_t& written) noexcept {
    written = 0;
    while (written < text.size()) {
        const ssize_t count = ::write(fd, text.data() + written, text.size() - written);
        if (count >= 0) {
            written += static_cast<std::size_t>(count);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            // Somebody else's non-blocking terminal or pipe: wait until it takes more.
            pollfd room{fd, POLLOUT, 0};
            static_cast<void>(::poll(&room, 1, -1));
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

}  // namespace driver
