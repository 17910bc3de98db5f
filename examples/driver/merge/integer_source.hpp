#pragma once

#include "../errors.hpp"
#include "../support/input_file.hpp"
#include "../support/integer_text.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

namespace driver {

/// Integers, one a line, from a file, a pipe or a terminal, some at a time. Blank lines and a byte order mark are
/// skipped, lines may end with CR and LF, and the last one may lack its end.
///
/// `Key`: a 64-bit integer. Thread safety: one thread.
template <class Key>
class IntegerSource {
public:
    enum class Fill : std::uint8_t {
        more,     ///< There are values, or a fault, or nothing yet.
        end,      ///< There is nothing more.
        stopped,  ///< The program is to stop.
    };

    /// `stdin:` or a path; `block` bytes are read at a time.
    ///
    /// Throws: `UsageError`, `RuntimeFailure`.
    IntegerSource(const std::string& from, int stop_descriptor, std::size_t block)
        : input_{InputFile::open_source(from, "partitions come from")}
        , stop_descriptor_{stop_descriptor}
        , buffer_(block + integer_text_padding) {
        struct stat status{};
        is_stream_ = ::fstat(input_.file.get(), &status) != 0 || !S_ISREG(status.st_mode);
        if (!is_stream_) { size_ = static_cast<std::uint64_t>(status.st_size); }
    }

    /// Replaces `values` by the next ones. A line that is no integer ends them: then `fault` says so, and nothing
    /// more can be read.
    ///
    /// Throws: `RuntimeFailure` where reading fails, `std::bad_alloc`.
    [[nodiscard]] Fill read(std::vector<Key>& values) {
        values.clear();
        if (is_at_end_) { return Fill::end; }
        if (is_stream_ && !wait_for_input(input_.file.get(), stop_descriptor_)) { return Fill::stopped; }
        begin_next_text();
        const ssize_t count = ::read(input_.file.get(), buffer_.data() + held_, capacity() - held_);
        if (count < 0) {
            if (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK) { return Fill::more; }
            fail(errno);
        }
        bytes_ += static_cast<std::uint64_t>(count);
        held_ += static_cast<std::size_t>(count);
        is_at_end_ = count == 0;
        find_text();
        parse(values);
        return Fill::more;
    }

    /// What is wrong with the line behind the last values, if anything is.
    [[nodiscard]] const std::optional<std::string>& fault() const noexcept { return fault_; }
    /// As messages name the place of a value among those that were read last.
    [[nodiscard]] std::string describe(std::size_t value) const {
        std::uint64_t line = first_line_;
        for (std::size_t at = begin_of_text(); at < text_; ++line) {
            const std::string_view rest{buffer_.data() + at, text_ - at};
            const std::string_view here = rest.substr(0, rest.find('\n'));
            if (!is_blank(here) && value-- == 0) { break; }
            at += here.size() + 1;
        }
        return input_.name + ':' + std::to_string(line);
    }

    /// To wait for it may take any time.
    [[nodiscard]] bool is_stream() const noexcept { return is_stream_; }
    [[nodiscard]] const std::string& name() const noexcept { return input_.name; }
    [[nodiscard]] std::uint64_t bytes_read() const noexcept { return bytes_; }
    /// Its size, if it is known.
    [[nodiscard]] std::optional<std::uint64_t> size() const noexcept { return size_; }

private:
    [[nodiscard]] std::size_t capacity() const noexcept { return buffer_.size() - integer_text_padding; }

    [[noreturn]] void fail(int error) const {
        throw RuntimeFailure{input_.name + ": " + std::strerror(error)};
    }

    /// Behind the byte order mark, where there is one.
    [[nodiscard]] std::size_t begin_of_text() const noexcept {
        const std::string_view text{buffer_.data(), text_};
        return first_line_ == 1 && text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
    }

    /// Moves the incomplete line behind the last text to the front.
    void begin_next_text() noexcept {
        first_line_ += static_cast<std::uint64_t>(std::count(buffer_.data(), buffer_.data() + text_, '\n'));
        std::memmove(buffer_.data(), buffer_.data() + text_, held_ - text_);
        held_ -= text_;
        text_ = 0;
    }

    /// What is held up to the end of the last line.
    void find_text() {
        const std::string_view held{buffer_.data(), held_};
        if (is_at_end_) {
            if (held_ != 0 && held.back() != '\n') { buffer_[held_++] = '\n'; }
            text_ = held_;
            return;
        }
        const auto last = held.rfind('\n');
        text_ = last == std::string_view::npos ? 0 : last + 1;
        if (held_ - text_ > longest_line) {
            const auto lines = std::count(buffer_.data(), buffer_.data() + text_, '\n');
            fault_ = input_.name + ':' + std::to_string(first_line_ + static_cast<std::uint64_t>(lines)) +
                     too_long;
        }
    }

    void parse(std::vector<Key>& values) {
        const char* at = buffer_.data() + begin_of_text();
        const char* const end = buffer_.data() + text_;
        values.resize(text_ / 2 + 1);
        Key* out = values.data();
        while (at != end) {
            const char* rest = read_integer(at, end, *out);
            // Asked one by one: what is guessed right does not have to be waited for.
            if (rest != nullptr && *rest == '\n') {
                at = rest + 1;
                ++out;
                continue;
            }
            if (rest != nullptr && *rest == '\r' && rest[1] == '\n') {
                at = rest + 2;
                ++out;
                continue;
            }
            const auto* const line_end =
                static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
            const std::string_view line{at, static_cast<std::size_t>(line_end - at)};
            if (!is_blank(line)) {
                refuse(line, static_cast<std::size_t>(out - values.data()));
                break;
            }
            at = line_end + 1;
        }
        values.resize(static_cast<std::size_t>(out - values.data()));
    }

    [[nodiscard]] static bool is_blank(std::string_view line) noexcept {
        return line.find_first_not_of(" \t\r") == std::string_view::npos;
    }

    void refuse(std::string_view line, std::size_t value) {
        if (line.ends_with('\r')) { line.remove_suffix(1); }
        if (line.size() > longest_line) {
            fault_ = describe(value) + too_long;
            return;
        }
        constexpr std::size_t longest_shown = 40;
        std::string shown;
        for (const char byte : line.substr(0, longest_shown)) {
            shown += byte >= ' ' && byte <= '~' ? byte : '?';
        }
        const auto other = line.find_first_not_of("0123456789", line.starts_with('-') ? 1 : 0);
        const bool is_integer = other == std::string_view::npos && line != "-";
        fault_ =
            describe(value) + ": '" + shown + (line.size() > longest_shown ? "...'" : "'") +
            (!is_integer                                      ? " is not an integer"
             : std::is_unsigned_v<Key> && line.front() == '-' ? " has a sign, which --unsigned excludes"
                                                              : " is beyond the integers that 64 bits hold");
    }

    static constexpr const char* too_long = ": is longer than any integer";
    /// A line that is longer is no integer, whatever leading zeros it has.
    static constexpr std::size_t longest_line = 1024;

    InputFile input_;
    int stop_descriptor_;
    /// `text_` bytes of whole lines, which `describe` looks at, and behind them, up to `held_`, the beginning of the
    /// next one.
    std::vector<char> buffer_;
    std::size_t text_ = 0;
    std::size_t held_ = 0;
    std::uint64_t first_line_ = 1;
    std::uint64_t bytes_ = 0;
    std::optional<std::uint64_t> size_;
    std::optional<std::string> fault_;
    bool is_stream_ = false;
    bool is_at_end_ = false;
};

}  // namespace driver
