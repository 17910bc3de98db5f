#pragma once

#include "../support/integer_text.hpp"
#include "../support/line_file.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace driver {

/// Integers as text, one a line.
class IntegerLines {
public:
    /// Replaces the text. Throws: `std::bad_alloc`.
    template <class Key>
    void assign(std::span<const Key> values) {
        const std::size_t room = values.size() * longest_integer_line + integer_text_padding;
        if (text_.size() < room) { text_.resize(room); }
        char* end = text_.data();
        for (const Key value : values) { end = write_integer_line(end, value); }
        size_ = static_cast<std::size_t>(end - text_.data());
        count_ = values.size();
    }

    [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), size_}; }
    /// How many integers there are.
    [[nodiscard]] std::size_t count() const noexcept { return count_; }

private:
    std::vector<char> text_;
    std::size_t size_ = 0;
    std::size_t count_ = 0;
};

/// Where integers go. What has been given is written when the call returns: who reads the other end of a pipe does not
/// wait.
///
/// Thread safety: none.
class IntegerOutput {
public:
    explicit IntegerOutput(LineFile file)
        : file_{std::move(file)} {}

    /// Throws: `std::system_error` that names the file.
    void write(const IntegerLines& lines) {
        file_.write(lines.text());
        count_ += lines.count();
    }

    /// Throws: `std::system_error` that names the file.
    void close() { file_.close(); }

    /// How many integers have been written.
    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

private:
    LineFile file_;
    std::uint64_t count_ = 0;
};

}  // namespace driver
