#include <sheaf/transform/word_lengths.hpp>

#include <sheaf/concepts.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace {

using sheaf::LengthUnit;
using sheaf::WordLengths;
using Lengths = std::vector<std::uint32_t>;

static_assert(sheaf::SynchronousTransform<WordLengths>);
static_assert(std::is_same_v<sheaf::transform_chunk_t<WordLengths>, Lengths>);

constexpr WordLengths code_points{};
constexpr WordLengths bytes{{.unit = LengthUnit::bytes}};
constexpr WordLengths code_points_of_words{{.skip_empty_words = true}};
constexpr WordLengths bytes_of_words{{.unit = LengthUnit::bytes, .skip_empty_words = true}};

Lengths lengths(const WordLengths& transform, std::string_view text) {
    Lengths result = transform(std::as_bytes(std::span{text}));
    CHECK(result.capacity() == result.size());
    return result;
}

/// Written in another way than the library's: word by word.
Lengths model(std::string_view text, bool count_bytes, bool skip_empty) {
    Lengths result;
    for (;;) {
        const std::size_t end = text.find(' ');
        const std::string_view word = text.substr(0, end);
        if (!skip_empty || !word.empty()) {
            std::uint32_t length = 0;
            for (const char c : word) {
                length += count_bytes || static_cast<signed char>(c) >= -64 ? 1U : 0U;
            }
            result.push_back(length);
        }
        if (end == std::string_view::npos) { return result; }
        text.remove_prefix(end + 1);
    }
}

struct Row {
    std::string_view text;
    Lengths code_points;
    Lengths bytes;
    Lengths code_points_of_words;
    Lengths bytes_of_words;
};

}  // namespace

TEST_CASE("WordLengths: a table") {
    using namespace std::string_view_literals;
    const std::vector<Row> rows{
        {"", {0}, {0}, {}, {}},
        {" ", {0, 0}, {0, 0}, {}, {}},
        {"   ", {0, 0, 0, 0}, {0, 0, 0, 0}, {}, {}},
        {"a", {1}, {1}, {1}, {1}},
        {"the quick brown fox", {3, 5, 5, 3}, {3, 5, 5, 3}, {3, 5, 5, 3}, {3, 5, 5, 3}},
        {"two  spaces", {3, 0, 6}, {3, 0, 6}, {3, 6}, {3, 6}},
        {" leading", {0, 7}, {0, 7}, {7}, {7}},
        {"trailing ", {8, 0}, {8, 0}, {8}, {8}},
        {" both ", {0, 4, 0}, {0, 4, 0}, {4}, {4}},
        {"tab\tnew\nline\r stays", {13, 5}, {13, 5}, {13, 5}, {13, 5}},
        {"a\0b c"sv, {3, 1}, {3, 1}, {3, 1}, {3, 1}},
        // u umlaut (2 bytes), euro sign (3), an emoji (4)
        {"\xC3\xBC x\xE2\x82\xAC \xF0\x9F\x8D\x8E", {1, 2, 1}, {2, 4, 4}, {1, 2, 1}, {2, 4, 4}},
        // no-break space and ideographic space separate nothing
        {"a\xC2\xA0"
         "b\xE3\x80\x80"
         "c",
         {5},
         {8},
         {5},
         {8}},
        // invalid: stray continuation bytes count as none, a truncated sequence as one
        {"\x80\x80 a\xBF \xE2\x82", {0, 1, 1}, {2, 2, 2}, {0, 1, 1}, {2, 2, 2}},
        {"\xFF\xFE \xC0", {2, 1}, {2, 1}, {2, 1}, {2, 1}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK(lengths(code_points, row.text) == row.code_points);
        CHECK(lengths(bytes, row.text) == row.bytes);
        CHECK(lengths(code_points_of_words, row.text) == row.code_points_of_words);
        CHECK(lengths(bytes_of_words, row.text) == row.bytes_of_words);
    }
}

TEST_CASE("WordLengths agrees with a model on random texts of all sizes") {
    std::mt19937 random{12345};
    constexpr std::string_view alphabet = " \x20 ab\xC3\xBC\x80\xFF\t";
    for (std::size_t size = 0; size < 700; ++size) {
        std::string text;
        while (text.size() < size) { text += alphabet[random() % alphabet.size()]; }
        CAPTURE(size);
        REQUIRE(lengths(code_points, text) == model(text, false, false));
        REQUIRE(lengths(bytes, text) == model(text, true, false));
        REQUIRE(lengths(code_points_of_words, text) == model(text, false, true));
        REQUIRE(lengths(bytes_of_words, text) == model(text, true, true));
    }
}

TEST_CASE("WordLengths refuses payloads whose words could be longer than a length can say") {
    // The span claims more than there is; it must be refused before anything is read.
    const std::byte one{};
    const std::span<const std::byte> huge{&one, std::size_t{1} << 32U};
    CHECK_THROWS_WITH_AS(static_cast<void>(code_points(huge)),
                         "sheaf: WordLengths: a payload has more than 2^32-1 bytes", std::length_error);
}
