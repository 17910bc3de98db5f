#pragma once

#include "file_descriptor.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace driver {

/// A file in a folder that is replaced as a whole: whatever happens, it has the former content or the new one.
///
/// Thread safety: none; and one process at a time may use the folder, which the lock sees to.
class AtomicFile {
public:
    /// Makes the folder if it is missing; its parent must be there.
    ///
    /// Throws: `std::system_error` that names the folder or file, also where another process has it.
    AtomicFile(const std::string& folder, std::string_view name)
        : path_{folder + '/' + std::string{name}}
        , unfinished_{folder + "/." + std::string{name} + ".unfinished"} {
        if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) { fail(folder); }
        folder_ = FileDescriptor{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        if (!folder_.is_open()) { fail(folder); }
        lock_ = FileDescriptor{::open((folder + "/." + std::string{name} + ".lock").c_str(),
                                      O_RDWR | O_CREAT | O_CLOEXEC, 0666)};
        if (!lock_.is_open()) { fail(folder); }
        struct flock whole{};
        whole.l_type = F_WRLCK;
        whole.l_whence = SEEK_SET;
        if (::fcntl(lock_.get(), F_SETLK, &whole) != 0) {
            if (errno == EACCES || errno == EAGAIN) {
                throw std::system_error{errno, std::generic_category(),
                                        folder + " is in use by another process"};
            }
            fail(folder);
        }
    }

    /// The content; nothing where there is no such file yet.
    ///
    /// Throws: `std::system_error` that names the file; `std::bad_alloc`.
    [[nodiscard]] std::optional<std::vector<std::byte>> read() const {
        const FileDescriptor file{::open(path_.c_str(), O_RDONLY | O_CLOEXEC)};
        if (!file.is_open()) {
            if (errno == ENOENT) { return std::nullopt; }
            fail(path_);
        }
        std::vector<std::byte> content;
        constexpr std::size_t portion = std::size_t{1} << 20U;
        for (std::size_t size = 0;;) {
            content.resize(size + portion);
            const ssize_t count = ::read(file.get(), content.data() + size, portion);
            if (count < 0 && errno != EINTR) { fail(path_); }
            size += count > 0 ? static_cast<std::size_t>(count) : 0;
            content.resize(size);
            if (count == 0) { return content; }
        }
    }

    /// Replaces the content; it would survive a loss of power when this returns, if the folder does.
    ///
    /// Throws: `std::system_error` that names the file; the former content is still there then.
    void replace(std::span<const std::byte> content) {
        FileDescriptor file{::open(unfinished_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)};
        if (!file.is_open()) { fail(unfinished_); }
        std::size_t written = 0;
        const std::string_view text{reinterpret_cast<const char*>(content.data()), content.size()};
        if (const int error = write_all(file.get(), text, written); error != 0) { fail(unfinished_, error); }
        if (::fsync(file.get()) != 0) { fail(unfinished_); }
        if (const int error = file.close(); error != 0) { fail(unfinished_, error); }
        if (::rename(unfinished_.c_str(), path_.c_str()) != 0) { fail(path_); }
        if (::fsync(folder_.get()) != 0) { fail(path_); }
    }

    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    [[noreturn]] static void fail(const std::string& what, int error = errno) {
        throw std::system_error{error, std::generic_category(), what};
    }

    std::string path_;
    std::string unfinished_;
    FileDescriptor folder_;
    FileDescriptor lock_;
};

}  // namespace driver
