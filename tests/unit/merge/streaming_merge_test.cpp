#include <sheaf/merge/streaming_merge.hpp>

#include <fragile.hpp>
#include <random.hpp>
#include <seeds.hpp>
#include <sorted_runs.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using Merge = sheaf::StreamingMerge<int>;
using Numbers = std::vector<int>;

sheaf::PushResult push(Merge& merge,
                       std::size_t source,
                       const Numbers& values,
                       std::chrono::nanoseconds now = {}) {
    return merge.push(source, values, now);
}
Numbers drained(Merge& merge, std::chrono::nanoseconds now = {}) {
    Numbers out;
    const std::size_t count = merge.drain_into(out, now);
    CHECK(count == out.size());
    return out;
}

/// What is certain of some values that were pushed, by the definition: no value that an open source may still send
/// comes before it.
template <class T>
std::size_t certain_count(const std::vector<std::vector<T>>& pushed,
                          const std::vector<bool>& open,
                          const std::vector<std::pair<T, std::size_t>>& merged) {
    std::size_t count = 0;
    for (const auto& [value, source] : merged) {
        bool is_certain = true;
        for (std::size_t i = 0; i < pushed.size(); ++i) {
            if (!open[i]) { continue; }
            if (pushed[i].empty() || pushed[i].back() < value || (pushed[i].back() == value && i < source)) {
                is_certain = false;
            }
        }
        if (!is_certain) { break; }
        ++count;
    }
    return count;
}

/// Random blocks of random sources, drained now and then: always all that is certain, never more, and in the end
/// everything, stable.
template <class T, class Value, class Make>
void check_history(std::uint64_t seed, Make make) {
    CAPTURE(seed);
    test::Random random{seed};
    const auto count = static_cast<std::size_t>(1 + random.below(12));
    const test::RunShape shape = test::run_shapes[random.below(std::size(test::run_shapes))];
    const auto runs = test::sorted_runs<T>(random, shape, count, random.chance(30) ? 500 : 40);
    std::vector<std::pair<T, std::size_t>> expected;
    for (std::size_t i = 0; i < count; ++i) {
        for (const T value : runs[i]) { expected.emplace_back(value, i); }
    }
    std::stable_sort(expected.begin(), expected.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });

    sheaf::StreamingMerge<Value, std::less<>, T Value::*> merge{count, {}, {}, &Value::key};
    std::vector<std::size_t> given(count, 0);
    std::vector<bool> open(count, true);
    std::vector<std::vector<T>> pushed(count);
    std::vector<Value> out;
    std::size_t left = count;
    while (left != 0) {
        const auto source = static_cast<std::size_t>(random.below(count));
        const std::size_t rest = runs[source].size() - given[source];
        if (rest == 0 && open[source]) {
            merge.close(source);
            open[source] = false;
            --left;
        } else if (open[source]) {
            const auto size = static_cast<std::size_t>(random.below(std::min<std::size_t>(rest, 30) + 1));
            std::vector<Value> block;
            for (std::size_t i = 0; i < size; ++i) {
                pushed[source].push_back(runs[source][given[source] + i]);
                block.push_back(make(pushed[source].back(), source));
            }
            given[source] += size;
            const sheaf::PushResult result = merge.push(source, block);
            REQUIRE(result.ok());
            REQUIRE(result.accepted == size);
            REQUIRE(result.position == given[source]);
        }
        if (random.chance(40)) {
            merge.drain_into(out);
        } else if (random.chance(10)) {
            merge.drain_into(std::back_inserter(out));
        } else {
            continue;
        }
        std::vector<std::pair<T, std::size_t>> so_far;
        std::size_t total = 0;
        for (std::size_t i = 0; i < count; ++i) {
            for (const T value : pushed[i]) { so_far.emplace_back(value, i); }
            total += pushed[i].size();
        }
        std::stable_sort(so_far.begin(), so_far.end(),
                         [](const auto& a, const auto& b) { return a.first < b.first; });
        REQUIRE(out.size() == certain_count(pushed, open, so_far));
        REQUIRE(merge.held() == total - out.size());
    }
    merge.drain_into(out);
    REQUIRE(merge.finished());
    REQUIRE(out.size() == expected.size());
    for (std::size_t i = 0; i < out.size(); ++i) {
        REQUIRE(out[i].key == expected[i].first);
        REQUIRE(out[i].source == expected[i].second);
    }
}

struct Small {
    std::uint32_t key;
    std::size_t source;
};
struct Large {
    std::int64_t key;
    std::size_t source;
    std::string text;
};

}  // namespace

