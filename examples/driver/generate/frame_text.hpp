#pragma once

#include "random.hpp"
#include "word_list.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace driver {

/// Which frames there are.
struct FrameShape {
    std::uint64_t frames = 1'000'000;
    std::uint64_t users = 100'000;  ///< 0: another one in each frame.
    std::uint32_t rate = 1'000;     ///< Frames a second, on average.
    std::uint32_t size = 1'945;     ///< No member is added to a frame that has so many bytes.
    double late = 0;                ///< The fraction with a time of up to ten minutes before.
    double wild = 0;                ///< The fraction with a time of which one bit is wrong.
    bool crlf = false;
    bool string_ts = false;
    std::uint64_t seed = 1;
};

/// Writes frames in the shape of the ones of a public challenge for counting unique users (Tamedia, "data engineer challenge"):
/// `uid`, of 19 hexadecimal digits, and `ts`, in seconds, stand beside each other behind up to three of some 25 other members. Those
/// have strings with many escapes and any UTF-8, names that come again and end in commas or points, and objects and arrays in
/// which the names `uid` and `ts` come again, too.
class FrameText {
public:
    explicit FrameText(const FrameShape& shape)
        : shape_{shape}
        , random_{mix(shape.seed)}
        , time_{1'468'244'384} {
        Random random{mix(shape.seed ^ 0xF4A3E5U)};
        members_.reserve(member_count);
        for (std::size_t i = 0; i < member_count; ++i) { members_.push_back(member(random)); }
        for (const std::string& text : members_) {
            longest_ = std::max(longest_, text.size());
            if (text.size() > 400) { large_.push_back(text); }
        }
    }

    /// Room that any frame has in, its end included.
    [[nodiscard]] std::size_t bound() const noexcept { return shape_.size + 5 * longest_ + 128; }

    /// Writes the next frame's line to `out`, where there is room for `bound`; returns its end.
    [[nodiscard]] char* write(char* out) noexcept {
        if (random_.below(shape_.rate) == 0) { ++time_; }
        char* const begin = out;
        *out++ = '{';
        const auto add = [&](const std::vector<std::string>& from) {
            const std::string& text = from[random_.below(static_cast<std::uint32_t>(from.size()))];
            std::memcpy(out, text.data(), text.size());
            out += text.size();
            *out++ = ',';
        };
        for (std::uint32_t before = random_.below(4); before != 0; --before) {
            add(random_.below(4) == 0 ? large_ : members_);
        }
        const bool time_first = random_.below(2) == 0;
        if (time_first) { out = time(out); }
        out = user(out);
        if (!time_first) { out = time(out); }
        do { add(members_); } while (static_cast<std::size_t>(out - begin) < shape_.size);
        out[-1] = '}';
        if (shape_.crlf) { *out++ = '\r'; }
        *out++ = '\n';
        return out;
    }

private:
    static constexpr std::uint32_t member_count = 4'096;

    [[nodiscard]] static char* put(char* out, std::string_view text) noexcept {
        std::memcpy(out, text.data(), text.size());
        return out + text.size();
    }

    [[nodiscard]] char* user(char* out) noexcept {
        const std::uint64_t number = random_.next();
        const std::uint64_t user = shape_.users == 0 ? number : number % shape_.users;
        out = put(out, R"("uid":")");
        std::uint64_t digits = mix(user ^ mix(shape_.seed + 1));
        for (int i = 0; i < 19; ++i) {
            if (i == 16) { digits = mix(user + shape_.seed); }
            *out++ = "0123456789abcdef"[digits & 15U];
            digits >>= 4U;
        }
        return put(out, "\",");
    }

    [[nodiscard]] char* time(char* out) noexcept {
        std::uint64_t time = time_;
        if (random_.chance(shape_.late)) { time -= 1 + random_.below(600); }
        // From nine hours to a thousand years.
        if (random_.chance(shape_.wild)) { time ^= std::uint64_t{1} << (15 + random_.below(20)); }
        out = put(out, shape_.string_ts ? R"("ts":")" : R"("ts":)");
        out = std::to_chars(out, out + 20, time).ptr;
        return put(out, shape_.string_ts ? "\"," : ",");
    }

    static constexpr std::array<std::string_view, 48> names{
        "lorem",   "ipsum",  "dolor",  "sit",     "amet,",   "elit,",     "sed",     "do",
        "eiusmod", "tempor", "ut",     "labore",  "et",      "dolore",    "magna",   "aliqua.",
        "Ut",      "enim",   "ad",     "minim",   "veniam,", "quis",      "nostrud", "nisi",
        "aliquip", "ex",     "ea",     "commodo", "Duis",    "aute",      "irure",   "in",
        "velit",   "esse",   "cillum", "fugiat",  "nulla",   "pariatur.", "sint",    "non",
        "sunt",    "culpa",  "qui",    "mollit",  "anim",    "id",        "est",     "laborum.",
    };

    [[nodiscard]] static std::string member(Random& random) {
        std::string text = '"' + std::string{names[random.below(names.size())]} + "\":";
        return text += value(random, 0);  // drawn after the name, by any compiler
    }

    [[nodiscard]] static std::string value(Random& random, int depth) {
        switch (random.below(depth < 2 ? 19 : 16)) {
        case 0: return std::to_string(random.below(256));
        case 1: return "0." + std::to_string(100'000 + random.below(900'000));
        case 2: return random.below(2) == 0 ? "true" : "false";
        case 3: return "{}";
        case 4:
        case 5: return "[]";
        case 16: return list(random, depth, '[', ']');
        case 17:
        case 18: return list(random, depth, '{', '}');
        default: return string(random);
        }
    }

    /// An array or an object of one to eight values, in which each fourth name is one of the two that count at the root.
    [[nodiscard]] static std::string list(Random& random, int depth, char open, char close) {
        std::string text{open};
        for (std::uint32_t left = 1 + random.below(8); left != 0; --left) {
            if (open == '{') {
                const std::uint32_t drawn = random.below(8);
                text += '"' +
                        std::string{drawn == 0   ? "uid"
                                    : drawn == 1 ? "ts"
                                                 : names[random.below(names.size())]} +
                        "\":";
            }
            text += value(random, depth + 1) + (left == 1 ? "" : ",");
        }
        return text + close;
    }

    /// Five to twelve words; what stands between them is the same in the whole string.
    [[nodiscard]] static std::string string(Random& random) {
        static constexpr std::array<std::string_view, 12> between{
            " ", " ", " ", " ", "/", R"(\n)", R"(\t)", R"(\\)", R"(\")", R"(\f)", R"(\b)", R"(\r)"};
        const std::string_view separator = between[random.below(between.size())];
        std::string text = "\"";
        for (std::uint32_t left = 5 + random.below(8); left != 0; --left) {
            text +=
                std::string{words[random.below(words.size())]} + (left == 1 ? "" : std::string{separator});
        }
        return text + '"';
    }

    FrameShape shape_;
    Random random_;
    std::uint64_t time_;
    std::vector<std::string> members_;
    std::vector<std::string> large_;  // those of more than 400 bytes
    std::size_t longest_ = 0;
};

}  // namespace driver
