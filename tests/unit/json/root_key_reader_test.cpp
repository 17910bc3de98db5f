#include <root_keys.hpp>
#include <sheaf/json/frame_error.hpp>
#include <sheaf/json/json_number.hpp>
#include <sheaf/json/json_string.hpp>
#include <sheaf/json/root_key_reader.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>

/// Every frame is read by each path of instructions that this processor has, fast and strictly, at each place in a block, and from
/// memory that ends where it does.

namespace {

using sheaf::FrameError;
using sheaf::detail::JsonPath;
using test::json_paths;
using test::read_keys;
using test::told;

enum class Mode { fast, strict };

/// The same at all places of a block: spaces before it change nothing but where an error is.
void check(Mode mode, std::string_view frame, std::string_view expected) {
    CAPTURE(frame);
    for (const JsonPath path : json_paths()) {
        CAPTURE(static_cast<int>(path));
        CHECK(read_keys(path, mode == Mode::strict, frame) == expected);
        if (expected.starts_with("byte")) { continue; }
        for (std::size_t spaces = 1; spaces <= 66; ++spaces) {
            CAPTURE(spaces);
            // After the bracket, since the reading begins with it.
            std::string moved{frame};
            moved.insert(moved.find('{') + 1, spaces, ' ');
            CHECK(read_keys(path, mode == Mode::strict, moved) == expected);
        }
    }
}
void check(std::string_view frame, std::string_view expected) {
    check(Mode::fast, frame, expected);
    check(Mode::strict, frame, expected);
}

}  // namespace

TEST_CASE("RootKeyReader: finds both keys in either order, and their values as they are written") {
    check(R"({"uid":"9ce8","ts":1468244384})", R"("9ce8" 1468244384)");
    check(R"({"ts":1468244384,"uid":"9ce8"})", R"("9ce8" 1468244384)");
    check(R"({"a":1,"uid":"9ce8","b":[],"ts":"1468244384","c":{}})", R"("9ce8" "1468244384")");
    check(R"({"uid":"","ts":-1.5e3})", R"("" -1.5e3)");
    check("\t{ \"uid\" : \"x\" ,\r\n \"ts\" :\t7 }\r\n", R"("x" 7)");
    check(R"({"uid":"a\"b","ts":1})", R"("a\"b"\ 1)");
    check(R"({"uid":"\\","ts":1})", R"("\\"\ 1)");
    check(R"({"uid":"жöß€𝄞","ts":1})", R"("жöß€𝄞" 1)");
}

TEST_CASE("RootKeyReader: what only looks like the keys is passed over") {
    check(R"({"a":{"uid":"no","ts":0},"b":[{"ts":1},["uid"]],"uid":"yes","ts":2})", R"("yes" 2)");
    check(R"({"a":"uid","b":"ts","c":["ts","uid"],"uid":"yes","ts":2})", R"("yes" 2)");
    check(R"({"a":"\"uid\":\"no\"","uid,":1,"uid.":2,"ts,":3,"u":4,"t":5,"uid":"yes","ts":2})", R"("yes" 2)");
    check(R"({"uidx":"no","xuid":"no","UID":"no","tss":0,"uid":"yes","ts":2})", R"("yes" 2)");
    check(R"({"a":"}{][","b":"\\","c":"\\\"{","uid":"yes","ts":2})", R"("yes" 2)");
    check(R"({"a":1,"a":2,"a":[3],"uid":"yes","a":{},"ts":2,"a":4})", R"("yes" 2)");
    for (std::size_t backslashes = 0; backslashes < 70; ++backslashes) {
        const std::string run(2 * backslashes, '\\');
        check(R"({"a":")" + run + R"(","uid":"yes","b":")" + run + R"(\"","ts":2})", R"("yes" 2)");
    }
}