TEST_CASE("StreamingMerge gives out what is certain, and only that") {
    Merge merge{3};
    CHECK(merge.sources() == 3);
    CHECK(drained(merge).empty());
    CHECK(push(merge, 0, {1, 5}).ok());
    CHECK(push(merge, 1, {2, 3}).ok());
    CHECK(drained(merge).empty());
    CHECK(merge.waits_for() == std::optional<std::size_t>{2});
    CHECK(push(merge, 2, {4}).ok());
    CHECK(merge.waits_for() == std::optional<std::size_t>{1});
    CHECK(drained(merge) == Numbers{1, 2, 3});
    CHECK(merge.held() == 2);
    CHECK(merge.held(1) == 0);
    merge.close(1);
    CHECK(drained(merge) == Numbers{4});
    CHECK(drained(merge).empty());
    merge.close(2);
    CHECK(drained(merge) == Numbers{5});
    CHECK_FALSE(merge.finished());
    merge.close(0);
    CHECK(merge.finished());
    CHECK(merge.waits_for() == std::nullopt);
}

TEST_CASE("StreamingMerge is a stable merge, whatever comes when, and is as early as can be") {
    const auto seed = test::number_from_environment("SHEAF_SEED", 1);
    const auto rounds = test::count_from_environment("SHEAF_SEEDS", 30);
    for (std::uint64_t round = seed; round < seed + rounds; ++round) {
        check_history<std::uint32_t, Small>(
            round, [](std::uint32_t key, std::size_t source) { return Small{key, source}; });
        check_history<std::int64_t, Large>(round, [](std::int64_t key, std::size_t source) {
            return Large{key, source, std::to_string(key) + " with some more text"};
        });
    }
}

TEST_CASE("StreamingMerge names the source's value that is out of order, keeps what came before it, and can "
          "go on behind it") {
    Merge merge{2};
    const sheaf::PushResult first = push(merge, 0, {1, 2, 7, 5, 8});
    CHECK(first.error == sheaf::PushError::unsorted);
    CHECK(first.accepted == 3);
    CHECK(first.position == 3);
    CHECK(to_string(first.error) == "unsorted");
    const sheaf::PushResult again = push(merge, 0, {6});
    CHECK(again.error == sheaf::PushError::unsorted);
    CHECK(again.accepted == 0);
    CHECK(again.position == 4);
    CHECK(push(merge, 0, {8}).position == 6);
    merge.close(1);
    CHECK(drained(merge) == Numbers{1, 2, 7, 8});
    CHECK(push(merge, 0, {3}).error == sheaf::PushError::unsorted);
    CHECK(push(merge, 1, {3}).error == sheaf::PushError::closed);
    merge.close(0);
    CHECK(merge.finished());
}

TEST_CASE("StreamingMerge does not wait for who is paused, and refuses what comes too late") {
    Merge merge{2};
    CHECK(push(merge, 0, {1, 2, 3}).ok());
    merge.pause(1);
    CHECK(drained(merge) == Numbers{1, 2, 3});
    const sheaf::PushResult late = push(merge, 1, {2, 4});
    CHECK(late.error == sheaf::PushError::late);
    CHECK(late.accepted == 0);
    CHECK(late.position == 0);
    CHECK(push(merge, 1, {3, 4}).ok());  // equal is not late
    CHECK(drained(merge).empty());       // the other may send 3, which comes before this one
    CHECK(push(merge, 0, {4}).ok());
    CHECK(drained(merge) == Numbers{3, 4});
    CHECK(merge.waits_for() == std::optional<std::size_t>{0});
}

