#pragma once

#include "file_descriptor.hpp"

#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace driver {

/// A file, pipe or terminal to which whole lines are written. A line that could be written in part only is taken
/// back, so that an attempt made again, when there is room on the disk, does not leave broken lines behind.
///
/// Thread safety: none.
class LineFile {
public:
    /// `name` stands for the file in messages.
    LineFile(FileDescriptor file, std::string name)
        : file_{std::move(file)}
        , name_{std::move(name)} {
        struct stat status{};
        is_regular_ = ::fstat(file_.get(), &status) == 0 && S_ISREG(status.st_mode);
    }

    /// Standard output.
    [[nodiscard]] static LineFile standard_output() {
        return LineFile{FileDescriptor::lend(STDOUT_FILENO), "standard output"};
    }

    /// Opens for appending; creates the file where it is missing. A last line without an end, which somebody was kept
    /// from writing, is given one before the first line is written.
    ///
    /// Throws: `std::system_error` that names the file.
    [[nodiscard]] static LineFile append_to(const std::string& path) {
        FileDescriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)};
        if (!file.is_open()) { throw std::system_error{errno, std::generic_category(), path}; }
        LineFile lines{std::move(file), path};
        lines.torn_ = lines.ends_in_torn_line(path) ? 1 : 0;
        return lines;
    }

    /// Writes a line, or several, their ends included, or nothing.
    ///
    /// Throws: `std::system_error` that names the file.
    void write(std::string_view line) {
        if (torn_ != 0) { end_torn_line(); }
        std::size_t written = 0;
        const int error = write_all(file_.get(), line, written);
        if (error != 0) {
            torn_ = take_back(written) ? 0 : torn_ + written;
            fail(error);
        }
    }

    /// Waits until what has been written would survive a loss of power; nothing to do for pipes and terminals.
    ///
    /// Throws: `std::system_error` that names the file.
    void sync() {
        if (is_regular_ && ::fsync(file_.get()) != 0) { fail(errno); }
    }

    /// Throws: `std::system_error` that names the file.
    void close() {
        if (const int error = file_.close(); error != 0) { fail(error); }
    }

private:
    [[nodiscard]] bool ends_in_torn_line(const std::string& path) const {
        if (!is_regular_) { return false; }
        const FileDescriptor reader{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
        char last = '\n';  // of an empty file, and of one that may not be read
        const off_t end = reader.is_open() ? ::lseek(reader.get(), 0, SEEK_END) : 0;
        return end > 0 && ::pread(reader.get(), &last, 1, end - 1) == 1 && last != '\n';
    }

    /// Cuts off the last `size` bytes, as long as they are the file's end (another process may append, too).
    [[nodiscard]] bool take_back(std::size_t size) noexcept {
        if (size == 0) { return true; }
        struct stat status{};
        const off_t position = ::lseek(file_.get(), 0, SEEK_CUR);
        if (!is_regular_ || position < 0 || ::fstat(file_.get(), &status) != 0 ||
            status.st_size != position) {
            return false;
        }
        const off_t end = position - static_cast<off_t>(size);
        return ::ftruncate(file_.get(), end) == 0 && ::lseek(file_.get(), end, SEEK_SET) == end;
    }

    /// What could not be taken back becomes a line of its own.
    void end_torn_line() {
        std::size_t written = 0;
        if (const int error = write_all(file_.get(), "\n", written); error != 0) { fail(error); }
        torn_ = 0;
    }

    [[noreturn]] void fail(int error) const {
        throw std::system_error{error, std::generic_category(), name_};
    }

    FileDescriptor file_;
    std::string name_;
    bool is_regular_ = false;
    /// How much of a broken line stands at the end.
    std::size_t torn_ = 0;
};

}  // namespace driver