TEST_CASE("RootKeyReader: keys with escapes are decoded") {
    check(R"({"\u0075id":"yes","t\u0073":2})", R"("yes" 2)");
    check(R"({"ui\u0064":"yes","\u0074\u0073":2})", R"("yes" 2)");
    check(R"({"ui\u0064x":"no","\\uid":1,"u\/id":1,"uid":"yes","ts":2})", R"("yes" 2)");
    for (const JsonPath path : json_paths()) {
        const std::string_view frame = R"({"a\"b":1,"\u00e9\ud834\udd1e":"x"})";
        CHECK(told(sheaf::detail::read_frame(path, true, frame, "é𝄞", "a\"b")) == R"("x" 1)");
        CHECK(told(sheaf::detail::read_frame(path, false, frame, "é𝄞", "a\"b")) == R"("x" 1)");
    }
}

TEST_CASE("RootKeyReader: what is no frame is named, and where") {
    check("", "byte 0: not_an_object");
    check("  ", "byte 2: not_an_object");
    check("[1]", "byte 0: not_an_object");
    check("\"uid\"", "byte 0: not_an_object");
    check("{}", "byte 2: missing_key");
    check(R"({"uid":"x"})", "byte 11: missing_key");
    check(R"({"ts":1})", "byte 8: missing_key");
    check(R"({"uid":"x","ts":true})", "byte 16: wrong_type");
    check(R"({"uid":{},"ts":1})", "byte 7: wrong_type");
    check(R"({"uid":"x","ts":})", "byte 16: wrong_type");
    check(R"({"uid":"x","ts":)", "byte 16: malformed");
    check(R"({"uid":"x","ts":12x})", "byte 18: malformed");
    check(R"({"ts":1,"uid":"x)", "byte 16: malformed");
    check(R"({"ts":1,"uid":"x\)", "byte 17: malformed");
    check(Mode::fast, R"({"a":1}{"uid":"x","ts":1})", "byte 25: missing_key");
    check(Mode::fast, R"({"a":1}} {{"uid":"x","ts":1})", "byte 28: missing_key");
}

