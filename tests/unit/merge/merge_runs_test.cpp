#include <sheaf/merge/merge_runs.hpp>

#include <fragile.hpp>
#include <random.hpp>
#include <sorted_runs.hpp>

#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <forward_list>
#include <functional>
#include <iterator>
#include <limits>
#include <list>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

/// A value that remembers where it came from. The order looks at the key alone, so that it shows whether a merge is
/// stable.
struct Traced {
    std::uint64_t key;
    std::uint16_t run;
    std::uint16_t place;
    friend bool operator==(const Traced&, const Traced&) = default;
};
bool by_key(const Traced& a, const Traced& b) { return a.key < b.key; }

using KeyRuns = std::vector<std::vector<std::uint64_t>>;

std::vector<std::vector<Traced>> traced(const KeyRuns& runs) {
    std::vector<std::vector<Traced>> all(runs.size());
    for (std::size_t i = 0; i < runs.size(); ++i) {
        for (std::size_t j = 0; j < runs[i].size(); ++j) {
            all[i].push_back({runs[i][j], static_cast<std::uint16_t>(i), static_cast<std::uint16_t>(j)});
        }
    }
    return all;
}

template <class T>
std::vector<std::deque<T>> as_deques(const std::vector<std::vector<T>>& runs) {
    std::vector<std::deque<T>> deques;
    for (const auto& run : runs) { deques.emplace_back(run.begin(), run.end()); }
    return deques;
}

/// Merged into an array, appended to a container, by a comparison that the library does not know, and by a tree that
/// copies rows, because the runs are not in one piece.
template <class T, class Compare>
void check_ways(const std::vector<std::vector<T>>& runs, Compare compare) {
    const std::vector<T> expected = test::folded(runs, compare);
    std::vector<T> array(expected.size());
    const auto end = sheaf::merge_runs(runs, array.begin(), compare);
    REQUIRE(end == array.end());
    REQUIRE(array == expected);
    std::vector<T> appended;
    sheaf::merge_runs(runs, std::back_inserter(appended), compare);
    REQUIRE(appended == expected);
    std::vector<T> compared(expected.size());
    sheaf::merge_runs(runs, compared.data(), [&](const T& a, const T& b) { return compare(a, b); });
    REQUIRE(compared == expected);
    std::vector<T> by_tree;
    sheaf::merge_runs(as_deques(runs), std::back_inserter(by_tree), compare);
    REQUIRE(by_tree == expected);
}

template <class T>
void check_lists(const std::vector<std::vector<T>>& runs) {
    std::vector<std::forward_list<T>> lists;
    for (const auto& run : runs) { lists.emplace_back(run.begin(), run.end()); }
    std::vector<T> merged;
    sheaf::merge_runs(lists.begin(), lists.end(), std::back_inserter(merged));
    REQUIRE(merged == test::folded(runs));
}

/// Equal keys in the order of their runs: by passes, of a member and by a function, and by trees that hold values and
/// that do not.
void check_stable(const KeyRuns& keys) {
    const auto runs = traced(keys);
    const auto expected = test::folded(runs, by_key);
    std::vector<Traced> merged(expected.size());
    sheaf::merge_runs(runs, merged.data(), std::less<>{}, &Traced::key);
    REQUIRE(merged == expected);
    std::vector<Traced> compared(expected.size());
    sheaf::merge_runs(runs, compared.data(), by_key);
    REQUIRE(compared == expected);
    std::vector<Traced> by_tree(expected.size());
    sheaf::merge_runs(as_deques(runs), by_tree.data(), by_key);
    REQUIRE(by_tree == expected);
    using Text = std::pair<std::string, std::size_t>;
    std::vector<std::vector<Text>> texts(keys.size());
    std::size_t count = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        for (const std::uint64_t key : keys[i]) { texts[i].emplace_back(std::to_string(key), count++); }
        std::stable_sort(texts[i].begin(), texts[i].end(),
                         [](const Text& a, const Text& b) { return a.first < b.first; });
    }
    std::vector<Text> merged_texts;
    sheaf::merge_runs(texts, std::back_inserter(merged_texts), std::ranges::less{}, &Text::first);
    REQUIRE(merged_texts ==
            test::folded(texts, [](const Text& a, const Text& b) { return a.first < b.first; }));
}

}  // namespace

