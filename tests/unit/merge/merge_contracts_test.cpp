// What merge_runs takes: values, outputs, comparisons and projections of all kinds.

#include <sheaf/merge/merge_runs.hpp>

#include <random.hpp>
#include <sorted_runs.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <list>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

/// An output that can be moved only, and says nothing when it goes on.
class Sole {
public:
    using difference_type = std::ptrdiff_t;
    explicit Sole(std::vector<int>& to)
        : to_{&to} {}
    Sole(Sole&&) = default;
    Sole& operator=(Sole&&) = default;
    struct Place {
        std::vector<int>* to;
        const Place& operator=(int value) const {
            to->push_back(value);
            return *this;
        }
    };
    Place operator*() { return {to_}; }
    Sole& operator++() { return *this; }
    void operator++(int) {}

private:
    std::vector<int>* to_;
};

/// Small, but cannot be assigned by a move.
struct Unmoved {
    int key;
    Unmoved& operator=(const Unmoved&) = default;
    Unmoved(const Unmoved&) = default;
    Unmoved& operator=(Unmoved&&) = delete;
    explicit Unmoved(int k)
        : key{k} {}
};

struct Keyed {
    int value;
    int key() { return value; }
    [[nodiscard]] int constant_key() const { return value; }
};

template <class Runs, class Compare, class Projection>
concept Merges = requires(Runs& runs, Compare compare, Projection projection) {
    sheaf::merge_runs(runs, std::back_inserter(runs[0]), compare, projection);
};

}  // namespace

TEST_CASE("merge_runs passes on what a comparison throws, and the merger can be used again") {
    test::Random random{9};
    const auto runs = test::sorted_runs<std::uint64_t>(random, test::RunShape::random, 9, 400);
    const std::vector<std::span<const std::uint64_t>> spans{runs.begin(), runs.end()};
    const auto expected = test::folded(runs);
    std::uint64_t left = 0;
    const auto compare = [&left](std::uint64_t a, std::uint64_t b) {
        if (left == 0) { throw std::runtime_error{"compare"}; }
        --left;
        return a < b;
    };
    sheaf::RunMerger<std::uint64_t, decltype(compare)> merger{compare};
    std::vector<std::uint64_t> merged(expected.size());
    for (std::uint64_t allowed = 0; allowed < 2'000; allowed += 7) {
        left = allowed;
        CHECK_THROWS_WITH_AS(merger.merge(spans, merged.data()), "compare", std::runtime_error);
    }
    left = 1'000'000;
    CHECK(merger.merge(spans, merged.data()) == merged.data() + merged.size());
    CHECK(merged == expected);
}

TEST_CASE("merge_runs takes what the standard library takes, or refuses it by its concept") {
    const std::vector<std::vector<int>> runs{{1, 4}, {2, 3, 9}, {4}};
    const std::vector<int> expected{1, 2, 3, 4, 4, 9};
    const auto own = [](int a, int b) { return a < b; };

    std::vector<int> merged;
    sheaf::merge_runs(runs, Sole{merged});
    sheaf::merge_runs(runs, Sole{merged}, own);
    CHECK(merged == std::vector{1, 2, 3, 4, 4, 9, 1, 2, 3, 4, 4, 9});
    const std::list<std::list<int>> lists{{1, 4}, {2, 3, 9}, {4}};
    merged.clear();
    sheaf::merge_runs(lists, Sole{merged});
    CHECK(merged == expected);

    merged.clear();
    sheaf::merge_runs(runs, std::back_inserter(merged), [n = 0](int a, int b) mutable {
        n += 1;
        return n > 0 && a < b;
    });
    CHECK(merged == expected);

    // An array of bool, by a comparison that takes nothing but two of the same type.
    const bool booleans[2][3] = {{false, true, true}, {false, false, true}};
    bool sorted[6] = {};
    sheaf::merge_runs(booleans, sorted, []<class T>(const T& a, const T& b) { return a < b; });
    CHECK(std::is_sorted(std::begin(sorted), std::end(sorted)));
    CHECK(std::count(std::begin(sorted), std::end(sorted), true) == 3);

    const std::vector<std::vector<Unmoved>> unmoved{{Unmoved{1}, Unmoved{5}}, {Unmoved{3}}};
    std::vector<int> keys;
    struct Keys {
        using difference_type = std::ptrdiff_t;
        std::vector<int>* to;
        Keys& operator*() { return *this; }
        Keys& operator++() { return *this; }
        void operator++(int) {}
        const Keys& operator=(const Unmoved& value) const {
            to->push_back(value.key);
            return *this;
        }
    };
    sheaf::merge_runs(unmoved, Keys{&keys}, std::less<>{}, &Unmoved::key);
    CHECK(keys == std::vector{1, 3, 5});

    // Values are looked at through constant references.
    CHECK(Merges<std::vector<std::vector<Keyed>>, std::less<>, int (Keyed::*)() const>);
    CHECK_FALSE(Merges<std::vector<std::vector<Keyed>>, std::less<>, int (Keyed::*)()>);
}