TEST_CASE("RootKeyReader: fast stops at the second key, strict does not") {
    const std::string begin = R"({"uid":"x","ts":1)";
    struct Case {
        std::string_view rest;
        std::string_view error;
    };
    for (const auto& [rest, error] : std::initializer_list<Case>{
             {"", "byte 17: unbalanced"},
             {R"(,"uid":"y"})", "byte 18: repeated_key"},
             {R"(,"ts":2})", "byte 18: repeated_key"},
             {"]", "byte 17: malformed"},
             {R"(,"a":[})", "byte 23: unbalanced"},
             {R"(,"a":{]})", "byte 23: unbalanced"},
             {"}}", "byte 18: trailing_content"},
             {"} {}", "byte 19: trailing_content"},
             {"} x", "byte 19: trailing_content"},
             {R"(,"a":"b})", "byte 25: malformed"},
             {R"(,"a":\"b"})", "byte 22: malformed"},
             {R"(,"a":"\x"})", "byte 24: invalid_escape"},
             {R"(,"a":"\u12g4"})", "byte 24: invalid_escape"},
             {R"(,"a":"\u123"})", "byte 24: invalid_escape"},
             {",\"a\":\"\n\"}", "byte 23: control_character"},
             {",\"a\":\"\x1f\"}", "byte 23: control_character"},
             {",\"a\":\"\x80\"}", "byte 23: invalid_utf8"},
             {",\"a\":\"\xc3\"}", "byte 24: invalid_utf8"},
             {",\"a\":\"\xff\"}", "byte 23: invalid_utf8"},
         }) {
        const std::string frame = begin + std::string{rest};
        check(Mode::strict, frame, error);
        if (!rest.empty() && rest[0] != ']') { check(Mode::fast, frame, R"("x" 1)"); }
    }
    std::string deep = begin + ",\"a\":";
    for (int i = 0; i < 1'023; ++i) { deep += i % 2 == 0 ? '[' : '['; }
    const std::string opened = deep;
    deep.append(1'023, ']');
    check(Mode::strict, deep + '}', R"("x" 1)");
    check(Mode::strict, opened + "[" + std::string(1'024, ']') + '}', "byte 1045: too_deep");
}

TEST_CASE("RootKeyReader: strictly UTF-8") {
    const auto is_good = [](const std::string& bytes) {
        const std::string frame = R"({"uid":"x","ts":1,"a":")" + bytes + "\"}";
        bool good = true;
        for (std::size_t spaces = 0; spaces < 64; ++spaces) {
            std::string moved = frame;
            moved.insert(1, spaces, ' ');
            for (const JsonPath path : json_paths()) {
                const bool is_ok = read_keys(path, true, moved) == R"("x" 1)";
                if (spaces == 0 && path == JsonPath::portable) { good = is_ok; }
                REQUIRE(is_ok == good);
            }
        }
        return good;
    };
    const auto encoded = [](std::uint32_t code, unsigned size) {
        std::string bytes;
        static constexpr unsigned leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
        bytes += static_cast<char>(size == 1 ? code : leads[size] | code >> (6 * (size - 1)));
        for (unsigned left = size - 1; left != 0; --left) {
            bytes += static_cast<char>(0x80U | (code >> (6 * (left - 1)) & 0x3FU));
        }
        return bytes;
    };
    for (const std::uint32_t code : {0x80U, 0x7FFU}) { CHECK(is_good(encoded(code, 2))); }
    for (const std::uint32_t code : {0x800U, 0xFFFU, 0x1000U, 0xCFFFU, 0xD7FFU, 0xE000U, 0xFFFFU}) {
        CHECK(is_good(encoded(code, 3)));
    }
    for (const std::uint32_t code : {0x10000U, 0x3FFFFU, 0x40000U, 0xFFFFFU, 0x100000U, 0x10FFFFU}) {
        CHECK(is_good(encoded(code, 4)));
    }
    for (const std::uint32_t code : {0U, 0x7FU}) { CHECK_FALSE(is_good(encoded(code, 2))); }   // too long
    for (const std::uint32_t code : {0U, 0x7FFU}) { CHECK_FALSE(is_good(encoded(code, 3))); }  // too long
    for (const std::uint32_t code : {0xD800U, 0xDFFFU}) {
        CHECK_FALSE(is_good(encoded(code, 3)));
    }  // surrogates
    for (const std::uint32_t code : {0U, 0xFFFFU, 0x110000U, 0x1FFFFFU}) {
        CHECK_FALSE(is_good(encoded(code, 4)));
    }
    for (const char* const bytes :
         {"\xc3", "\xc3x", "\xe2\x82", "\xe2\x82x", "\xf0\x9d\x84", "\xf0\x9d\x84x", "\x80", "\xc3\xa9\xa9",
          "\xe2\x82\xac\x80", "\xf8\x88\x80\x80\x80", "\xfe"}) {
        CAPTURE(bytes);
        CHECK_FALSE(is_good(bytes));
    }
}

TEST_CASE("RootKeyReader: its keys are two that differ") {
    CHECK_THROWS_AS((sheaf::RootKeyReader{"", "ts"}), std::invalid_argument);
    CHECK_THROWS_AS((sheaf::RootKeyReader{"ts", ""}), std::invalid_argument);
    CHECK_THROWS_AS((sheaf::RootKeyReader{"ts", "ts"}), std::invalid_argument);
    const sheaf::RootKeyReader reader{"x", "xy", sheaf::FrameCheck::strict};
    CHECK(told(reader.read(R"({"xy":1,"x":2})")) == "2 1");
}

TEST_CASE("RootKeyReader: numbers are exact") {
    using sheaf::floor_of_json_number;
    constexpr auto most = (std::numeric_limits<std::int64_t>::max)();
    constexpr auto least = (std::numeric_limits<std::int64_t>::min)();
    struct Case {
        std::string_view text;
        std::int64_t number;
    };
    for (const Case& one : std::initializer_list<Case>{
             {"0", 0},
             {"-0", 0},
             {"1468244384", 1'468'244'384},
             {"1468244384.999", 1'468'244'384},
             {"1.468244384e9", 1'468'244'384},
             {"14682443840E-1", 1'468'244'384},
             {"0.5", 0},
             {"-0.5", -1},
             {"-0.0", 0},
             {"-1.0", -1},
             {"-1.5", -2},
             {"1e0", 1},
             {"1e+2", 100},
             {"0e999999999999", 0},
             {"1e-999999999999", 0},
             {"9223372036854775807", most},
             {"-9223372036854775808", least},
             {"9223372036854775807.9", most},
             {"0.000001e6", 1},
             {"12345678901234567890e-1", 1'234'567'890'123'456'789},
         }) {
        CAPTURE(one.text);
        const auto found = floor_of_json_number(one.text);
        REQUIRE(found.has_value());
        CHECK(*found == one.number);
    }
    for (const std::string_view text : {"",
                                        "-",
                                        "+1",
                                        "01",
                                        "-01",
                                        "1.",
                                        ".5",
                                        "1e",
                                        "1e+",
                                        "0x1",
                                        "1 ",
                                        " 1",
                                        "NaN",
                                        "1.2.3",
                                        "1e5.0",
                                        "--1",
                                        "9223372036854775808",
                                        "-9223372036854775809",
                                        "-9223372036854775808.5",
                                        "1e19",
                                        "1e999999999999"}) {
        CAPTURE(text);
        CHECK_FALSE(floor_of_json_number(text).has_value());
    }
    for (const std::string_view text : {"0", "-1.5e+9", "123456789012345678901234567890"}) {
        CHECK(sheaf::is_json_number(text));
    }
    for (const std::string_view text : {"", "01", "-", "+1", "1x", "1 2"}) {
        CHECK_FALSE(sheaf::is_json_number(text));
    }
}

TEST_CASE("RootKeyReader: whole numbers of any length, and what is none at any place of them") {
    using sheaf::floor_of_json_number;
    std::string digits;
    std::int64_t number = 0;
    for (int size = 1; size <= 18; ++size) {
        const int digit = (size * 7) % 10;
        digits += static_cast<char>('0' + digit);
        number = number * 10 + digit;
        CAPTURE(digits);
        CHECK(floor_of_json_number(digits) == number);
        CHECK(floor_of_json_number('-' + digits) == -number);
        for (std::size_t at = 0; at < digits.size(); ++at) {
            for (int letter = 0; letter < 256; ++letter) {
                // These make another number, or may.
                if (std::string_view{"0123456789.eE-"}.find(static_cast<char>(letter)) !=
                    std::string_view::npos) {
                    continue;
                }
                std::string wrong = digits;
                wrong[at] = static_cast<char>(letter);
                REQUIRE_FALSE(floor_of_json_number(wrong).has_value());
            }
        }
    }
    static_assert(floor_of_json_number("1468244384") == 1'468'244'384);
}

TEST_CASE("RootKeyReader: strings are decoded") {
    std::string decoded = "former";
    REQUIRE(sheaf::decode_json_string(R"(a\"\\\/\b\f\n\r\t\u00e9\u20ac\ud834\udd1ez)", decoded));
    CHECK(decoded == "a\"\\/\b\f\n\r\té€𝄞z");
    REQUIRE(sheaf::decode_json_string("", decoded));
    CHECK(decoded.empty());
    for (const std::string_view text : {R"(\)", R"(\x)", R"(\u12)", R"(\u12g4)", R"(\ud834)", R"(\ud834x)",
                                        R"(\ud834\n)", R"(\ud834\u0041)", R"(\udd1e)"}) {
        CAPTURE(text);
        CHECK_FALSE(sheaf::decode_json_string(text, decoded));
    }
    CHECK(to_string(FrameError::unbalanced) == "unbalanced");
}
