#include <sheaf/collation/merge_sorted.hpp>

#include <sheaf/concepts.hpp>
#include <sheaf/packet_collator.hpp>
#include <sheaf/sink/handlers.hpp>
#include <sheaf/traits.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <list>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using Merge = sheaf::MergeSorted<>;
using Segment = std::vector<std::int64_t>;

static_assert(sheaf::CollationFor<Merge, Segment>);
static_assert(sheaf::CollationFor<sheaf::MergeSorted<std::greater<>>, std::vector<std::string>>);
static_assert(!sheaf::CollationFor<Merge, int>);
static_assert(!sheaf::CollationFor<Merge, std::list<int>>);

template <class Compare, class Chunk>
Chunk merged(std::vector<Chunk> chunks) {
    typename sheaf::MergeSorted<Compare>::NoPrefix prefix;
    for (Chunk& chunk : chunks) { CHECK_FALSE(sheaf::MergeSorted<Compare>::append(prefix, chunk)); }
    return sheaf::MergeSorted<Compare>::finish(prefix, std::span{chunks});
}

/// A transform for tests: the payload holds the numbers as they are in memory.
struct IntegersOf {
    Segment operator()(std::span<const std::byte> payload) const {
        Segment segment(payload.size() / sizeof(std::int64_t));
        if (!segment.empty()) { std::memcpy(segment.data(), payload.data(), payload.size()); }
        return segment;
    }
};
struct MergingTraits : sheaf::DefaultTraits {
    using collation = Merge;
    using digest = sheaf::PayloadDigest;
};
sheaf::Packet<> segment_packet(std::uint64_t batch, std::uint64_t index, const Segment& segment, bool last) {
    return {.resource_id = batch,
            .index = index,
            .payload = sheaf::Payload{std::as_bytes(std::span{segment})},
            .last = last};
}

}  // namespace

TEST_CASE("MergeSorted takes elements that cannot be made by default") {
    struct Wide {
        long key;
        long rest[2];
        explicit Wide(long k)
            : key{k}
            , rest{k, k} {}
        bool operator<(const Wide& other) const { return key < other.key; }
    };
    const auto all = merged<std::less<>>(
        std::vector<std::vector<Wide>>{{Wide{1}, Wide{4}}, {Wide{2}}, {Wide{3}, Wide{5}}});
    REQUIRE(all.size() == 5);
    for (long i = 0; i < 5; ++i) { CHECK(all[static_cast<std::size_t>(i)].key == i + 1); }
}

TEST_CASE("MergeSorted merges sorted chunks of numbers and of strings") {
    CHECK(merged<std::ranges::less>(std::vector<Segment>{{3, 9}, {}, {-5, 4}, {4}}) ==
          Segment{-5, 3, 4, 4, 9});
    CHECK(merged<std::ranges::less>(std::vector<Segment>{}).empty());
    CHECK(merged<std::ranges::less>(std::vector<Segment>{{1, 2}}) == Segment{1, 2});
    CHECK(merged<std::greater<>>(std::vector<std::vector<std::string>>{{"c", "a"}, {"b"}}) ==
          std::vector<std::string>{"c", "b", "a"});
}

TEST_CASE("MergeSorted refuses a chunk that is not sorted, names it, and leaves all as they were") {
    std::vector<Segment> chunks{{1, 2}, {5, 7, 6}, {3}};
    const auto expected = chunks;
    Merge::NoPrefix prefix;
    CHECK_THROWS_WITH_AS(static_cast<void>(Merge::finish(prefix, std::span{chunks})),
                         "sheaf::MergeSorted: chunk 1 is not sorted at element 2", std::domain_error);
    CHECK(chunks == expected);
}

TEST_CASE("PacketCollator with MergeSorted: batches of segments in any order, duplicates, conflicts, and one "
          "that is not sorted") {
    std::vector<std::string> events;
    const auto on_completed = [&](const sheaf::Completed<Segment>& batch) {
        std::string text = std::to_string(batch.id) + ':';
        for (const std::int64_t value : batch.output) { text += ' ' + std::to_string(value); }
        events.push_back(text);
    };
    const auto on_incomplete = [&](const sheaf::Incomplete<Segment>& batch) {
        events.push_back(std::to_string(batch.id) + " incomplete: " + std::string{to_string(batch.reason)});
    };
    {
        sheaf::PacketCollator collator{IntegersOf{}, sheaf::Handlers{on_completed, on_incomplete},
                                       sheaf::InlineExecutor{}, sheaf::Options{},
                                       sheaf::traits<MergingTraits>};
        const auto submit = [&](std::uint64_t batch, std::uint64_t index, const Segment& segment, bool last) {
            auto packet = segment_packet(batch, index, segment, last);
            return collator.submit(packet);
        };
        CHECK(submit(1, 2, {4, 6}, true).accepted());
        CHECK(submit(2, 0, {1, 0}, false).accepted());
        CHECK(submit(1, 0, {5, 7}, false).accepted());
        CHECK(submit(1, 0, {5, 7}, false).verdict() == sheaf::Verdict::duplicate);
        CHECK(submit(1, 0, {5, 8}, false).verdict() == sheaf::Verdict::conflict);
        CHECK(submit(1, 1, {1, 6, 9}, false).accepted());
        CHECK(submit(2, 1, {3}, true).accepted());
        CHECK(submit(3, 1, {3}, true).accepted());
        static_cast<void>(collator.drain(std::chrono::seconds{10}));
    }
    CHECK(events == std::vector<std::string>{"1: 1 4 5 6 6 7 9", "2 incomplete: collation_failed",
                                             "3 incomplete: drained"});
}
