#pragma once

#include <sheaf/config.hpp>
#include <sheaf/connect/json_read_error.hpp>
#include <sheaf/json/detail/decode_escape.hpp>
#include <sheaf/sink/detail/text_format.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// What `scan_json` stopped at.
struct JsonFault {
    enum class Kind : std::uint8_t { none, malformed, invalid_utf8, too_deep, trailing_content };
    Kind kind = Kind::none;
    std::size_t offset = 0;
    std::string_view text{};
};

/// The same for users.
[[nodiscard]] inline JsonReadStatus status_of(const JsonFault& fault) noexcept {
    using Kind = JsonFault::Kind;
    const JsonError error = fault.kind == Kind::invalid_utf8       ? JsonError::invalid_utf8
                            : fault.kind == Kind::too_deep         ? JsonError::too_deep
                            : fault.kind == Kind::trailing_content ? JsonError::trailing_content
                                                                   : JsonError::malformed;
    return {error, {}, fault.text, fault.offset};
}

/// How deep arrays and objects may be nested, empty ones not counted: as many levels as a word has bits.
inline constexpr std::size_t json_scan_depth = 64;

/// A second, plain reading of a JSON text that tells where things are: the SIMD parser only says that
/// something is wrong. It runs on refused texts alone, uses no recursion and no memory but itself.
///
/// `Visitor`: `void number(offset, size, is_integer)` for each number,
/// `void member(depth, ordinal, value_offset)` for each value of an object's member, where `depth` is 1 for the
/// outermost object and `ordinal` counts the members of that object from 0. An open object's members are visited
/// before those of the objects inside them.
template <class Visitor>
class JsonScan {
public:
    JsonScan(std::string_view text, Visitor& visitor) noexcept
        : text_{text}
        , visitor_{visitor} {}

    /// Reads all of it; the first fault, or `none`.
    [[nodiscard]] JsonFault run() noexcept {
        skip_space();
        Expect expect = Expect::value;
        while (fault_.kind == JsonFault::Kind::none && expect != Expect::end) {
            expect = step(expect);
            skip_space();
        }
        if (fault_.kind == JsonFault::Kind::none && position_ < text_.size()) {
            fail(JsonFault::Kind::trailing_content, position_, "something follows the object");
        }
        return fault_;
    }

private:
    enum class Expect : std::uint8_t { value, value_or_close, key, key_or_close, separator, end };

    [[nodiscard]] Expect step(Expect expect) noexcept {
        if (position_ >= text_.size()) {
            return fail(JsonFault::Kind::malformed, position_, "the text ends too early");
        }
        const char next = text_[position_];
        switch (expect) {
        case Expect::value_or_close:
            if (next == ']') { return close(); }
            [[fallthrough]];
        case Expect::value: return value(next);
        case Expect::key_or_close:
            if (next == '}') { return close(); }
            [[fallthrough]];
        case Expect::key: return key(next);
        case Expect::separator: return separator(next);
        case Expect::end: break;
        }
        return Expect::end;
    }

    [[nodiscard]] Expect value(char next) noexcept {
        if (next == '{' || next == '[') {
            if (depth_ == json_scan_depth) { return beyond_deepest(next); }
            kinds_ = (kinds_ << 1U) | (next == '{' ? 1U : 0U);
            ordinals_[depth_++] = 0;
            ++position_;
            return next == '{' ? Expect::key_or_close : Expect::value_or_close;
        }
        if (next == '"') {
            string();
        } else if (next == '-' || is_digit(next)) {
            number();
        } else if (!literal("true") && !literal("false") && !literal("null")) {
            return fail(JsonFault::Kind::malformed, position_, "a value is expected");
        }
        return after_value();
    }

    /// As to simdjson, an empty container is a value and not a level.
    [[nodiscard]] Expect beyond_deepest(char opening) noexcept {
        const std::size_t opened = position_++;
        skip_space();
        if (position_ < text_.size() && text_[position_] == (opening == '{' ? '}' : ']')) {
            ++position_;
            return after_value();
        }
        return fail(JsonFault::Kind::too_deep, opened, "nested too deeply");
    }

    [[nodiscard]] Expect key(char next) noexcept {
        if (next != '"') {
            return fail(JsonFault::Kind::malformed, position_, "a field name in quotes is expected");
        }
        string();
        skip_space();
        if (position_ >= text_.size() || text_[position_] != ':') {
            return fail(JsonFault::Kind::malformed, position_, "':' is expected after a field name");
        }
        ++position_;
        skip_space();
        visitor_.member(depth_, ordinals_[depth_ - 1]++, position_);
        return Expect::value;
    }

