// Every integer type, in a file of its own because each is compiled anew.

#include <sheaf/merge/merge_runs.hpp>

#include <random.hpp>
#include <sorted_runs.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <vector>

TEST_CASE_TEMPLATE("merge_runs is std::merge folded, of every integer type",
                   T,
                   char,
                   signed char,
                   unsigned char,
                   short,
                   unsigned short,
                   int,
                   unsigned,
                   long,
                   unsigned long,
                   long long,
                   unsigned long long,
                   wchar_t,
                   char8_t,
                   char16_t,
                   char32_t) {
    test::for_each_shape(6, [](test::Random& random, test::RunShape shape) {
        const auto count = static_cast<std::size_t>(random.below(40));
        const auto runs = test::sorted_runs<T>(random, shape, count, random.chance(20) ? 2'000 : 70);
        const std::vector<T> expected = test::folded(runs);
        std::vector<T> merged(expected.size());
        REQUIRE(sheaf::merge_runs(runs, merged.data()) == merged.data() + merged.size());
        REQUIRE(merged == expected);
    });
}
