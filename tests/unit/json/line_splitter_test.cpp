#include <sheaf/json/line_splitter.hpp>

#include <random.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

std::vector<std::string> split_lines(std::string_view text) {
    std::vector<std::string> lines;
    sheaf::LineSplitter splitter{text};
    for (std::string_view line; splitter.next(line);) { lines.emplace_back(line); }
    std::string_view none = "unchanged";
    CHECK_FALSE(splitter.next(none));
    CHECK(none == "unchanged");
    return lines;
}

/// The same by the standard library.
std::vector<std::string> getline_lines(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream{text};
    for (std::string line; std::getline(stream, line);) { lines.push_back(line); }
    return lines;
}

}  // namespace

TEST_CASE("LineSplitter: blank lines, ends by CR and LF, and a last line without an end") {
    using Lines = std::vector<std::string>;
    CHECK(split_lines({}).empty());
    CHECK(split_lines("\n") == Lines{""});
    CHECK(split_lines("a") == Lines{"a"});
    CHECK(split_lines("a\n\n\r\nb\r\nc") == Lines{"a", "", "\r", "b\r", "c"});
    CHECK(split_lines(std::string_view{"a\0b\n", 4}) == Lines{std::string("a\0b", 3)});
}

TEST_CASE(
    "LineSplitter: lines of any length are those of std::getline, and nothing beyond the text is read") {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        CAPTURE(seed);
        test::Random random{seed};
        std::string text;
        const std::uint64_t lines = random.below(40);
        for (std::uint64_t i = 0; i < lines; ++i) {
            text.append(random.below(random.chance(25) ? 20'000 : 200), 'x');
            if (i + 1 < lines || random.chance(50)) { text += '\n'; }
        }
        // Of its exact size, so that a sanitizer sees what is read beyond it.
        const std::vector<char> exact{text.begin(), text.end()};
        CHECK(split_lines({exact.data(), exact.size()}) == getline_lines(text));
    }
}