TEST_CASE("StreamingMerge waits for a silent source as long as the idle timeout, on the host's clock") {
    Merge merge{2, {.idle_timeout = 10s}};
    CHECK(push(merge, 0, {1}, 1s).ok());
    CHECK(push(merge, 1, {5}, 2s).ok());
    CHECK(push(merge, 0, {4}, 9s).ok());
    CHECK(drained(merge, 10s) == Numbers{1, 4});
    CHECK(push(merge, 0, {6}, 11s).ok());
    CHECK(drained(merge, 11s) == Numbers{5});
    CHECK(merge.waits_for(11s) == std::optional<std::size_t>{1});
    CHECK(drained(merge, 12s) == Numbers{6});
    CHECK(merge.waits_for(12s) == std::optional<std::size_t>{0});
    CHECK(merge.waits_for(21s) == std::nullopt);
    CHECK(push(merge, 1, {6, 7}, 22s).ok());
    CHECK(push(merge, 0, {6}, 22s).ok());
    CHECK(drained(merge, 22s) == Numbers{6});
    merge.close(0);
    CHECK(drained(merge, 22s) == Numbers{6, 7});
    for (const std::chrono::nanoseconds epoch : {-3h, 0h, 500'000h}) {
        Merge waiting{2, {.idle_timeout = 10s}};
        CHECK(push(waiting, 0, {5}, epoch).ok());
        CHECK(drained(waiting, epoch).empty());  // who has sent nothing yet is not idle at once
        CHECK(push(waiting, 0, {6}, epoch + 9s).ok());
        CHECK(drained(waiting, epoch + 9s).empty());
        CHECK(drained(waiting, epoch + 10s) == Numbers{5, 6});
        CHECK(push(waiting, 1, {1}, epoch + 10s).error == sheaf::PushError::late);
    }
    CHECK_THROWS_WITH_AS(Merge(1, {.idle_timeout = -1s}),
                         "sheaf::StreamingMergeOptions: idle_timeout must not be negative",
                         std::invalid_argument);
}

TEST_CASE("StreamingMerge of no sources is finished, and of one passes on") {
    Merge none{0};
    CHECK(none.finished());
    CHECK(drained(none).empty());
    Merge one{1};
    CHECK(push(one, 0, {3, 3, 4}).ok());
    CHECK(drained(one) == Numbers{3, 3, 4});
    CHECK(push(one, 0, {}).ok());
    CHECK(drained(one).empty());
    CHECK(push(one, 0, {4}).position == 4);
}

TEST_CASE("StreamingMerge moves rows of values on as a whole, compared by their ends alone") {
    std::size_t compared = 0;
    const auto compare = [&compared](const std::string& a, const std::string& b) {
        ++compared;
        return a < b;
    };
    sheaf::StreamingMerge<std::string, decltype(compare)> merge{3, {}, compare};
    const auto text = [](int number) { return std::string(40, 'x') + std::to_string(1'000'000 + number); };
    std::vector<std::string> expected;
    for (int block = 0; block < 30; ++block) {
        std::vector<std::string> values;
        for (int i = 0; i < 1'000; ++i) { values.push_back(text(block * 1'000 + i)); }
        expected.insert(expected.end(), values.begin(), values.end());
        CHECK(merge.push(static_cast<std::size_t>(block % 3), values).ok());
    }
    for (std::size_t source = 0; source < 3; ++source) { merge.close(source); }
    compared = 0;
    std::vector<std::string> out;
    CHECK(merge.drain_into(out) == expected.size());
    CHECK(out == expected);
    CHECK(compared < 3'000);
}

TEST_CASE("StreamingMerge takes nothing where copying throws") {
    for (int left = 0; left < 30; ++left) {
        CAPTURE(left);
        sheaf::StreamingMerge<test::Fragile, std::less<>, int test::Fragile::*> merge{
            1, {}, {}, &test::Fragile::key};
        const std::vector<test::Fragile> first{test::Fragile{1}, test::Fragile{2}};
        const std::vector<test::Fragile> next{test::Fragile{2}, test::Fragile{3}, test::Fragile{4}};
        CHECK(merge.push(0, first).ok());
        test::Fragile::left = left;
        bool has_thrown = false;
        try {
            static_cast<void>(merge.push(0, next));
        } catch (const std::runtime_error&) { has_thrown = true; }
        test::Fragile::left = -1;
        CHECK(merge.held() == (has_thrown ? 2 : 5));
        if (has_thrown) { CHECK(merge.push(0, next).position == 5); }
        CHECK(merge.held() == 5);
    }
}

TEST_CASE("StreamingMerge holds no more than what is not certain") {
    sheaf::StreamingMerge<std::uint64_t> merge{10};
    std::vector<std::uint64_t> out;
    std::uint64_t next = 0;
    std::uint64_t expected = 0;
    for (int round = 0; round < 2'000; ++round) {
        for (std::size_t source = 0; source < 10; ++source) {
            std::vector<std::uint64_t> block;
            for (int i = 0; i < 10; ++i) { block.push_back(next++ / 10); }
            CHECK(merge.push(source, block).ok());
        }
        out.clear();
        merge.drain_into(out);
        for (const std::uint64_t value : out) { REQUIRE(value == expected++ / 10); }
        REQUIRE(merge.held() <= 100);
    }
}
