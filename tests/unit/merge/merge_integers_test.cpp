// Every integer type, in a file of its own because each is compiled anew.

#include <sheaf/merge/merge_runs.hpp>

#include <random.hpp>
#include <seeds.hpp>
#include <sorted_runs.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
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
    const auto seed = test::number_from_environment("SHEAF_SEED", 1);
    const auto rounds = test::count_from_environment("SHEAF_SEEDS", 6);
    for (std::uint64_t round = seed; round < seed + rounds; ++round) {
        CAPTURE(round);
        test::Random random{round};
        for (const test::RunShape shape : test::run_shapes) {
            CAPTURE(static_cast<int>(shape));
            const auto count = static_cast<std::size_t>(random.below(40));
            const auto runs = test::sorted_runs<T>(random, shape, count, random.chance(20) ? 2'000 : 70);
            const std::vector<T> expected = test::folded(runs);
            std::vector<T> merged(expected.size());
            REQUIRE(sheaf::merge_runs(runs, merged.data()) == merged.data() + merged.size());
            REQUIRE(merged == expected);
        }
    }
}
