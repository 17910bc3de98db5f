#include <sheaf/core/finished_ids.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

using sheaf::IndexRange;
using sheaf::core::Coverage;
using sheaf::core::CoverageView;
using sheaf::core::FinishedIds;
using sheaf::core::Instant;
using namespace std::chrono_literals;

namespace {

using Ids = FinishedIds<std::string>;

Ids::Handle remember(Ids& ids, std::string id, Instant now, Coverage coverage = {}) {
    return ids.remember(std::move(id), 0, std::move(coverage), now);
}

Coverage with_ranges(std::size_t count) {
    Coverage coverage;
    for (std::size_t i = 0; i < count; ++i) { coverage.beyond.push_back({10 * i + 10, 10 * i + 12}); }
    return coverage;
}

}  // namespace

TEST_CASE("Coverage: what a finished resource had") {
    const CoverageView complete{5, 4, {}};
    CHECK(complete.contains(0));
    CHECK(complete.contains(4));
    CHECK_FALSE(complete.contains(5));

    const Coverage kept{2, sheaf::core::unknown_index, {{4, 4}, {7, 9}}};
    const CoverageView with_gaps = kept.view();
    std::vector<std::uint64_t> had;
    for (std::uint64_t index = 0; index < 12; ++index) {
        if (with_gaps.contains(index)) { had.push_back(index); }
    }
    CHECK(had == std::vector<std::uint64_t>{0, 1, 4, 7, 8, 9});
    CHECK_FALSE(CoverageView{}.contains(0));
}

TEST_CASE("FinishedIds: remembers what it was told until its time is over") {
    Ids ids{10, 5s};
    CHECK(ids.size() == 0);
    CHECK_FALSE(ids.must_forget(1h, 1));
    const Ids::Handle first = remember(ids, "first", 1s, Coverage{3, 2, {}});
    const Ids::Handle second = remember(ids, "second", 2s);
    REQUIRE(first != Ids::no_handle);
    REQUIRE(second != Ids::no_handle);
    CHECK(ids.size() == 2);
    CHECK(ids[first].id == "first");
    CHECK(ids[first].coverage().prefix_end == 3);
    CHECK(ids[first].coverage().last == 2);
    CHECK(ids[second].id == "second");
    CHECK(ids.oldest().id == "first");
    CHECK(ids.oldest_handle() == first);

    CHECK_FALSE(ids.must_forget(6s - 1ns, 0));
    CHECK(ids.must_forget(6s, 0));
    ids.forget_oldest();
    CHECK(ids.oldest().id == "second");
    CHECK_FALSE(ids.must_forget(6s, 0));
}

TEST_CASE("FinishedIds: the limit is exact") {
    constexpr std::size_t limit = 4;
    Ids ids{limit, 1h};
    for (std::size_t i = 0; i < limit; ++i) {
        CHECK_FALSE(ids.must_forget(0s, 1));
        CHECK(remember(ids, std::to_string(i), 0s) != Ids::no_handle);
    }
    CHECK(ids.must_forget(0s, 1));  // the next one needs a place
    CHECK_FALSE(ids.must_forget(0s, 0));
    CHECK(remember(ids, "too many", 0s) == Ids::no_handle);
    CHECK(ids.size() == limit);
    ids.forget_oldest();
    CHECK(remember(ids, "fits", 0s) != Ids::no_handle);
}

TEST_CASE("FinishedIds: an id with many gaps counts for several") {
    CHECK(Ids::weight({}) == 1);
    CHECK(Ids::weight(with_ranges(1)) == 1);
    CHECK(Ids::weight(with_ranges(8)) == 5);

    Ids ids{6, 1h};
    CHECK(remember(ids, "heavy", 0s, with_ranges(8)) != Ids::no_handle);
    CHECK(remember(ids, "light", 0s) != Ids::no_handle);
    CHECK(remember(ids, "no room", 0s) == Ids::no_handle);
    CHECK(ids.must_forget(0s, 1));
    ids.forget_oldest();
    for (int i = 0; i < 5; ++i) { CHECK(remember(ids, "light", 0s) != Ids::no_handle); }
    CHECK(remember(ids, "no room", 0s) == Ids::no_handle);
}

TEST_CASE("FinishedIds: of one that alone is over the limit only the prefix is remembered") {
    const Ids ids{3, 1h};
    Coverage huge = with_ranges(10);
    huge.prefix_end = 5;
    const std::uint64_t beyond = huge.beyond.front().first;
    ids.trim(huge);
    CHECK(Ids::weight(huge) == 1);
    CHECK(huge.view().contains(4));
    CHECK_FALSE(huge.view().contains(beyond));
    Coverage small = with_ranges(2);
    ids.trim(small);
    CHECK(small.beyond.size() == 2);
}

TEST_CASE("FinishedIds: a limit or a time of zero remembers nothing") {
    Ids no_room{0, 1h};
    CHECK_FALSE(no_room.must_forget(0s, 1));
    CHECK(remember(no_room, "a", 0s) == Ids::no_handle);
    Ids no_time{10, 0s};
    CHECK(remember(no_time, "a", 0s) == Ids::no_handle);
}

TEST_CASE("FinishedIds: handles stay valid while the ring grows and turns") {
    Ids ids{1'000, 1h};
    std::vector<std::pair<Ids::Handle, std::string>> handles;
    for (int i = 0; i < 5'000; ++i) {
        while (ids.must_forget(0s, 1)) {
            ids.forget_oldest();
            handles.erase(handles.begin());
        }
        handles.emplace_back(remember(ids, std::to_string(i), 0s), std::to_string(i));
        if (i % 97 == 0) {
            for (const auto& [handle, id] : handles) { REQUIRE(ids[handle].id == id); }
        }
    }
    CHECK(ids.size() == 1'000);
}