TEST_CASE_TEMPLATE("merge_runs is std::merge folded, in every way and shape",
                   T,
                   std::uint64_t,
                   std::int32_t) {
    test::for_each_shape(4, [](test::Random& random, test::RunShape shape) {
        const auto count = static_cast<std::size_t>(random.below(40));
        const std::size_t longest = random.chance(20) ? 2'000 : 70;
        check_ways(test::sorted_runs<T>(random, shape, count, longest), std::ranges::less{});
        check_ways(test::sorted_runs<T>(random, shape, count, longest, std::greater<>{}), std::greater<>{});
        check_lists(test::sorted_runs<T>(random, shape, count % 9, 70));
    });
}

TEST_CASE("merge_runs: any number of runs from 0 to 130, of any length from 0 to 70") {
    test::Random random{test::number_from_environment("SHEAF_SEED", 1)};
    for (std::size_t count = 0; count <= 130; ++count) {
        CAPTURE(count);
        for (const test::RunShape shape : test::run_shapes) {
            check_ways(test::sorted_runs<std::uint64_t>(random, shape, count, 70), std::ranges::less{});
            check_ways(test::sorted_runs<std::int32_t>(random, shape, count, 70), std::ranges::less{});
        }
    }
    for (std::size_t length = 0; length <= 70; ++length) {
        CAPTURE(length);
        for (std::size_t other = 0; other <= 70; ++other) {
            std::vector<std::vector<std::int32_t>> runs(3);
            runs[0] = test::values_of<std::int32_t>(random, test::RunShape::random, length, 0);
            runs[1] = test::values_of<std::int32_t>(random, test::RunShape::random, other, 0);
            runs[2] = test::values_of<std::int32_t>(random, test::RunShape::random, (length + other) / 2, 0);
            for (auto& run : runs) { std::sort(run.begin(), run.end()); }
            check_ways(runs, std::ranges::less{});
        }
    }
}

TEST_CASE("merge_runs is stable, by passes and by trees") {
    test::for_each_shape(25, [](test::Random& random, test::RunShape shape) {
        const auto count = static_cast<std::size_t>(random.below(30));
        const std::size_t longest = random.chance(20) ? 1'000 : 30;
        check_stable(test::sorted_runs<std::uint64_t>(random, shape, count, longest));
    });
}

TEST_CASE("merge_runs: slices of a set that is larger than a cache, with runs of all lengths and values as "
          "frequent as a slice") {
    for (const test::RunShape shape : test::run_shapes) {
        CAPTURE(static_cast<int>(shape));
        test::Random random{7};
        std::vector<std::vector<std::uint64_t>> runs;
        for (const std::size_t size : {400'000U, 3U, 0U, 250'000U, 1U, 90'000U, 7'000U}) {
            runs.push_back(test::values_of<std::uint64_t>(random, shape, size, random.below(7)));
            std::sort(runs.back().begin(), runs.back().end());
        }
        const auto expected = test::folded(runs);
        std::vector<std::uint64_t> merged(expected.size());
        sheaf::merge_runs(runs, merged.begin());
        CHECK(merged == expected);
        const auto records = traced(runs);  // places wrap round, which does not matter to equality
        std::vector<Traced> sorted(merged.size());
        sheaf::merge_runs(records, sorted.data(), std::less<>{}, &Traced::key);
        CHECK(sorted == test::folded(records, by_key));
    }
}

TEST_CASE("merge_runs takes floating point numbers, with both zeros and infinity") {
    const std::vector<std::vector<double>> runs{
        {-1.0, 0.0, 2.5}, {-0.0, 1e300}, {0.0, std::numeric_limits<double>::infinity()}};
    std::vector<double> merged;
    sheaf::merge_runs(runs, std::back_inserter(merged));
    std::ostringstream text;
    for (const double value : merged) { text << value << ' '; }
    CHECK(text.str() == "-1 0 -0 0 2.5 1e+300 inf ");
}