TEST_CASE("merge_runs assigns to values alone, never to memory without them") {
    // A pair of a reference assigns to what that refers to.
    int store[] = {1, 5, 9, 2, 4, 8};
    using Reference = std::pair<int&, int>;
    const auto by_first = [](const Reference& a, const Reference& b) { return a.first < b.first; };
    std::vector<std::vector<Reference>> runs(2);
    for (int i = 0; i < 6; ++i) { runs[static_cast<std::size_t>(i) / 3].emplace_back(store[i], i); }
    std::vector<Reference> merged;
    sheaf::merge_runs(runs, std::back_inserter(merged), by_first);
    std::vector<int> seen;
    for (const Reference& value : merged) { seen.push_back(value.first); }
    CHECK(seen == std::vector{1, 2, 4, 5, 8, 9});
    CHECK(std::equal(std::begin(store), std::end(store), std::begin({1, 5, 9, 2, 4, 8})));

    struct Slot {
        int key;
        unsigned tag = 0xA5;
        explicit Slot(int k)
            : key{k} {}
        Slot(const Slot&) = default;
        Slot& operator=(const Slot& other) {
            if (tag != 0xA5) { throw std::logic_error{"no value is there"}; }
            key = other.key;
            return *this;
        }
        ~Slot() = default;
    };
    const std::vector<std::vector<Slot>> slots{{Slot{1}, Slot{4}}, {Slot{2}, Slot{5}}, {Slot{3}}};
    std::vector<Slot> out(5, Slot{0});
    sheaf::merge_runs(slots, out.begin(), std::less<>{}, &Slot::key);
    for (int i = 0; i < 5; ++i) { CHECK(out[static_cast<std::size_t>(i)].key == i + 1); }
}

TEST_CASE_TEMPLATE("merge_runs is stable for values of every size, by passes and by trees",
                   Size,
                   std::integral_constant<std::size_t, 1>,
                   std::integral_constant<std::size_t, 2>,
                   std::integral_constant<std::size_t, 3>,
                   std::integral_constant<std::size_t, 7>,
                   std::integral_constant<std::size_t, 8>) {
    struct Wide {
        std::uint64_t key;
        std::array<std::uint64_t, Size::value> origin;
        bool operator==(const Wide&) const = default;
    };
    test::for_each_shape(4, [](test::Random& random, test::RunShape shape) {
        const auto keys = test::sorted_runs<std::uint64_t>(random, shape, random.below(30), 300);
        std::vector<std::vector<Wide>> runs(keys.size());
        std::vector<std::vector<std::pair<std::uint64_t, std::uint64_t>>> pairs(keys.size());
        std::uint64_t count = 0;
        for (std::size_t i = 0; i < keys.size(); ++i) {
            for (const std::uint64_t key : keys[i]) {
                Wide wide{key, {}};
                wide.origin.fill(++count);
                runs[i].push_back(wide);
                pairs[i].emplace_back(key, count);
            }
        }
        const auto by_wide_key = [](const Wide& a, const Wide& b) { return a.key < b.key; };
        std::vector<Wide> merged(count);
        sheaf::merge_runs(runs, merged.data(), by_wide_key);
        REQUIRE(merged == test::folded(runs, by_wide_key));
        std::vector<std::pair<std::uint64_t, std::uint64_t>> merged_pairs(count);
        sheaf::merge_runs(pairs, merged_pairs.data());
        REQUIRE(merged_pairs == test::folded(pairs));
    });
}

TEST_CASE("merge_runs takes orders that are large, and that depend on what they hold") {
    test::Random random{11};
    std::vector<std::string> texts;
    for (int i = 0; i < 3'000; ++i) { texts.push_back(std::to_string(random.below(1'000))); }
    // More than what is held by value.
    struct ByText {
        std::vector<std::string> names;
        std::function<int(const std::string&, const std::string&)> order;
        bool operator()(std::uint32_t a, std::uint32_t b) const { return order(names[a], names[b]) < 0; }
    };
    const ByText by_text{texts, [](const std::string& a, const std::string& b) { return a.compare(b); }};
    std::vector<std::vector<std::uint32_t>> runs(17);
    for (std::uint32_t i = 0; i < texts.size(); ++i) { runs[i % 17].push_back(i); }
    for (auto& run : runs) { std::stable_sort(run.begin(), run.end(), std::cref(by_text)); }
    std::vector<std::uint32_t> merged(texts.size());
    sheaf::merge_runs(runs, merged.begin(), by_text);
    CHECK(merged == test::folded(runs, std::cref(by_text)));
    merged.clear();
    sheaf::merge_runs(runs, std::back_inserter(merged), std::ranges::less{},
                      [&texts](std::uint32_t i) -> const std::string& { return texts[i]; });
    CHECK(merged == test::folded(runs, std::cref(by_text)));
}
