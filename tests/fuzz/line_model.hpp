#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

/// A line as it was read, or should have been.
struct SeenLine {
    std::string text;
    std::uint64_t number = 0;
    bool is_too_long = false;

    bool operator==(const SeenLine&) const = default;
};

/// The rules of driver::LineReader on an input that is there as a whole.
[[nodiscard]] inline std::vector<SeenLine> lines_of(std::string_view input, std::size_t limit) {
    std::vector<SeenLine> lines;
    for (std::uint64_t number = 1; !input.empty(); ++number) {
        const std::size_t end = input.find('\n');
        std::string_view line = input.substr(0, end);
        input.remove_prefix(end == std::string_view::npos ? input.size() : end + 1);
        if (number == 1 && line.starts_with("\xEF\xBB\xBF")) { line.remove_prefix(3); }
        if (line.ends_with('\r')) { line.remove_suffix(1); }
        const bool is_too_long = line.size() > limit;
        const bool is_blank = line.find_first_not_of(" \t\r") == std::string_view::npos;
        if (is_too_long) { line = {}; }
        if (is_too_long || !is_blank) { lines.push_back({std::string{line}, number, is_too_long}); }
    }
    return lines;
}

}  // namespace fuzz
