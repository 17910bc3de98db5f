#include "../../../examples/driver/support/integer_text.hpp"

#include <random.hpp>

#include <doctest/doctest.h>

#include <charconv>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace {

/// What is read of a text, with the bytes that it takes; -1 where it is no integer.
template <class Key>
std::ptrdiff_t read_text(const std::string& text, Key& key) {
    const std::string padded = text + std::string(driver::integer_text_padding, '\n');
    const char* const end = driver::read_integer(padded.data(), padded.data() + text.size(), key);
    return end == nullptr ? -1 : end - padded.data();
}

template <class Key>
void check_both_ways(Key key) {
    CAPTURE(key);
    const std::string text = std::to_string(key);
    char line[driver::longest_integer_line + driver::integer_text_padding];
    const char* const end = driver::write_integer_line(line, key);
    REQUIRE(std::string(static_cast<const char*>(line), end) == text + '\n');
    Key again = 0;
    REQUIRE(read_text(text, again) == static_cast<std::ptrdiff_t>(text.size()));
    REQUIRE(again == key);
}

template <class Key>
void check_all_sizes() {
    using Limits = std::numeric_limits<Key>;
    test::Random random{1};
    for (const Key key : {Key{0}, Limits::min(), Limits::max(), static_cast<Key>(Limits::min() + 1),
                          static_cast<Key>(Limits::max() - 1)}) {
        check_both_ways(key);
    }
    Key power = 1;
    for (int digits = 0; digits < std::numeric_limits<Key>::digits10;
         ++digits, power = static_cast<Key>(power * 10)) {
        for (const Key key :
             {power, static_cast<Key>(power - 1), static_cast<Key>(power + 1), static_cast<Key>(power * 9)}) {
            check_both_ways(key);
            check_both_ways(static_cast<Key>(0 - key));
        }
    }
    for (int round = 0; round < 20'000; ++round) {
        check_both_ways(static_cast<Key>(random() >> random.below(64)));
        check_both_ways(static_cast<Key>(0 - (random() >> random.below(64))));
    }
}

}  // namespace

TEST_CASE("integers are written and read again, of every number of digits") {
    check_all_sizes<std::int64_t>();
    check_all_sizes<std::uint64_t>();
}

TEST_CASE("what is no integer, or does not fit, is not read") {
    std::int64_t key = 7;
    std::uint64_t natural = 7;
    for (const char* const text :
         {"", "-", "x", "--1", "+1", " 1", "9223372036854775808", "-9223372036854775809",
          "99999999999999999999", "123456789012345678901234567890"}) {
        CAPTURE(text);
        CHECK(read_text(text, key) == -1);
    }
    for (const char* const text : {"-1", "18446744073709551616", "99999999999999999999"}) {
        CHECK(read_text(text, natural) == -1);
    }
    CHECK(read_text("12x4", key) == 2);
    CHECK(read_text("12345678x", key) == 8);
    CHECK(read_text("-00000000000000000000000000000012", key) == 33);
    CHECK(key == -12);
}

TEST_CASE("every byte ends a number but a digit") {
    for (int byte = 0; byte < 256; ++byte) {
        if (byte >= '0' && byte <= '9') { continue; }
        CAPTURE(byte);
        for (std::size_t digits = 1; digits <= 18; ++digits) {
            std::int64_t key = 0;
            const std::string text = std::string(digits, '9') + static_cast<char>(byte) + "99999999";
            REQUIRE(read_text(text, key) == static_cast<std::ptrdiff_t>(digits));
            REQUIRE(std::to_string(key) == std::string(digits, '9'));
        }
    }
}
