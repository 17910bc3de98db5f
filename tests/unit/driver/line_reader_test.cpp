#include "../../../examples/driver/support/line_reader.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace {

using driver::Line;
using driver::LineReader;

class Pipe {
public:
    Pipe() { REQUIRE(::pipe(ends_) == 0); }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() {
        ::close(ends_[0]);
        close_writer();
    }
    [[nodiscard]] int reader() const { return ends_[0]; }
    void write(std::string_view text) const {
        std::size_t done = 0;
        while (done < text.size()) {
            const ssize_t count = ::write(ends_[1], text.data() + done, text.size() - done);
            REQUIRE(count > 0);
            done += static_cast<std::size_t>(count);
        }
    }
    void close_writer() {
        if (ends_[1] >= 0) {
            ::close(ends_[1]);
            ends_[1] = -1;
        }
    }

private:
    int ends_[2];
};

struct Seen {
    std::string text;
    std::uint64_t number;
    bool is_too_long;
    bool operator==(const Seen&) const = default;
};

/// All that can be read without waiting for more.
void take(LineReader& reader, std::vector<Seen>& seen) {
    Line line;
    while (reader.next(line)) { seen.push_back({std::string{line.text}, line.number, line.is_too_long}); }
}

std::vector<Seen> read_all(std::string_view input, std::size_t max_line = 1000) {
    Pipe pipe;
    std::thread writer{[&] {
        pipe.write(input);
        pipe.close_writer();
    }};
    LineReader reader{pipe.reader(), -1, max_line};
    std::vector<Seen> seen;
    while (reader.fill() == LineReader::Fill::more) { take(reader, seen); }
    writer.join();
    CHECK(reader.fill() == LineReader::Fill::end);
    CHECK(reader.bytes() == input.size());
    return seen;
}

}  // namespace

TEST_CASE("lines with every kind of end") {
    CHECK(read_all("").empty());
    CHECK(read_all("\n\r\n \t\n").empty());
    CHECK(read_all("a\nb\n") == std::vector<Seen>{{"a", 1, false}, {"b", 2, false}});
    CHECK(read_all("a\r\n\r\n\nb") == std::vector<Seen>{{"a", 1, false}, {"b", 4, false}});
    CHECK(read_all("a\r") == std::vector<Seen>{{"a", 1, false}});
    CHECK(read_all("a\rb\n") == std::vector<Seen>{{"a\rb", 1, false}});
    CHECK(read_all(std::string_view{"a\0b\n", 4}) == std::vector<Seen>{{std::string("a\0b", 3), 1, false}});
}

TEST_CASE("a byte order mark is skipped at the start only") {
    CHECK(read_all("\xEF\xBB\xBF{}\n\xEF\xBB\xBF{}\n") ==
          std::vector<Seen>{{"{}", 1, false}, {"\xEF\xBB\xBF{}", 2, false}});
    CHECK(read_all("\xEF\xBB\xBF\n").empty());
}

TEST_CASE("a line is handed out before the next one is there") {
    Pipe pipe;
    LineReader reader{pipe.reader(), -1, 1000};
    std::vector<Seen> seen;
    pipe.write("first\nsec");
    REQUIRE(reader.fill() == LineReader::Fill::more);
    take(reader, seen);
    CHECK(seen == std::vector<Seen>{{"first", 1, false}});
    pipe.write("ond\n");
    REQUIRE(reader.fill() == LineReader::Fill::more);
    take(reader, seen);
    CHECK(seen == std::vector<Seen>{{"first", 1, false}, {"second", 2, false}});
}

TEST_CASE("a line over the limit is reported once and what follows is read") {
    const std::string limit(100, 'x');
    CHECK(read_all(limit + "\n" + limit + "\r\n" + limit + "y\nz\n", 100) ==
          std::vector<Seen>{{limit, 1, false}, {limit, 2, false}, {"", 3, true}, {"z", 4, false}});
    const std::string huge(std::size_t{3} << 20U, 'x');
    CHECK(read_all("a\n" + huge + "\nz\n", 100) ==
          std::vector<Seen>{{"a", 1, false}, {"", 2, true}, {"z", 3, false}});
    CHECK(read_all("a\n" + huge, 100) == std::vector<Seen>{{"a", 1, false}, {"", 2, true}});
    CHECK(read_all(huge + "\n" + huge + "\nz", std::size_t{1} << 20U) ==
          std::vector<Seen>{{"", 1, true}, {"", 2, true}, {"z", 3, false}});
}

TEST_CASE("neither a byte order mark nor the place of a cut counts against the limit") {
    const std::string limit(100, 'x');
    for (const std::string end : {"\n", "\r\n"}) {
        const std::string input = "\xEF\xBB\xBF" + limit + end + limit + "y" + end + limit + end;
        for (std::size_t cut = 1; cut < input.size(); ++cut) {
            CAPTURE(cut);
            Pipe pipe;
            LineReader reader{pipe.reader(), -1, 100};
            std::vector<Seen> seen;
            pipe.write(input.substr(0, cut));
            REQUIRE(reader.fill() == LineReader::Fill::more);
            take(reader, seen);
            pipe.write(input.substr(cut));
            REQUIRE(reader.fill() == LineReader::Fill::more);
            take(reader, seen);
            CHECK(seen == std::vector<Seen>{{limit, 1, false}, {"", 2, true}, {limit, 3, false}});
        }
    }
}

TEST_CASE("lines larger than the buffer are read whole and small ones after them") {
    const std::string large(std::size_t{3} << 20U, 'x');
    std::string input;
    std::vector<Seen> expected;
    for (std::uint64_t number = 1; number <= 30; ++number) {
        const std::string line = number % 7 == 3 ? large : "line " + std::to_string(number);
        input += line + '\n';
        expected.push_back({line, number, false});
    }
    CHECK(read_all(input, std::size_t{3} << 20U) == expected);
}

TEST_CASE("many lines of many lengths") {
    std::string input;
    std::vector<Seen> expected;
    std::uint64_t state = 1;
    for (std::uint64_t number = 1; number <= 20'000; ++number) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        const std::string line(state >> 55U, static_cast<char>('a' + number % 26));
        input += line + '\n';
        if (!line.empty()) { expected.push_back({line, number, false}); }
    }
    CHECK(read_all(input) == expected);
}

TEST_CASE("the stop descriptor ends a wait") {
    Pipe pipe;
    Pipe stop;
    LineReader reader{pipe.reader(), stop.reader(), 1000};
    std::thread stopper{[&] {
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
        stop.write("!");
    }};
    CHECK(reader.fill() == LineReader::Fill::stopped);
    stopper.join();
}

TEST_CASE("a read that fails says why") {
    const int directory = ::open("/", O_RDONLY);  // NOLINT(cppcoreguidelines-pro-type-vararg)
    REQUIRE(directory >= 0);
    LineReader reader{directory, -1, 1000};
    CHECK(reader.fill() == LineReader::Fill::failed);
    CHECK(reader.error() == EISDIR);
    ::close(directory);
}
