#pragma once

#include "../support/integer_text.hpp"
#include "../support/line_file.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace driver {

/// Writes integers, one a line. What has been given is written when the call returns: who reads the other end of a
/// pipe does not wait.
///
/// Thread safety: none.
class IntegerOutput {
public:
    explicit IntegerOutput(LineFile file)
        : file_{std::move(file)}
        , buffer_(values_a_write * longest_integer_line + integer_text_padding) {}

    /// Throws: `std::system_error` that names the file.
    template <class Key>
    void write(std::span<const Key> values) {
        count_ += values.size();
        while (!values.empty()) {
            const auto some = values.first(std::min(values.size(), values_a_write));
            char* end = buffer_.data();
            for (const Key value : some) { end = write_integer_line(end, value); }
            file_.write({buffer_.data(), static_cast<std::size_t>(end - buffer_.data())});
            values = values.subspan(some.size());
        }
    }

    /// Throws: `std::system_error` that names the file.
    void close() { file_.close(); }

    /// How many values have been written.
    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

private:
    static constexpr std::size_t values_a_write = 16'384;

    LineFile file_;
    std::vector<char> buffer_;
    std::uint64_t count_ = 0;
};

}  // namespace driver
