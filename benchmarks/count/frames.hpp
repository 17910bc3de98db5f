#pragma once

#include <support/scale.hpp>

#include <sheaf/json/line_splitter.hpp>

#include <driver/generate/frame_text.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sheaf_bench {

/// Frames one after the other, in memory that may be read beyond them, as simdjson does.
class FrameBuffer {
public:
    static constexpr std::size_t padding = 64;

    /// Where `frames` has room for the padding it is not copied.
    explicit FrameBuffer(std::string frames)
        : size_{frames.size()}
        , memory_{std::move(frames)} {
        memory_.append(padding, '\0');
    }

    [[nodiscard]] std::string_view frames() const noexcept { return {memory_.data(), size_}; }
    /// How much may be read from here on.
    [[nodiscard]] std::size_t readable(const char* from) const noexcept {
        return static_cast<std::size_t>(memory_.data() + memory_.size() - from);
    }

private:
    std::size_t size_;
    std::string memory_;
};

/// Calls `take(line)` with each line, without its end.
template <class Take>
void for_each_line(std::string_view text, Take&& take) {
    sheaf::LineSplitter lines{text};
    for (std::string_view line; lines.next(line);) { take(line); }
}

/// A gigabyte of them, one JSON object a line: of 100,000 users, 1,000 a second. Made when it is first asked for.
[[nodiscard]] inline const FrameBuffer& json_frames() {
    static const FrameBuffer frames = [] {
        const std::size_t size = scaled(std::size_t{1} << 30U);
        driver::FrameText text{driver::FrameShape{.users = 100'000, .rate = 1'000}};
        std::vector<char> line(text.bound());
        std::string lines;
        lines.reserve(size + line.size() + FrameBuffer::padding);
        while (lines.size() < size) {
            const char* const end = text.write(line.data());
            lines.append(line.data(), static_cast<std::size_t>(end - line.data()));
        }
        return FrameBuffer{std::move(lines)};
    }();
    return frames;
}

}  // namespace sheaf_bench
