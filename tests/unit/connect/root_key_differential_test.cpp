// The reading of two root keys against simdjson, which reads everything. SHEAF_SEEDS says how many frames, SHEAF_SEED replays one.

#include <random.hpp>
#include <seeds.hpp>
#include <sheaf/json/json_number.hpp>
#include <sheaf/json/json_string.hpp>
#include <sheaf/json/root_key_reader.hpp>

#include <doctest/doctest.h>
#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace {

using sheaf::FrameError;
using sheaf::detail::JsonPath;

constexpr std::string_view keys[] = {"uid", "ts"};

/// Frames that are JSON, of the kind that real ones are: nested members of the same names, many escapes, any UTF-8.
class FrameWriter {
public:
    explicit FrameWriter(test::Random& random)
        : random_{random} {}

    std::string frame() {
        std::string text = spaces() + '{';
        const auto members = random_.below(8);
        const auto uid_at = random_.below(members + 1);
        const auto ts_at = random_.below(members + 1);
        const char* separator = "";
        const auto add = [&](const std::string& member) {
            text += separator + spaces() + member + spaces();
            separator = ",";
        };
        for (std::uint64_t i = 0; i <= members; ++i) {
            if (i == uid_at && !random_.chance(3)) { add(key("uid") + string()); }
            if (i == ts_at && !random_.chance(3)) { add(key("ts") + number()); }
            if (i != members) { add(key(name()) + value(0)); }
        }
        return text + '}' + spaces();
    }

private:
    std::string spaces() {
        static constexpr std::string_view kinds[] = {"", "", "", "", "", " ", "\t", "\r", "  \r\n"};
        return std::string{kinds[random_.below(9)]};
    }
    std::string key(std::string_view name) {
        std::string text = "\"";
        for (const char letter : name) {
            if (random_.chance(2)) {
                static constexpr char digits[] = "0123456789abcdef";
                const auto byte = static_cast<unsigned char>(letter);
                text += std::string{"\\u00"} + digits[byte >> 4U] + digits[byte & 0xFU];
            } else {
                text += letter;
            }
        }
        return text + '"' + spaces() + ':' + spaces();
    }
    std::string_view name() {
        static constexpr std::string_view names[] = {"ut",      "amet,",  "aliqua.", "u",  "t",
                                                     "",        "uidx",   "tsx",     "id", "Lorem",
                                                     "ullamco", "tempor", "жизнь"};
        return names[random_.below(13)];
    }
    std::string string() {
        static constexpr std::string_view pieces[] = {"\\\"",    "\\\\",    "\\n",
                                                      "\\/",     "\\u0041", "\\ud834\\udd1e",
                                                      "\\u00e9", "{",       "}",
                                                      "[",       "]",       ":",
                                                      ",",       "é",       "€",
                                                      "𝄞",       "жж",      "uid",
                                                      "ts",      "abc",     "9ce8499df95b4fff567",
                                                      "\x7f"};
        std::string text = "\"";
        for (auto left = random_.below(random_.chance(20) ? 60 : 5); left != 0; --left) {
            text += pieces[random_.below(22)];
        }
        return text + '"';
    }
    std::string number() {
        switch (random_.below(6)) {
        case 0: return std::to_string(random_() >> random_.below(64));
        case 1: return "-" + std::to_string(random_.below(1'000'000));
        case 2: return std::to_string(random_.below(100'000)) + "." + std::to_string(random_.below(1'000));
        case 3: return std::to_string(random_.below(100)) + "e" + std::to_string(random_.below(8));
        case 4: return '"' + std::to_string(1'468'244'384 + random_.below(100)) + '"';
        default: return std::to_string(1'468'244'384 + random_.below(100'000));
        }
    }
    std::string value(int depth) {
        switch (random_.below(depth < 4 ? 8 : 5)) {
        case 0: return number();
        case 1: return "true";
        case 2: return "null";
        case 3:
        case 4: return string();
        case 5: {
            std::string text = "[" + spaces();
            for (auto left = random_.below(4); left != 0; --left) {
                text += value(depth + 1) + spaces() + (left == 1 ? "" : ",");
            }
            return text + ']';
        }
        default: {
            std::string text = "{" + spaces();
            for (auto left = random_.below(4); left != 0; --left) {
                text += key(random_.chance(40) ? keys[random_.below(2)] : name()) + value(depth + 1) +
                        spaces() + (left == 1 ? "" : ",");
            }
            return text + '}';
        }
        }
    }

    test::Random& random_;
};

/// Bytes are changed, left out, put in and doubled.
void damage(std::string& frame, test::Random& random) {
    static constexpr std::string_view bytes = "{}[]\":,\\u0t\x80\xc3\xe2\xf0\xed\n \x01";
    for (auto left = 1 + random.below(3); left != 0 && !frame.empty(); --left) {
        const auto at = static_cast<std::size_t>(random.below(frame.size()));
        const char byte = bytes[random.below(bytes.size())];
        switch (random.below(5)) {
        case 0: frame[at] = byte; break;
        case 1: frame.erase(at, 1); break;
        case 2: frame.insert(at, 1, byte); break;
        case 3:
            frame[at] = static_cast<char>(static_cast<unsigned char>(frame[at]) ^ (1U << random.below(8)));
            break;
        default: frame.resize(at);
        }
    }
}

