// The paths of instructions beside each other, two runs at a time.

#include <sheaf/merge/detail/merge_path.hpp>

#include <random.hpp>
#include <seeds.hpp>
#include <sorted_runs.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace {

using sheaf::detail::MergePath;
template <class Compare>
using OrderBy = sheaf::detail::ProjectedOrder<Compare, std::identity>;

template <class T>
sheaf::detail::Run<T> run_of(const std::vector<T>& values) {
    return {values.data(), values.data() + values.size()};
}

/// A merge into an array that has exactly the room, so that sanitizers see what is written beyond it.
template <class T, class Merge>
std::vector<T> merged_by(const Merge& merge, const std::vector<T>& a, const std::vector<T>& b) {
    std::vector<T> out(a.size() + b.size());
    REQUIRE(merge(run_of(a), run_of(b), out.data()) == out.data() + out.size());
    return out;
}

/// All paths that this processor has, and the vectors of AVX-512 and AVX2 as the compiler makes them without these
/// instructions.
template <class T, class Compare>
void check_paths(const std::vector<T>& a, const std::vector<T>& b) {
    using Run = sheaf::detail::Run<T>;
    const OrderBy<Compare> before{};
    std::vector<T> expected(a.size() + b.size());
    std::merge(a.begin(), a.end(), b.begin(), b.end(), expected.begin(), Compare{});
    REQUIRE(merged_by<T>([&](Run x, Run y, T* out) { return merge_two_portably(x, y, out, before); }, a, b) ==
            expected);
    if (a.empty() || b.empty()) { return; }
    for (const MergePath path : {MergePath::portable, MergePath::avx2, MergePath::avx512}) {
        if (!is_available(path)) { continue; }
        CAPTURE(static_cast<int>(path));
        REQUIRE(merged_by<T>([&](Run x, Run y, T* out) { return merge_two(path, x, y, out, before); }, a,
                             b) == expected);
    }
#if SHEAF_HAS_X86_VECTORS
    constexpr bool descending = std::same_as<Compare, std::ranges::greater>;
    REQUIRE(merged_by<T>(
                [](Run x, Run y, T* out) {
                    return sheaf::detail::merge_two_by_vectors<T, 64, OrderBy<Compare>, descending>(x, y,
                                                                                                    out);
                },
                a, b) == expected);
    if constexpr (sizeof(T) == 4) {
        REQUIRE(merged_by<T>(
                    [](Run x, Run y, T* out) {
                        return sheaf::detail::merge_two_by_vectors<T, 32, OrderBy<Compare>, descending>(x, y,
                                                                                                        out);
                    },
                    a, b) == expected);
    }
#endif
}

template <class T, class Compare>
void check_random(std::uint64_t seed, std::uint64_t rounds) {
    for (std::uint64_t round = seed; round < seed + rounds; ++round) {
        CAPTURE(round);
        test::Random random{round};
        const test::RunShape shape = test::run_shapes[random.below(std::size(test::run_shapes))];
        const std::size_t longest = random.chance(2) ? 20'000 : random.chance(30) ? 400 : 70;
        auto runs = test::sorted_runs<T>(random, shape, 2, longest, Compare{});
        if (random.chance(20)) { runs[0].resize(std::min<std::size_t>(runs[0].size(), random.below(40))); }
        check_paths<T, Compare>(runs[0], runs[1]);
    }
}

}  // namespace

TEST_CASE_TEMPLATE("the vector and the portable paths of a merge agree",
                   T,
                   std::int32_t,
                   std::uint32_t,
                   std::int64_t,
                   std::uint64_t) {
    // SHEAF_SEEDS=1250000 for ten million cases: four types, two orders.
    const auto seed = test::number_from_environment("SHEAF_SEED", 1);
    const auto rounds = test::count_from_environment("SHEAF_SEEDS", 4'000);
    check_random<T, std::ranges::less>(seed, rounds);
    check_random<T, std::ranges::greater>(seed, rounds);
}

TEST_CASE("two runs of every pair of lengths from 0 to 150 are merged alike by all paths") {
    test::Random random{1};
    for (std::size_t size = 0; size <= 150; ++size) {
        CAPTURE(size);
        auto a = test::values_of<std::uint32_t>(random, test::RunShape::random, size, 0);
        std::sort(a.begin(), a.end());
        for (std::size_t other = 0; other <= 150; ++other) {
            CAPTURE(other);
            auto b = test::values_of<std::uint32_t>(random, test::RunShape::random, other, 0);
            std::sort(b.begin(), b.end());
            check_paths<std::uint32_t, std::ranges::less>(a, b);
        }
    }
}

TEST_CASE("this processor's paths of a merge are said") {
    std::string paths = "portable";
    if (is_available(MergePath::avx2)) { paths += " avx2"; }
    if (is_available(MergePath::avx512)) { paths += " avx512"; }
    MESSAGE("merged by: ", paths, "; what it lacks runs as shorter vectors");
    CHECK(is_available(sheaf::detail::best_merge_path()));
}