TEST_CASE("merge_runs loses nothing where some numbers are none, nor does it look beyond the runs") {
    test::Random random{13};
    for (int round = 0; round < 60; ++round) {
        std::vector<std::vector<double>> runs(1 + random.below(60));
        std::vector<std::uint64_t> expected;
        for (auto& run : runs) {
            for (auto size = random.below(random.chance(5) ? 40'000 : 50); size != 0; --size) {
                run.push_back(random.chance(30) ? std::numeric_limits<double>::quiet_NaN()
                                                : static_cast<double>(random.below(100)));
                expected.push_back(std::bit_cast<std::uint64_t>(run.back()));
            }
        }
        std::vector<double> merged(expected.size());
        sheaf::merge_runs(runs, merged.begin());
        std::vector<std::uint64_t> bits;
        for (const double value : merged) { bits.push_back(std::bit_cast<std::uint64_t>(value)); }
        std::sort(bits.begin(), bits.end());
        std::sort(expected.begin(), expected.end());
        REQUIRE(bits == expected);
    }
}

TEST_CASE("merge_runs takes runs of input iterators, arrays, moved strings, and nothing") {
    struct Stream {
        std::istringstream text;
        auto begin() { return std::istream_iterator<int>{text}; }
        auto end() { return std::istream_iterator<int>{}; }
    };
    std::list<Stream> streams;
    for (const char* const text : {"1 4 7", "", "2 3 9"}) { streams.push_back({std::istringstream{text}}); }
    std::vector<int> numbers;
    sheaf::merge_runs(streams, std::back_inserter(numbers));
    CHECK(numbers == std::vector{1, 2, 3, 4, 7, 9});

    const std::array<std::array<std::int16_t, 2>, 2> arrays{{{5, 6}, {-3, 7}}};
    std::array<std::int16_t, 4> out{};
    CHECK(sheaf::merge_runs(arrays, out.data()) == out.data() + 4);
    CHECK(out == std::array<std::int16_t, 4>{-3, 5, 6, 7});

    struct Moved {
        std::vector<std::string>* run;
        [[nodiscard]] auto begin() const { return std::make_move_iterator(run->begin()); }
        [[nodiscard]] auto end() const { return std::make_move_iterator(run->end()); }
    };
    const std::string long_text(100, 'b');
    std::vector<std::string> first{"a", "c"};
    std::vector<std::string> second{long_text};
    std::vector<std::string> third{"d"};
    const char* const letters = second[0].data();
    std::vector<Moved> moved{{&first}, {&second}, {&third}};
    std::vector<std::string> texts;
    sheaf::merge_runs(moved, std::back_inserter(texts));
    CHECK(texts == std::vector<std::string>{"a", long_text, "c", "d"});
    CHECK(texts[1].data() == letters);

    CHECK(sheaf::merge_runs(std::vector<std::vector<int>>{}, out.begin()) == out.begin());
    CHECK(sheaf::merge_runs(std::vector<std::vector<std::string>>(3), texts.begin()) == texts.begin());
}

TEST_CASE("merge_runs: runs that are not sorted give all their values, in whatever order") {
    test::Random random{3};
    for (int round = 0; round < 60; ++round) {
        std::vector<std::vector<std::uint64_t>> runs(1 + random.below(20));
        std::vector<std::uint64_t> expected;
        for (auto& run : runs) {
            run = test::values_of<std::uint64_t>(random, test::RunShape::random, random.below(400), 0);
            expected.insert(expected.end(), run.begin(), run.end());
        }
        std::sort(expected.begin(), expected.end());
        std::vector<std::uint64_t> merged(expected.size());
        sheaf::merge_runs(runs, merged.begin());
        std::sort(merged.begin(), merged.end());
        REQUIRE(merged == expected);
        std::vector<std::uint64_t> by_tree(expected.size());
        sheaf::merge_runs(as_deques(runs), by_tree.begin());
        std::sort(by_tree.begin(), by_tree.end());
        REQUIRE(by_tree == expected);
        // An order that is none, either: the answers are drawn.
        sheaf::merge_runs(runs, merged.begin(), [&](auto, auto) { return random.chance(50); });
        std::sort(merged.begin(), merged.end());
        REQUIRE(merged == expected);
    }
}

TEST_CASE("merge_runs leaves the runs as they are where copying throws") {
    std::vector<std::vector<test::Fragile>> runs(4);
    for (int i = 0; i < 40; ++i) { runs[static_cast<std::size_t>(i) % 4].emplace_back(i); }
    std::vector<test::Fragile> out(40);
    for (int left = 0; left < 40; ++left) {
        test::Fragile::left = left;
        CHECK_THROWS_WITH_AS(sheaf::merge_runs(runs, out.begin(), std::less<>{}), "copy", std::runtime_error);
        test::Fragile::left = -1;
        for (std::size_t i = 0; i < 40; ++i) { REQUIRE(runs[i % 4][i / 4].key == static_cast<int>(i)); }
        for (int i = 0; i < left; ++i) { REQUIRE(out[static_cast<std::size_t>(i)].key == i); }
    }
    test::Fragile::left = 40;
    CHECK_NOTHROW(sheaf::merge_runs(runs, out.begin(), std::less<>{}));
    test::Fragile::left = -1;
}

TEST_CASE("merge_runs compares no more often than a tree of merges needs to") {
    test::Random random{5};
    for (const std::size_t count : {2U, 3U, 10U, 64U, 100U}) {
        CAPTURE(count);
        std::vector<std::vector<std::string>> runs(count);
        for (auto& run : runs) {
            for (int i = 0; i < 50; ++i) { run.push_back(std::to_string(random())); }
            std::sort(run.begin(), run.end());
        }
        std::size_t compared = 0;
        std::vector<std::string> merged;
        sheaf::merge_runs(runs, std::back_inserter(merged), [&](const std::string& a, const std::string& b) {
            ++compared;
            return a < b;
        });
        std::size_t levels = 0;
        while ((std::size_t{1} << levels) < count) { ++levels; }
        // Beside those of the tree two a run tell that all of them overlap, and long rows are looked for now and then.
        CHECK(compared <= merged.size() * levels + merged.size() / 4 + 4 * count);
        // Passes ask where to cut, and once in 32 values whether blocks can be copied.
        std::vector<std::vector<int>> numbers(count);
        for (auto& run : numbers) {
            run = test::values_of<int>(random, test::RunShape::random, 50, 0);
            std::sort(run.begin(), run.end());
        }
        compared = 0;
        std::vector<int> sorted(count * 50);
        sheaf::merge_runs(numbers, sorted.data(), [&](int a, int b) {
            ++compared;
            return a < b;
        });
        CHECK(compared <= sorted.size() * levels * 9 / 8 + 16 * count);
    }
}

TEST_CASE("merge_runs compares values of the runs alone, of any number of them") {
    struct Handle {
        const int* to;
    };
    std::vector<int> places(300);
    for (int i = 0; i < 300; ++i) { places[static_cast<std::size_t>(i)] = i; }
    for (std::size_t count = 1; count <= 17; ++count) {
        CAPTURE(count);
        std::vector<std::vector<Handle>> runs(count);
        for (std::size_t i = 0; i < places.size(); ++i) { runs[i * 7 % count].push_back({&places[i]}); }
        const auto check = [&](const auto& some) {
            std::vector<Handle> merged;
            sheaf::merge_runs(some, std::back_inserter(merged),
                              [](Handle a, Handle b) { return *a.to < *b.to; });
            REQUIRE(merged.size() == places.size());
            for (std::size_t i = 0; i < places.size(); ++i) { REQUIRE(merged[i].to == &places[i]); }
        };
        check(runs);             // by passes
        check(as_deques(runs));  // by a tree that holds values
        std::vector<std::vector<const int*>> pointers(count);
        for (std::size_t i = 0; i < places.size(); ++i) { pointers[i * 7 % count].push_back(&places[i]); }
        std::vector<const int*> merged;
        sheaf::merge_runs(pointers, std::back_inserter(merged),
                          [](const int* a, const int* b) { return *a < *b; });
        REQUIRE(merged.size() == places.size());
        for (std::size_t i = 0; i < places.size(); ++i) { REQUIRE(merged[i] == &places[i]); }
    }
}

TEST_CASE("merge_runs: slices of runs that are alike are no larger than others") {
    using Order = sheaf::detail::ProjectedOrder<std::ranges::less, std::identity>;
    std::vector<std::vector<std::uint64_t>> values(256);
    std::vector<sheaf::detail::Run<std::uint64_t>> runs;
    for (std::size_t i = 0; i < values.size(); ++i) {
        for (std::uint64_t j = 0; j < 8'192; ++j) { values[i].push_back(j * 1'000 + i); }
        runs.push_back({values[i].data(), values[i].data() + values[i].size()});
    }
    sheaf::detail::RunSlices<std::uint64_t, Order> slices{Order{}};
    constexpr std::size_t wanted = 131'072;
    slices.begin(runs, 256 * 8'192, wanted);
    std::size_t sum = 0;
    while (slices.next()) {
        CHECK(slices.size() <= 2 * wanted);
        sum += slices.size();
    }
    CHECK(sum == 256 * 8'192);
}

TEST_CASE("merge_runs copies runs that do not overlap, and compares them by their ends alone") {
    std::vector<std::vector<int>> runs(100);
    for (int i = 0; i < 10'000; ++i) { runs[static_cast<std::size_t>(i / 100 * 37 % 100)].push_back(i); }
    std::size_t compared = 0;
    std::vector<int> merged;
    sheaf::merge_runs(runs, std::back_inserter(merged), [&](int a, int b) {
        ++compared;
        return a < b;
    });
    CHECK(std::is_sorted(merged.begin(), merged.end()));
    CHECK(merged.size() == 10'000);
    CHECK(compared < 1'500);
}
