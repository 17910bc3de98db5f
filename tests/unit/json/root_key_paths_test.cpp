// What the paths of the strict reading could do differently: damage at any place, any brackets, keys of any length.

#include <root_keys.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using sheaf::detail::JsonPath;
using test::json_paths;
using test::read_keys;

/// What the strict reading says, after all paths have said the same.
std::string read_by_all(std::string_view frame) {
    CAPTURE(frame);
    const std::string fast = read_keys(JsonPath::portable, false, frame);
    const std::string strict = read_keys(JsonPath::portable, true, frame);
    for (const JsonPath path : json_paths()) {
        REQUIRE(read_keys(path, false, frame) == fast);
        REQUIRE(read_keys(path, true, frame) == strict);
    }
    return strict;
}

}  // namespace

TEST_CASE("RootKeyReader: all paths say the same of frames that are damaged at any place") {
    // Of all that strings and brackets may have; and once more, longer than the 4,096 bytes looked at together.
    std::string frame = R"({"a":[{"uid":"no","b\\\"":[1,[2,{}]]},"\u00e9\n\/жизнь €𝄞"],"uid":"yes",)";
    while (frame.size() % 64 != 61) { frame += ' '; }
    frame += R"("жж𝄞€\\":[{},[]],"\ud834\udd1e":"u","t":"\"}{","ts":2,"\u0075":{"ts":[true]}})";
    const std::size_t size = frame.size();
    std::string far = frame;
    far.insert(1, 4'096 - 64 - 32, ' ');
    for (std::string whole : {frame, far}) {
        REQUIRE(read_by_all(whole) == R"("yes" 2)");
        const std::size_t begin = whole.size() - size + 1;
        for (std::size_t at = begin; at < whole.size(); ++at) {
            CAPTURE(at);
            const char former = whole[at];
            for (const char byte : std::string_view{"{}[]\"\\u:\x01\x7f\x80\xa0\xc3\xe2\xed\xf0\xf4\xff "}) {
                whole[at] = byte;
                read_by_all(whole);
            }
            whole[at] = former;
            read_by_all(whole.substr(0, at));
        }
    }
}

TEST_CASE("RootKeyReader: brackets in any order") {
    // A generator of the simplest kind: what it is does not matter, as long as it is always the same.
    std::uint64_t state = 1;
    const auto below = [&state](std::uint64_t bound) {
        state = state * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
        return (state >> 33U) % bound;
    };
    std::size_t good = 0;
    for (int round = 0; round < 3'000; ++round) {
        CAPTURE(round);
        std::string value;
        std::string open;  // what closes it
        const auto deepest = 1 + below(round % 8 == 0 ? 200 : 20);
        for (auto left = below(300); left != 0; --left) {
            if (below(4) == 0) { value.append(below(70), ','); }
            if (open.empty() || (open.size() < deepest && below(2) == 0)) {
                const bool is_object = below(2) == 0;
                value += is_object ? '{' : '[';
                open += is_object ? '}' : ']';
            } else {
                value += open.back();
                open.pop_back();
            }
        }
        value.append(open.rbegin(), open.rend());
        bool is_good = true;
        if (const auto at = below(2 * value.size() + 1); at < value.size() && value[at] != ',') {
            value[at] = "{}[]"[below(4)];
            is_good = false;
        }
        const std::string told = read_by_all(R"({"uid":"x","ts":1,"a":)" + value + '}');
        if (is_good) { REQUIRE(told == R"("x" 1)"); }
        good += told == R"("x" 1)" ? 1U : 0U;
    }
    CHECK(good > 1'000);
    CHECK(good < 2'900);
    read_by_all(R"({"uid":"x","ts":1}{"uid":"x","ts":1})");
    read_by_all(R"({"uid":"x","ts":1}[])");
    read_by_all(R"({"uid":"x","ts":1]})");
    read_by_all(R"({"uid":"x","ts":1}}{})");
}

TEST_CASE("RootKeyReader: keys of all lengths, with and without escapes, up to the end") {
    for (std::size_t size = 1; size <= 20; ++size) {
        CAPTURE(size);
        const std::string name = std::string{"abcdefghijklmnopqrst"}.substr(0, size);
        for (std::size_t at = 0; at < size; ++at) {
            std::string escaped = name;
            escaped.replace(at, 1,
                            R"(\u00)" + std::string{name[at] < 'p' ? "6" : "7"} +
                                "0123456789abcdef"[name[at] % 16]);
            std::string other = name;
            other[at] = '-';
            for (const std::string& written : {name, escaped}) {
                for (const JsonPath path : json_paths()) {
                    for (const bool strictly : {false, true}) {
                        const std::string frame =
                            R"({")" + other + R"(":1,")" + name + R"(x":2,"zz":3,")" + written + R"(":4})";
                        CAPTURE(frame);
                        CHECK(read_keys(path, strictly, frame, name, "zz") == "4 3");
                    }
                }
            }
        }
    }
    for (const JsonPath path : json_paths()) {
        for (const bool strictly : {false, true}) {
            const auto both = [&](std::string_view frame, std::string_view first, std::string_view second) {
                return read_keys(path, strictly, frame, first, second);
            };
            CHECK(both(R"({"a\"b":1,"c":2,"d":3,"e":4,"f":5})", "a\"b", "c") == "1 2");
            CHECK(both(R"({"\"":1,"\\":2,"d":3,"e":4,"f":5})", "\"", "\\") == "1 2");
            CHECK(both(R"({"a\b":0,"a\\b":1,"c":2,"d":3,"e":4})", "a\\b", "c") == "1 2");
            CHECK(both(R"({"abcdefgh\"":1,"\u0061bcdefgh\\":2,"d":3})", "abcdefgh\"", "abcdefgh\\") == "1 2");
        }
    }
}