/// What simdjson has to say.
struct Truth {
    bool is_json = false;  // all of it
    bool is_object = false;
    std::size_t found[2] = {0, 0};
    bool is_right_type[2] = {false, false};
    std::string texts[2];                     // of strings
    std::optional<std::int64_t> integers[2];  // of numbers that are
};

Truth truth_of(simdjson::dom::parser& parser, const std::string& frame) {
    Truth truth;
    simdjson::dom::element root;
    truth.is_json = parser.parse(frame).get(root) == simdjson::SUCCESS;
    simdjson::dom::object object;
    if (!truth.is_json || root.get(object) != simdjson::SUCCESS) { return truth; }
    truth.is_object = true;
    for (const auto& [key, value] : object) {
        for (unsigned which = 0; which < 2; ++which) {
            if (key != keys[which] || truth.found[which]++ != 0) { continue; }
            std::string_view text;
            std::int64_t integer = 0;
            truth.is_right_type[which] = value.is_string() || value.is_number();
            if (value.get(text) == simdjson::SUCCESS) { truth.texts[which] = text; }
            if (value.get(integer) == simdjson::SUCCESS) { truth.integers[which] = integer; }
        }
    }
    return truth;
}

void check_values(const Truth& truth, const sheaf::RootPair& pair) {
    const sheaf::RootValue* const values[] = {&pair.first, &pair.second};
    for (unsigned which = 0; which < 2; ++which) {
        if (values[which]->is_string) {
            std::string decoded;
            REQUIRE(sheaf::decode_json_string(values[which]->text, decoded));
            REQUIRE(decoded == truth.texts[which]);
        } else if (truth.integers[which]) {
            REQUIRE(sheaf::floor_of_json_number(values[which]->text) == truth.integers[which]);
        }
    }
}

sheaf::RootPair read(JsonPath path, bool strictly, std::string_view frame) {
    return sheaf::detail::read_frame(path, strictly, frame, keys[0], keys[1]);
}

std::size_t run(std::uint64_t seed, simdjson::dom::parser& parser) {
    CAPTURE(seed);
    test::Random random{seed};
    std::string frame = FrameWriter{random}.frame();
    if (random.chance(60)) { damage(frame, random); }
    CAPTURE(frame);
    const auto copy = std::make_unique<char[]>(frame.size());  // of just its size
    frame.copy(copy.get(), frame.size());
    const std::string_view bytes{copy.get(), frame.size()};

    const sheaf::RootPair strict = read(JsonPath::portable, true, bytes);
    const sheaf::RootPair fast = read(JsonPath::portable, false, bytes);
    for (const JsonPath path : {JsonPath::avx2, JsonPath::avx512}) {
        if (!is_available(path)) { continue; }
        for (const bool strictly : {false, true}) {
            const sheaf::RootPair& expected = strictly ? strict : fast;
            const sheaf::RootPair found = read(path, strictly, bytes);
            REQUIRE(found.status.message() == expected.status.message());
            REQUIRE(found.first.text == expected.first.text);
            REQUIRE(found.second.text == expected.second.text);
        }
    }

    const Truth truth = truth_of(parser, frame);
    const bool has_both = truth.found[0] != 0 && truth.found[1] != 0;
    const bool is_good = truth.is_object && has_both && truth.is_right_type[0] && truth.is_right_type[1];
    if (is_good) {
        REQUIRE(fast.status.message() == "");
        check_values(truth, fast);
        const bool is_repeated = truth.found[0] != 1 || truth.found[1] != 1;
        REQUIRE(strict.status.error == (is_repeated ? FrameError::repeated_key : FrameError::none));
        if (!is_repeated) { check_values(truth, strict); }
    } else if (truth.is_object) {
        REQUIRE_FALSE(strict.status.ok());
        REQUIRE_FALSE(fast.status.ok());
    }
    if (strict.status.ok()) {
        REQUIRE(fast.status.ok());
        REQUIRE(fast.first.text == strict.first.text);
        REQUIRE(fast.second.text == strict.second.text);
    }
    return is_good ? 1 : 0;
}

}  // namespace

TEST_CASE("RootKeyReader: finds what simdjson finds, on every path") {
    simdjson::dom::parser parser;
    if (const auto seed = test::number_from_environment("SHEAF_SEED")) {
        run(*seed, parser);
        return;
    }
    const std::uint64_t seeds = test::count_from_environment("SHEAF_SEEDS", 20'000);
    std::size_t good = 0;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) { good += run(seed, parser); }
    CHECK(good > seeds / 4);
    CHECK(good < seeds);
}
