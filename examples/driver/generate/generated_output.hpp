#pragma once

#include "../errors.hpp"
#include "../support/file_descriptor.hpp"
#include "../support/stop_signal.hpp"
#include "../uri.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace driver {

/// Where generated lines go: standard output, or a file that is overwritten.
class GeneratedOutput {
public:
    /// `to`: `stdout:` or a path. No line is longer than `line_bound`. Throws: `UsageError`, `RuntimeFailure`.
    GeneratedOutput(std::string to, std::size_t line_bound)
        : to_{std::move(to)}
        , buffer_(std::max(buffer_size, 2 * line_bound))
        , full_{buffer_.data() + buffer_.size() - line_bound}
        , end_{buffer_.data()} {
        const Uri uri = Uri::parse(to_);
        if (uri.scheme == "stdout" && uri.rest.empty()) {
            file_ = FileDescriptor::lend(STDOUT_FILENO);
            return;
        }
        if (!uri.scheme.empty()) {
            throw UsageError{"--to " + to_ + ": what is generated goes to stdout: or to a path"};
        }
        file_ = FileDescriptor{::open(to_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)};
        if (!file_.is_open()) { fail(errno); }
    }

    /// Lets `write(char* out)` write a line; it returns its end. Returns false where the program is to stop.
    template <class Write>
    [[nodiscard]] bool line(Write&& write) {
        end_ = write(end_);
        if (end_ <= full_) { return true; }
        flush();
        return !StopSignal::is_requested();
    }

    /// Nothing more comes.
    void close() {
        flush();
        if (const int error = file_.close(); error != 0) { fail(error); }
    }

private:
    /// Where the file system can, it keeps in its cache in one piece what it is given in one piece, which is then mapped and read
    /// at once.
    static constexpr std::size_t buffer_size = std::size_t{4} << 20U;

    void flush() {
        const std::string_view text{buffer_.data(), static_cast<std::size_t>(end_ - buffer_.data())};
        std::size_t written = 0;
        if (const int error = write_all(file_.get(), text, written); error != 0) { fail(error); }
        end_ = buffer_.data();
    }

    [[noreturn]] void fail(int error) const {
        throw RuntimeFailure{(to_ == "stdout:" ? "standard output" : to_) + ": " + std::strerror(error)};
    }

    std::string to_;
    std::vector<char> buffer_;
    char* full_;
    char* end_;
    FileDescriptor file_;
};

}  // namespace driver
