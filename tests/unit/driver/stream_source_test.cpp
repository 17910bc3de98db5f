#include "../../../examples/driver/count/stream_source.hpp"

#include <random.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

namespace {

constexpr std::size_t longest_line = 100;

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t size = std::min(text.find('\n'), text.size());
        // Of a line that is too long only that can be told.
        lines.emplace_back(size > longest_line + 1 ? "too long" : text.substr(0, size));
        text.remove_prefix(std::min(size + 1, text.size()));
    }
    return lines;
}

/// What a source makes of a text that comes in pieces. `pieces_end`: where they end.
std::vector<std::string> lines_of_stream(std::string_view text, const std::vector<std::size_t>& pieces_end) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    driver::StreamSource source{driver::FileDescriptor{ends[0]}, "pipe", longest_line};
    std::vector<std::string> lines;
    driver::FrameBlock block;
    std::uint64_t bytes = 0;
    const auto take = [&] {
        bytes += block.bytes;
        for (std::string& line : lines_of(block.text)) { lines.push_back(std::move(line)); }
    };
    std::size_t begin = 0;
    for (const std::size_t end : pieces_end) {
        REQUIRE(::write(ends[1], text.data() + begin, end - begin) == static_cast<ssize_t>(end - begin));
        begin = end;
        if (source.next(block)) {
            CHECK_FALSE(block.is_last);
            CHECK(block.text.ends_with('\n'));
            take();
        }
    }
    REQUIRE(::close(ends[1]) == 0);
    REQUIRE(source.next(block));
    CHECK(block.is_last);
    take();
    CHECK(bytes == text.size());
    return lines;
}

}  // namespace

TEST_CASE("StreamSource: lines do not depend on the pieces in which they come") {
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        CAPTURE(seed);
        test::Random random{seed};
        std::string text = random.chance(50) ? "\xEF\xBB\xBF" : "";
        const std::size_t mark = text.size();
        const std::uint64_t count = random.below(12);
        for (std::uint64_t i = 0; i < count; ++i) {
            const auto letter = static_cast<char>('a' + i);
            text.append(random.chance(20) ? random.between(95, 400) : random.below(30), letter);
            text += random.chance(20) ? "\r\n" : "\n";
        }
        if (random.chance(50) && text.size() > mark) { text.pop_back(); }
        std::vector<std::size_t> pieces_end;
        for (std::size_t end = 0; end < text.size();) {
            end += random.between(1, random.chance(50) ? 7 : 200);
            end = std::min(end, text.size());
            pieces_end.push_back(end);
        }
        CHECK(lines_of_stream(text, pieces_end) == lines_of(std::string_view{text}.substr(mark)));
    }
}

TEST_CASE("StreamSource: who stops gets the beginning of the last line") {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    driver::StreamSource source{driver::FileDescriptor{ends[0]}, "pipe", longest_line};
    driver::FrameBlock block;
    CHECK_FALSE(source.take_rest(block));
    REQUIRE(::write(ends[1], "one\ntwo", 7) == 7);
    REQUIRE(source.next(block));
    CHECK(block.text == "one\n");
    REQUIRE(source.take_rest(block));
    CHECK(block.text == "two");
    CHECK_FALSE(source.take_rest(block));
    REQUIRE(::close(ends[1]) == 0);
}
