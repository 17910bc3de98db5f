#include <sheaf/core/interpolation_search.hpp>

#include "random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

TEST_CASE("interpolation search: finds what halving finds, from any beginning and however keys are spread") {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        CAPTURE(seed);
        test::Random random{seed};
        std::vector<std::uint64_t> keys(static_cast<std::size_t>(random.between(1, 200)));
        const auto width = std::uint64_t{1} << random.between(1, 63);
        for (std::uint64_t& key : keys) { key = random.chance(10) ? ~random.below(9) : random.below(width); }
        std::sort(keys.begin(), keys.end());
        keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
        for (int i = 0; i < 100; ++i) {
            const std::uint64_t key =
                random.chance(50) ? random.below(width) : keys[random.below(keys.size())];
            const std::size_t guess = sheaf::core::guess_place(keys.size(), keys.front(), keys.back(), key);
            REQUIRE(guess < keys.size());
            const std::size_t begin = random.chance(50) ? guess : random.below(keys.size());
            const auto expected = std::lower_bound(keys.begin(), keys.end(), key) - keys.begin();
            REQUIRE(sheaf::core::search_from(keys, begin, [key](std::uint64_t other) {
                        return other < key;
                    }) == static_cast<std::size_t>(expected));
        }
    }
}

TEST_CASE("interpolation search: the guess is right where keys are spread evenly") {
    for (std::uint64_t key = 0; key <= 1'000; ++key) {
        CHECK(sheaf::core::guess_place(1'001, 5'000, 7'000, 5'000 + 2 * key) == key);
    }
    CHECK(sheaf::core::guess_place(3, 10, 20, 0) == 0);
    CHECK(sheaf::core::guess_place(3, 10, 20, 30) == 2);
    CHECK(sheaf::core::guess_place(1, 10, 10, 10) == 0);
}
