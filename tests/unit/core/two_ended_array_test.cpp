#include <sheaf/core/two_ended_array.hpp>

#include "random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

using sheaf::core::TwoEndedArray;

namespace {

template <class T>
bool same(const TwoEndedArray<T>& array, const std::vector<T>& expected) {
    return array.size() == expected.size() && array.empty() == expected.empty() &&
           std::equal(array.begin(), array.end(), expected.begin()) &&
           (expected.empty() || (array.front() == expected.front() && array.back() == expected.back()));
}

}  // namespace

TEST_CASE("TwoEndedArray: empty until something is inserted") {
    const TwoEndedArray<int> array;
    CHECK(array.empty());
    CHECK(array.size() == 0);
    CHECK(array.capacity() == 0);
    CHECK(array.begin() == array.end());
    CHECK(sizeof(array) <= 24);
}

TEST_CASE("TwoEndedArray: follows a vector through random insertions and removals") {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        test::Random random{seed};
        TwoEndedArray<std::uint64_t> array;
        std::vector<std::uint64_t> expected;
        const unsigned growth = static_cast<unsigned>(random.between(40, 70));  // some shrink, some grow
        for (int step = 0; step < 600; ++step) {
            CAPTURE(step);
            if (expected.empty() || random.chance(growth)) {
                // Ends are what the library uses most.
                std::size_t position = static_cast<std::size_t>(random.below(expected.size() + 1));
                if (random.chance(30)) {
                    position = 0;
                } else if (random.chance(40)) {
                    position = expected.size();
                }
                const std::uint64_t value = random();
                array.insert(position, value);
                expected.insert(expected.begin() + static_cast<std::ptrdiff_t>(position), value);
            } else if (random.chance(40)) {
                array.pop_front();
                expected.erase(expected.begin());
            } else if (random.chance(10)) {
                const std::size_t count = static_cast<std::size_t>(random.below(expected.size() + 1));
                array.truncate(count);
                expected.resize(count);
            } else {
                const std::size_t position = static_cast<std::size_t>(random.below(expected.size()));
                array.erase(position);
                expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(position));
            }
            REQUIRE(same(array, expected));
        }
    }
}

TEST_CASE("TwoEndedArray: a queue of constant length needs no more memory") {
    TwoEndedArray<int> array;
    for (int i = 0; i < 10; ++i) { array.insert(array.size(), i); }
    for (int i = 10; i < 10'000; ++i) {
        array.insert(array.size(), i);
        REQUIRE(array.front() == i - 10);
        array.pop_front();
    }
    CHECK(array.size() == 10);
    CHECK(array.capacity() <= 32);
}

TEST_CASE("TwoEndedArray: both ends grow at little cost in memory") {
    for (const bool alternate : {false, true}) {
        CAPTURE(alternate);
        TwoEndedArray<int> array;
        for (int i = 0; i < 4'000; ++i) { array.insert(alternate && i % 2 == 0 ? array.size() : 0, i); }
        CHECK(array.size() == 4'000);
        CHECK(array.capacity() <= 4 * 4'000);
    }
}

TEST_CASE("TwoEndedArray: reserve_back makes room for any number") {
    // The elements that are here already, and the room that pop_front left, must not matter.
    for (std::size_t held = 0; held <= 9; ++held) {
        for (std::size_t popped = 0; popped <= held; ++popped) {
            for (std::size_t count = 0; count <= 40; ++count) {
                CAPTURE(held);
                CAPTURE(popped);
                CAPTURE(count);
                TwoEndedArray<std::size_t> array;
                std::vector<std::size_t> expected;
                for (std::size_t i = 0; i < held; ++i) {
                    array.insert(i, i);
                    expected.push_back(i);
                }
                for (std::size_t i = 0; i < popped; ++i) { array.pop_front(); }
                expected.erase(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(popped));
                array.reserve_back(count);
                const std::size_t capacity = array.capacity();
                for (std::size_t i = 0; i < count; ++i) {
                    array.push_back_reserved(100 + i);
                    expected.push_back(100 + i);
                }
                REQUIRE(array.capacity() == capacity);
                REQUIRE(same(array, expected));
            }
        }
    }
}

TEST_CASE("TwoEndedArray: a move leaves nothing behind") {
    TwoEndedArray<int> first;
    for (int i = 0; i < 5; ++i) { first.insert(first.size(), i); }
    TwoEndedArray<int> second{std::move(first)};
    CHECK(same(second, {0, 1, 2, 3, 4}));
    CHECK(first.empty());  // NOLINT(bugprone-use-after-move): that is the question
    first.insert(0, 7);
    CHECK(same(first, {7}));
    first = std::move(second);
    CHECK(same(first, {0, 1, 2, 3, 4}));
    first.reset();
    CHECK(first.empty());
    CHECK(first.capacity() == 0);
}
