#pragma once

#include <count/counting.hpp>
#include <count/frames.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sheaf_bench {

/// What the check expects of a frame, and where it stands.
struct ReferenceFields {
    std::string_view user;
    std::uint64_t seconds = 0;
    std::size_t begin = 0;  ///< Both members stand beside each other: from here
    std::size_t end = 0;    ///< to here, with the comma behind them.
};

/// Reads a frame byte by byte. It has to be one as `FrameText` writes them: without spaces, without escapes in user and
/// keys, and the two members are neither apart nor the last ones.
[[nodiscard]] inline ReferenceFields read_by_bytes(std::string_view frame) {
    ReferenceFields fields;
    int depth = 0;
    int found = 0;
    for (std::size_t at = 0; at < frame.size() && found < 2; ++at) {
        if (frame[at] == '{' || frame[at] == '[') { ++depth; }
        if (frame[at] == '}' || frame[at] == ']') { --depth; }
        if (frame[at] != '"') { continue; }
        const std::size_t begin = at++;
        while (frame[at] != '"') { at += frame[at] == '\\' ? 2U : 1U; }
        const std::string_view key = frame.substr(begin, at + 1 - begin);
        if (depth != 1 || frame[at + 1] != ':' || (key != "\"uid\"" && key != "\"ts\"")) { continue; }

        if (found++ == 0) { fields.begin = begin; }
        const std::size_t value = at + 2;
        fields.end = frame.find(',', value) + 1;
        const std::string_view text = frame.substr(value, fields.end - 1 - value);
        if (key == "\"uid\"") {
            fields.user = text.substr(1, text.size() - 2);
        } else {
            std::from_chars(text.data(), text.data() + text.size(), fields.seconds);
        }
        at = fields.end - 1;
    }
    return fields;
}

/// The elements of `json_frames()`, read byte by byte.
[[nodiscard]] inline const std::vector<sheaf::WindowElement>& expected_elements() {
    static const auto elements = [] {
        std::vector<sheaf::WindowElement> all;
        for_each_line(json_frames().frames(), [&](std::string_view line) {
            const ReferenceFields fields = read_by_bytes(line);
            all.push_back(element_of(fields.user, static_cast<std::int64_t>(fields.seconds)));
        });
        return all;
    }();
    return elements;
}

/// What counting them has to come to.
template <class Counter>
[[nodiscard]] const Outcome& expected_outcome() {
    static const Outcome outcome = [] {
        Counter counter;
        for (const sheaf::WindowElement& element : expected_elements()) { counter.take(element); }
        return counter.outcome();
    }();
    return outcome;
}

}  // namespace sheaf_bench
