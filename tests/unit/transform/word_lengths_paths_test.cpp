#include <sheaf/transform/word_lengths.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#if defined(__linux__)
#    include <sys/mman.h>
#    include <unistd.h>
#endif

// Every path on which text is read, against a loop over its bytes.

namespace {

std::size_t allocations = 0;  // of this program, which has one thread

}  // namespace

void* operator new(std::size_t size) {
    ++allocations;
    if (void* const memory = std::malloc(size)) { return memory; }
    throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

using sheaf::detail::TextPath;

struct WordRules {
    bool code_points;
    bool skip_empty;
};

constexpr WordRules all_word_rules[] = {{true, false}, {true, true}, {false, false}, {false, true}};

std::vector<TextPath> available_paths() {
    std::vector<TextPath> paths;
    for (const TextPath path : {TextPath::portable, TextPath::sse2, TextPath::avx2}) {
        if (sheaf::detail::is_available(path)) {
            paths.push_back(path);
        } else {
            MESSAGE("not tested, this processor or build does not have it: path ", static_cast<int>(path));
        }
    }
    return paths;
}

std::vector<std::uint32_t> byte_by_byte(std::span<const std::byte> text, WordRules rules) {
    std::vector<std::uint32_t> lengths;
    std::uint32_t length = 0;
    bool is_empty = true;
    const auto end_word = [&] {
        if (!rules.skip_empty || !is_empty) { lengths.push_back(length); }
        length = 0;
        is_empty = true;
    };
    for (const std::byte byte : text) {
        if (byte == std::byte{0x20}) {
            end_word();
        } else {
            is_empty = false;
            const bool continues = (byte & std::byte{0xC0}) == std::byte{0x80};
            length += rules.code_points && continues ? 0U : 1U;
        }
    }
    end_word();
    return lengths;
}

/// `lengths` keeps from call to call what it holds, and its capacity.
void check_all_paths(std::span<const std::byte> text, std::vector<std::uint32_t>& lengths) {
    static const std::vector<TextPath> paths = available_paths();
    for (const WordRules rules : all_word_rules) {
        const auto expected = byte_by_byte(text, rules);
        for (const TextPath path : paths) {
            const std::size_t capacity = lengths.capacity();
            const std::size_t allocations_before = allocations;
            sheaf::detail::measure_words(path, {rules.code_points, rules.skip_empty}, text, lengths);
            const std::size_t allocated = allocations - allocations_before;
            if (lengths != expected) {
                CAPTURE(static_cast<int>(path));
                CAPTURE(rules.code_points);
                CAPTURE(rules.skip_empty);
                CAPTURE(text.size());
                REQUIRE(lengths == expected);
            }
            // No allocation where there is room, else one of the size needed.
            REQUIRE(allocated == (capacity < expected.size() ? 1 : 0));
            REQUIRE(lengths.capacity() == (capacity < expected.size() ? expected.size() : capacity));
        }
    }
}

/// A random text: one of `density` characters is a space; `kind` says what the others are.
std::string random_text(std::mt19937& random, std::size_t size, unsigned density, unsigned kind) {
    static const std::string characters[] = {
        "a",    "\xC3\xBC", "\xE2\x82\xAC", "\xF0\x9F\x8D\x8E",   "\x80", "\xBF", "\xC0",
        "\x1F", "!",        "\xA0",         std::string(1, '\0'), "\xFF"};
    const std::size_t kinds[] = {1, 4, std::size(characters)};
    std::string text;
    while (text.size() < size) {
        text += random() % density == 0 ? " " : characters[random() % kinds[kind % 3]];
    }
    text.resize(size);  // the last character may be cut
    return text;
}

}  // namespace

TEST_CASE("every path measures the words of texts of every length") {
    constexpr unsigned seed = 20240229;
    CAPTURE(seed);
    std::mt19937 random{seed};
    std::vector<std::uint32_t> stale;
    const auto check = [&stale](const std::string& text) {
        check_all_paths(std::as_bytes(std::span{text}), stale);
    };
    for (std::size_t size = 0; size <= 300; ++size) {
        check(std::string(size, ' '));
        check(std::string(size, 'a'));
        for (const unsigned density : {2U, 6U, 40U}) {
            for (unsigned kind = 0; kind < 3; ++kind) { check(random_text(random, size, density, kind)); }
        }
        if (size % 50 == 0) { stale = {}; }
        if (size % 70 == 0) { stale.assign(random() % 400, 77); }
    }
    // Around the ends of chunks, and words that are longer than a chunk.
    for (const std::size_t size : {1023U, 1024U, 1025U, 1087U, 1088U, 2047U, 2048U, 2049U, 5000U}) {
        for (const unsigned density : {1U, 2U, 6U, 700U}) {
            for (unsigned kind = 0; kind < 3; ++kind) {
                stale = {};
                check(random_text(random, size, density, kind));
                check(random_text(random, size, density, kind));
            }
        }
    }
}

TEST_CASE("no path reads beyond the payload, wherever it begins and ends") {
#if defined(__linux__)
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    void* const mapped = ::mmap(nullptr, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(mapped != MAP_FAILED);
    auto* const middle = static_cast<std::byte*>(mapped) + page;
    REQUIRE(::mprotect(middle, page, PROT_READ | PROT_WRITE) == 0);
    std::mt19937 random{7};
    for (std::size_t i = 0; i < page; ++i) {
        middle[i] = static_cast<std::byte>(random() % 5 == 0 ? 0x20U : random() % 256U);
    }
    std::vector<std::uint32_t> lengths;
    for (std::size_t size = 0; size <= 200; ++size) {
        check_all_paths({middle + page - size, size}, lengths);
        check_all_paths({middle, size}, lengths);
        check_all_paths({middle + size % 67, size}, lengths);
    }
    CHECK(::munmap(mapped, 3 * page) == 0);
#else
    MESSAGE("skipped: protected pages are made on Linux only");
#endif
}

TEST_CASE("WordLengths fills a given vector with what it returns") {
    std::mt19937 random{11};
    std::vector<std::uint32_t> lengths{1, 2, 3};
    for (const WordRules rules : all_word_rules) {
        const sheaf::WordLengths transform{
            {.unit = rules.code_points ? sheaf::LengthUnit::code_points : sheaf::LengthUnit::bytes,
             .skip_empty_words = rules.skip_empty}};
        for (const std::size_t size : {0U, 5U, 64U, 3000U, 10U}) {
            const std::string text = random_text(random, size, 5, 2);
            const auto payload = std::as_bytes(std::span{text});
            transform.transform_into(payload, lengths);
            REQUIRE(lengths == byte_by_byte(payload, rules));
            REQUIRE(transform(payload) == lengths);
        }
    }
}

TEST_CASE("WordLengths leaves a given vector as it was where it refuses the payload") {
    const std::byte one{};
    const std::span<const std::byte> huge{&one, std::size_t{1} << 32U};
    std::vector<std::uint32_t> lengths{1, 2, 3};
    CHECK_THROWS_AS(sheaf::WordLengths{}.transform_into(huge, lengths), std::length_error);
    CHECK(lengths == std::vector<std::uint32_t>{1, 2, 3});
}
