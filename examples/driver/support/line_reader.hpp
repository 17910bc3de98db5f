#pragma once

#include "file_descriptor.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include <unistd.h>

namespace driver {

/// A line of input.
struct Line {
    /// Without its end, `\n` or `\r\n`. Empty where `is_too_long`.
    std::string_view text{};
    /// Counts all lines, blank ones too, from 1.
    std::uint64_t number = 0;
    /// Longer than the limit; its text was thrown away while it was read.
    bool is_too_long = false;
};

/// Splits what a file descriptor gives into lines, as soon as it gives them: `fill` makes one call of `read`, and
/// `next` hands out the lines that are complete. Blank lines and a byte order mark are skipped, the last
/// line may lack its end.
///
/// A pending `read` ends early where a second descriptor (the stop signal's) becomes readable.
///
/// Memory: one buffer, which grows with the longest line up to the limit and shrinks again.
///
/// Thread safety: one object, one thread.
class LineReader {
public:
    enum class Fill : std::uint8_t {
        more,     ///< Call `next` until it has no more, then `fill` again.
        end,      ///< There is nothing more.
        stopped,  ///< The stop descriptor is readable.
        failed,   ///< `error()` is the reason.
    };

    /// This many bytes after each line can be read: a part of the next line, or anything.
    static constexpr std::size_t padding = 64;

    /// `stop_fd` -1: cannot be stopped.
    LineReader(int fd, int stop_fd, std::size_t max_line)
        : fd_{fd}
        , stop_fd_{stop_fd}
        , max_line_{max_line}
        , buffer_(usual_capacity + padding) {}

    /// Waits for input and reads what is there. Lines handed out before are invalid afterwards.
    ///
    /// Throws: `std::bad_alloc`.
    [[nodiscard]] Fill fill() {
        if (is_at_end_) { return Fill::end; }
        make_room();
        ssize_t count = 0;
        do {
            if (!wait_for_input(fd_, stop_fd_)) { return Fill::stopped; }
            count = ::read(fd_, buffer_.data() + end_, capacity() - end_);
        } while (count < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK));
        if (count < 0) {
            error_ = errno;
            return Fill::failed;
        }
        if (count == 0) {
            is_at_end_ = true;
            return begin_ < end_ || is_skipping_ ? Fill::more : Fill::end;
        }
        end_ += static_cast<std::size_t>(count);
        bytes_ += static_cast<std::uint64_t>(count);
        return Fill::more;
    }

    /// The next line that is complete, without a system call. False: there is none before the next `fill`.
    [[nodiscard]] bool next(Line& line) noexcept {
        while (take(line)) {
            if (line.number == 1 && line.text.starts_with("\xEF\xBB\xBF")) { line.text.remove_prefix(3); }
            if (line.text.ends_with('\r')) { line.text.remove_suffix(1); }
            if (line.text.size() > max_line_) {
                line.text = {};
                line.is_too_long = true;
            }
            if (line.is_too_long || line.text.find_first_not_of(" \t\r") != std::string_view::npos) {
                return true;
            }
        }
        return false;
    }

    /// The `errno` of the failure.
    [[nodiscard]] int error() const noexcept { return error_; }
    /// How many bytes have been read.
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

private:
    static constexpr std::size_t usual_capacity = std::size_t{256} << 10U;
    /// What the limit on a line does not count: a byte order mark and a `\r`.
    static constexpr std::size_t uncounted = 4;

    [[nodiscard]] std::size_t capacity() const noexcept { return buffer_.size() - padding; }

    /// Moves the incomplete line to the front and makes the buffer larger where that line fills it.
    void make_room() {
        const std::size_t rest = end_ - begin_;
        if (rest > max_line_ + uncounted) {
            is_skipping_ = true;
            begin_ = end_ = scanned_ = 0;
            return;
        }
        const bool is_large = capacity() > usual_capacity && rest < usual_capacity / 2;
        if (rest == capacity() || is_large) {
            const std::size_t wanted =
                is_large ? usual_capacity : std::min(2 * capacity(), max_line_ + uncounted + 1);
            std::vector<char> other(wanted + padding);
            std::copy_n(buffer_.data() + begin_, rest, other.data());
            buffer_.swap(other);
        } else if (begin_ > 0) {
            std::memmove(buffer_.data(), buffer_.data() + begin_, rest);
        }
        scanned_ -= begin_;
        begin_ = 0;
        end_ = rest;
    }

    /// The next line with its `\r`, blank or not.
    [[nodiscard]] bool take(Line& line) noexcept {
        const char* const data = buffer_.data();
        const void* const found =
            end_ > scanned_ ? std::memchr(data + scanned_, '\n', end_ - scanned_) : nullptr;
        if (found == nullptr) {
            scanned_ = end_;
            if (!is_at_end_ || (begin_ == end_ && !is_skipping_)) { return false; }
        }
        const std::size_t stop =
            found == nullptr ? end_ : static_cast<std::size_t>(static_cast<const char*>(found) - data);
        line.text = {data + begin_, stop - begin_};
        line.number = ++lines_;
        line.is_too_long = is_skipping_;
        if (is_skipping_) {
            line.text = {};
            is_skipping_ = false;
        }
        begin_ = scanned_ = found == nullptr ? end_ : stop + 1;
        return true;
    }

    int fd_;
    int stop_fd_;
    std::size_t max_line_;
    std::vector<char> buffer_;
    // [begin_, end_) is unread; [begin_, scanned_) holds no end of a line.
    std::size_t begin_ = 0;
    std::size_t scanned_ = 0;
    std::size_t end_ = 0;
    std::uint64_t lines_ = 0;
    std::uint64_t bytes_ = 0;
    int error_ = 0;
    bool is_skipping_ = false;
    bool is_at_end_ = false;
};

}  // namespace driver
