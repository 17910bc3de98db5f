#include "harness.hpp"

#include "../../examples/driver/support/line_reader.hpp"
#include "json_errors.hpp"
#include "line_model.hpp"
#include "packet_json.hpp"
#include "random.hpp"

#include <sheaf/connect/json_packet_reader.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

namespace {

using driver::LineReader;
using fuzz::fail;
using fuzz::Form;
using fuzz::SeenLine;
using sheaf::JsonError;
using sheaf::JsonPacketReader;
using sheaf::JsonReadStatus;
using sheaf::Packet;

constexpr std::string_view good_line = R"({"resource_id":7,"packet_index":3,"payload":"good"})";

class Pipe {
public:
    Pipe() {
        if (::pipe(ends_) != 0) { fail("no pipe"); }
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() {
        ::close(ends_[0]);
        close_writer();
    }
    [[nodiscard]] int reader() const { return ends_[0]; }
    /// Precondition: `text` finds room, since nobody reads meanwhile.
    void write(std::string_view text) const {
        if (::write(ends_[1], text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
            fail("the pipe is full");
        }
    }
    void close_writer() {
        if (ends_[1] >= 0) { ::close(ends_[1]); }
        ends_[1] = -1;
    }

private:
    int ends_[2] = {-1, -1};
};

/// How many bytes each read gets: everything at once, or what a seed says.
class Cuts {
public:
    Cuts() = default;
    explicit Cuts(std::uint64_t seed)
        : random_{seed}
        , mean_{std::size_t{1} << random_.below(8)} {}
    [[nodiscard]] std::size_t next(std::size_t left) {
        // A write to a pipe of more than it can hold would wait.
        return std::min(left, mean_ == 0 ? std::size_t{4096}
                                         : 1 + static_cast<std::size_t>(random_.below(2 * mean_)));
    }

private:
    test::Random random_{0};
    std::size_t mean_ = 0;
};

std::vector<SeenLine> read_lines(std::string_view input, std::size_t limit, Cuts cuts) {
    Pipe pipe;
    LineReader reader{pipe.reader(), -1, limit};
    std::vector<SeenLine> lines;
    const auto take = [&] {
        driver::Line line;
        while (reader.next(line)) {
            lines.push_back({std::string{line.text}, line.number, line.is_too_long});
        }
    };
    const std::size_t size = input.size();
    while (!input.empty()) {
        const std::size_t count = cuts.next(input.size());
        pipe.write(input.substr(0, count));
        input.remove_prefix(count);
        if (reader.fill() != LineReader::Fill::more) { fail("lines: no more before the end"); }
        take();
    }
    pipe.close_writer();
    if (reader.fill() == LineReader::Fill::more) { take(); }
    if (reader.fill() != LineReader::Fill::end) { fail("lines: no end"); }
    if (reader.bytes() != size) { fail("lines: bytes() is " + std::to_string(reader.bytes())); }
    return lines;
}

void compare_lines(const char* what,
                   const std::vector<SeenLine>& actual,
                   const std::vector<SeenLine>& expected) {
    const auto [at, other] = std::mismatch(actual.begin(), actual.end(), expected.begin(), expected.end());
    if (at == actual.end() && other == expected.end()) { return; }
    const auto describe = [](const auto& line, const auto& end) {
        return line == end ? std::string{"no line"}
                           : "line " + std::to_string(line->number) +
                                 (line->is_too_long ? ", too long" : " with " + fuzz::quoted(line->text));
    };
    fail(std::string{what} + ": " + describe(at, actual.end()) + " instead of " +
         describe(other, expected.end()));
}

void compare_packets(const std::string& what, const Packet<>& actual, const Packet<>& expected) {
    if (actual.resource_id != expected.resource_id) { fail(what + ": another id"); }
    if (actual.index != expected.index) { fail(what + ": another index"); }
    if (actual.last != expected.last) { fail(what + ": another last flag"); }
    if (fuzz::payload_text(actual) != fuzz::payload_text(expected)) { fail(what + ": another payload"); }
}

/// What is written again as JSON is the same packet.
void check_packet(const Packet<>& packet, JsonPacketReader& reader) {
    if (packet.index > sheaf::max_index) { fail("the index is too large"); }
    for (const Form form : {Form::text, Form::base64, Form::envelope, Form::with_huge_number}) {
        const std::string json = fuzz::json_of(packet, form);
        Packet<> again;
        const JsonReadStatus status = reader.read(json, again);
        if (form == Form::text && !fuzz::is_utf8(fuzz::payload_text(packet))) {
            if (status.error != JsonError::invalid_utf8) { fail("not refused: " + json); }
            continue;
        }
        if (!status.ok()) { fail("refused: " + json + ": " + status.message()); }
        compare_packets("written again as " + json, again, packet);
    }
}

/// The same of its payload less one and two bytes: base64 ends in three ways.
void check_shorter_packets(Packet<> packet, JsonPacketReader& reader) {
    const std::string payload{fuzz::payload_text(packet)};
    for (std::size_t less = 1; less <= std::min<std::size_t>(payload.size(), 2); ++less) {
        packet.payload = sheaf::Payload{std::string_view{payload}.substr(0, payload.size() - less)};
        check_packet(packet, reader);
    }
}

/// An error is at a place within the text where there is a value.
void check_error(std::string_view text, const JsonReadStatus& status) {
    const std::string message = status.message();
    if (status.error == JsonError::line_too_long) { return; }
    fuzz::check_place(text, status, message);
    if (status.offset != JsonReadStatus::no_offset && !fuzz::is_syntax(status.error) &&
        std::strchr(" \t\r\n,:}]", text[status.offset]) != nullptr) {
        fail("no value is there: " + message);
    }
}

/// Two readers, so that a packet of one can be compared with a packet of the other, which has read other texts before.
class Readers {
public:
    explicit Readers(std::size_t limit)
        : limit_{limit}
        , in_place_{limit}
        , copying_{limit} {}

    /// The packet borrows from the readers. Where there is an error it is unchanged.
    JsonReadStatus check(std::string_view text, Packet<>& packet) {
        padded_.assign(text.begin(), text.end());
        padded_.insert(padded_.end(), JsonPacketReader::padding, '9');
        padded_.shrink_to_fit();
        const Packet<> before = packet;
        const JsonReadStatus status =
            in_place_.read_padded(std::string_view{padded_.data(), text.size()}, packet);
        Packet<> other = before;
        const JsonReadStatus expected = copying_.read(text, other);
        if (status.message() != expected.message() || status.error != expected.error) {
            fail("in place: " + status.message() + ", from a copy: " + expected.message());
        }
        compare_packets("in place", packet, other);
        if ((status.error == JsonError::line_too_long) != (text.size() > limit_)) {
            fail("the limit is not kept");
        }
        if (status.ok()) {
            check_packet(packet, rereading_);
            check_shorter_packets(packet, rereading_);
        } else {
            compare_packets("after an error", packet, before);
            check_error(text, status);
        }
        return status;
    }

private:
    std::size_t limit_;
    JsonPacketReader in_place_;
    JsonPacketReader copying_;
    JsonPacketReader rereading_;
    std::vector<char> padded_;
};

void check(std::string_view text, std::size_t limit, std::uint64_t seed) {
    const std::vector<SeenLine> lines = read_lines(text, limit, Cuts{});
    compare_lines("all at once", lines, fuzz::lines_of(text, limit));

    // Whatever comes before it, a good line is found, and what came before it as well.
    const std::string with_good =
        std::string{text} + '\n' + std::string{good_line} + (seed % 2 == 0 ? "\n" : "");
    std::vector<SeenLine> cut_lines = read_lines(with_good, limit, Cuts{seed});
    const auto ends = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
    if (cut_lines.empty() || cut_lines.back() != SeenLine{std::string{good_line}, ends + 2, false}) {
        fail("the good line is lost");
    }
    cut_lines.pop_back();
    compare_lines("in pieces", cut_lines, lines);

    Readers readers{limit};
    const Packet<> before{.resource_id = 77, .index = 78, .payload = "before", .last = true};
    const auto read = [&](std::string_view line) {
        Packet<> packet = before;
        return readers.check(line, packet);
    };
    for (const SeenLine& line : lines) {
        if (!line.is_too_long) { static_cast<void>(read(line.text)); }
    }
    static_cast<void>(read(text));  // JSON may have ends of lines in it
    Packet<> packet = before;
    if (const JsonReadStatus status = readers.check(good_line, packet); !status.ok()) {
        fail("the good line is refused: " + status.message());
    }
    compare_packets("the good line", packet,
                    {.resource_id = 7, .index = 3, .payload = "good", .last = false});
}

}  // namespace

std::string fuzz::packet_reader(std::span<const std::byte> input) {
    if (input.size() < 2) { return {}; }
    const auto seed = std::to_integer<std::uint64_t>(input[input.size() - 2]);
    const auto choice = std::to_integer<std::size_t>(input[input.size() - 1]);
    // Small enough to be exceeded, but not by the good line; or large.
    const std::size_t limit = choice % 2 == 0 ? std::size_t{1} << 20U : good_line.size() + choice / 2;
    const std::string_view text{reinterpret_cast<const char*>(input.data()), input.size() - 2};
    try {
        check(text, limit, seed);
    } catch (const std::logic_error& wrong) { return wrong.what(); }
    return {};
}