    [[nodiscard]] Expect separator(char next) noexcept {
        const bool in_object = (kinds_ & 1U) != 0;
        if (next == ',') {
            ++position_;
            return in_object ? Expect::key : Expect::value;
        }
        if (next == (in_object ? '}' : ']')) { return close(); }
        return fail(JsonFault::Kind::malformed, position_,
                    in_object ? "',' or '}' is expected" : "',' or ']' is expected");
    }

    [[nodiscard]] Expect close() noexcept {
        ++position_;
        --depth_;
        kinds_ >>= 1U;
        return after_value();
    }

    [[nodiscard]] Expect after_value() const noexcept {
        return depth_ == 0 ? Expect::end : Expect::separator;
    }

    void string() noexcept {
        const std::size_t opened = position_++;
        while (position_ < text_.size()) {
            const auto byte = static_cast<unsigned char>(text_[position_]);
            if (byte == '"') {
                ++position_;
                return;
            }
            if (byte == '\\') {
                if (!escape()) { return; }
            } else if (byte < 0x20U) {
                fail(JsonFault::Kind::malformed, position_, "a control character in a string");
                return;
            } else if (const Utf8Prefix prefix = utf8_prefix(text_.substr(position_)); prefix.valid) {
                position_ += prefix.length;
            } else {
                fail(JsonFault::Kind::invalid_utf8, position_, "invalid UTF-8");
                return;
            }
        }
        fail(JsonFault::Kind::malformed, opened, "a string is not closed");
    }

    [[nodiscard]] bool escape() noexcept {
        const std::size_t at = position_;
        const char kind = at + 1 < text_.size() ? text_[at + 1] : '\0';
        if (kind != 'u') {
            if (std::string_view{"\"\\/bfnrt"}.find(kind) == std::string_view::npos || kind == '\0') {
                fail(JsonFault::Kind::malformed, at, "an invalid escape in a string");
                return false;
            }
            position_ += 2;
            return true;
        }
        const std::uint32_t unit = hexadecimal_at(text_, at + 2);
        position_ += 6;
        if (unit >= 0xD800U && unit <= 0xDBFFU && text_.substr(position_, 2) == "\\u") {
            const std::uint32_t low = hexadecimal_at(text_, position_ + 2);
            position_ += 6;
            if (low >= 0xDC00U && low <= 0xDFFFU) { return true; }
        }
        if (unit > 0xFFFFU) {
            fail(JsonFault::Kind::malformed, at, "an invalid escape in a string");
            return false;
        }
        if (unit >= 0xD800U && unit <= 0xDFFFU) {
            fail(JsonFault::Kind::malformed, at, "half a surrogate pair in a string");
            return false;
        }
        return true;
    }

    void number() noexcept {
        const std::size_t begin = position_;
        bool is_integer = true;
        position_ += text_[position_] == '-' ? 1U : 0U;
        const std::size_t whole = position_;
        bool good = digits();
        good = good && (text_[whole] != '0' || position_ == whole + 1);
        if (good && position_ < text_.size() && text_[position_] == '.') {
            is_integer = false;
            ++position_;
            good = digits();
        }
        if (good && position_ < text_.size() && (text_[position_] == 'e' || text_[position_] == 'E')) {
            is_integer = false;
            ++position_;
            position_ +=
                position_ < text_.size() && (text_[position_] == '+' || text_[position_] == '-') ? 1U : 0U;
            good = digits();
        }
        if (!good) {
            fail(JsonFault::Kind::malformed, begin, "an invalid number");
            return;
        }
        visitor_.number(begin, position_ - begin, is_integer);
    }

    [[nodiscard]] bool digits() noexcept {
        const std::size_t begin = position_;
        while (position_ < text_.size() && is_digit(text_[position_])) { ++position_; }
        return position_ > begin;
    }

    [[nodiscard]] bool literal(std::string_view word) noexcept {
        if (text_.substr(position_, word.size()) != word) { return false; }
        position_ += word.size();
        return true;
    }

    void skip_space() noexcept {
        while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\t' ||
                                            text_[position_] == '\n' || text_[position_] == '\r')) {
            ++position_;
        }
    }

    [[nodiscard]] static bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

    Expect fail(JsonFault::Kind kind, std::size_t offset, std::string_view text) noexcept {
        if (fault_.kind == JsonFault::Kind::none) { fault_ = {kind, offset, text}; }
        return Expect::end;
    }

    std::string_view text_;
    Visitor& visitor_;
    std::size_t position_ = 0;
    std::size_t depth_ = 0;
    /// A bit a level, 1 for objects, the innermost lowest.
    std::uint64_t kinds_ = 0;
    std::size_t ordinals_[json_scan_depth] = {};
    JsonFault fault_{};
};

}  // namespace detail

SHEAF_NAMESPACE_END
