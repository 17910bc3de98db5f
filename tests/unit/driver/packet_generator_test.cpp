#include "../../../examples/driver/generate/packet_order.hpp"
#include "../../../examples/driver/generate/packet_text.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using driver::PacketOrder;
using driver::PacketPlace;
using driver::PacketText;
using driver::StreamShape;

using Key = std::pair<std::uint64_t, std::uint32_t>;

std::vector<Key> order_of(const StreamShape& shape) {
    PacketOrder order{shape};
    std::vector<Key> keys;
    PacketPlace place;
    while (order.next(place)) {
        keys.emplace_back(place.resource_id, place.number);
        CHECK(place.last == (place.number + 1 == PacketOrder::packets_of(shape, place.resource_id)));
    }
    CHECK_FALSE(order.next(place));
    return keys;
}

std::string text_of(const StreamShape& shape, std::size_t lines = std::numeric_limits<std::size_t>::max()) {
    PacketOrder order{shape};
    const PacketText writer{shape};
    std::vector<char> line(driver::packet_text_bound(shape));
    std::string text;
    PacketPlace place;
    for (std::size_t i = 0; i < lines && order.next(place); ++i) {
        char* const end = writer.write(line.data(), place);
        REQUIRE(end <= line.data() + line.size());
        text.append(line.data(), end);
    }
    return text;
}

std::uint64_t fnv1a(std::string_view text) {
    std::uint64_t hash = 0xCBF29CE484222325U;
    for (const char c : text) { hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U; }
    return hash;
}

}  // namespace

TEST_CASE("a seed gives the same bytes on every platform") {
    const StreamShape shape{
        .resources = 500, .max_packets = 32, .open = 16, .jitter = 64, .duplicates = 0.05, .seed = 7};
    const std::string text = text_of(shape, 1000);
    CHECK(std::count(text.begin(), text.end(), '\n') == 1000);
    CHECK(fnv1a(text) == 4745990403679804023U);
    StreamShape other = shape;
    other.seed = 8;
    CHECK(text_of(other, 1000) != text);
}

TEST_CASE("every packet comes exactly once") {
    const StreamShape shape{.resources = 300, .max_packets = 20, .open = 10, .jitter = 33, .seed = 3};
    std::vector<Key> keys = order_of(shape);
    std::sort(keys.begin(), keys.end());
    std::vector<Key> expected;
    for (std::uint64_t id = 1; id <= shape.resources; ++id) {
        const std::uint32_t packets = PacketOrder::packets_of(shape, id);
        CHECK(packets >= 1);
        CHECK(packets <= shape.max_packets);
        for (std::uint32_t number = 0; number < packets; ++number) { expected.emplace_back(id, number); }
    }
    CHECK(keys == expected);
}

TEST_CASE("without jitter the resources take turns and each is in order") {
    const StreamShape shape{.resources = 200, .max_packets = 20, .open = 8, .seed = 11};
    std::map<std::uint64_t, std::uint32_t> next;
    std::size_t most = 0;
    for (const auto& [id, number] : order_of(shape)) {
        CHECK(next[id] == number);
        next[id] = number + 1;
        if (next[id] == PacketOrder::packets_of(shape, id)) { next.erase(id); }
        most = std::max(most, next.size());
    }
    CHECK(next.empty());
    CHECK(most <= shape.open);
    CHECK(most > shape.open / 2);
}

TEST_CASE("no packet is off its turn by more than the jitter") {
    for (const std::uint32_t jitter : {1U, 7U, 100U, 5000U}) {
        StreamShape shape{
            .resources = 300, .max_packets = 20, .open = 10, .duplicates = 0.1, .drop = 0.1, .seed = 5};
        const std::vector<Key> turns = order_of(shape);
        shape.jitter = jitter;
        const std::vector<Key> sent = order_of(shape);
        REQUIRE(sent.size() == turns.size());
        // The copies of one packet cannot be told apart; in turn order they are matched with the least distance.
        std::multimap<Key, std::size_t> places;
        for (std::size_t i = 0; i < sent.size(); ++i) { places.emplace(sent[i], i); }
        std::size_t farthest = 0;
        for (std::size_t i = 0; i < turns.size(); ++i) {
            const auto found = places.lower_bound(turns[i]);
            REQUIRE(found != places.end());
            REQUIRE(found->first == turns[i]);
            farthest = std::max(farthest, found->second > i ? found->second - i : i - found->second);
            places.erase(found);
        }
        CHECK(farthest <= jitter);
        CHECK(farthest >= std::min<std::size_t>(jitter, turns.size() / 2) / 2);
    }
}

TEST_CASE("duplicates and drops come in the numbers asked for") {
    const StreamShape shape{.resources = 5000,
                            .max_packets = 20,
                            .open = 10,
                            .jitter = 50,
                            .duplicates = 0.2,
                            .drop = 0.1,
                            .seed = 5};
    std::uint64_t all = 0;
    for (std::uint64_t id = 1; id <= shape.resources; ++id) { all += PacketOrder::packets_of(shape, id); }
    std::map<Key, int> counts;
    for (const Key& key : order_of(shape)) { ++counts[key]; }
    const auto total = static_cast<double>(all);
    CHECK(static_cast<double>(counts.size()) / total == doctest::Approx(0.9).epsilon(0.02));
    const auto twice =
        std::count_if(counts.begin(), counts.end(), [](const auto& count) { return count.second == 2; });
    CHECK(static_cast<double>(twice) / static_cast<double>(counts.size()) ==
          doctest::Approx(0.2).epsilon(0.05));
    CHECK(std::all_of(counts.begin(), counts.end(), [](const auto& count) { return count.second <= 2; }));
}

TEST_CASE("a duplicate has the same text and the first index shifts all") {
    const StreamShape shape{.resources = 1, .max_packets = 1, .duplicates = 1.0, .seed = 2, .first_index = 1};
    const std::string text = text_of(shape);
    CHECK(text.substr(0, text.size() / 2) == text.substr(text.size() / 2));
    CHECK(text.starts_with(R"({"resource_id":1,"packet_index":1,"payload":")"));
    CHECK(text.ends_with("\",\"last_chunk_flag\":true}\n"));
}

TEST_CASE("nothing to generate") {
    CHECK(text_of({.resources = 0}).empty());
    CHECK(text_of({.resources = 50, .jitter = 10, .drop = 1.0}).empty());
}
