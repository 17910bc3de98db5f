#include <sheaf/core/pending_sequence.hpp>

#include "counting_allocator.hpp"
#include "random.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

using sheaf::core::PendingSequence;

namespace {

using Sequence = PendingSequence<const int*>;
using Reference = std::map<std::uint64_t, const int*>;

/// Values to point at; which one stands at an index follows from the index.
const int* value_for(std::uint64_t index) {
    static const std::vector<int> values(64);
    return &values[static_cast<std::size_t>(index % values.size())];
}

std::uint64_t first_absent(const Reference& reference, std::uint64_t from) {
    while (reference.contains(from)) { ++from; }
    return from;
}

/// Empty where both hold the same, else what differs.
std::string difference(const Sequence& sequence, const Reference& reference) {
    if (sequence.size() != reference.size() || sequence.empty() != reference.empty()) { return "size"; }
    if (reference.empty()) { return {}; }
    if (sequence.front().index != reference.begin()->first ||
        sequence.back().index != reference.rbegin()->first) {
        return "ends";
    }
    auto expected = reference.begin();
    bool in_order = true;
    sequence.for_each([&](std::uint64_t index, const int* value) {
        in_order =
            in_order && expected != reference.end() && expected->first == index && expected->second == value;
        ++expected;
    });
    if (!in_order || expected != reference.end()) { return "entries"; }
    std::size_t places = 0;
    for (const auto& [index, value] : reference) {
        const auto* const entry = sequence.ahead(places);
        // Always at hand is the first one, and all while there are no blocks.
        if (entry == nullptr ? places == 0 : entry->index != index || entry->value != value) {
            return "ahead";
        }
        ++places;
    }
    return sequence.ahead(sequence.size()) == nullptr ? std::string{} : "ahead of the end";
}

/// Every index of the sequence and its neighbours are looked up.
std::string lookup_difference(const Sequence& sequence, const Reference& reference) {
    for (const auto& [index, value] : reference) {
        sequence.prefetch(index);
        sequence.prefetch_further(index + 1);
        if (sequence.find(index) != value) { return "find " + std::to_string(index); }
        if (!reference.contains(index + 1) && sequence.find(index + 1) != nullptr) {
            return "finds " + std::to_string(index + 1);
        }
        if (index != 0 && !reference.contains(index - 1) && sequence.find(index - 1) != nullptr) {
            return "finds " + std::to_string(index - 1);
        }
        if (sequence.first_absent(index) != first_absent(reference, index)) {
            return "first_absent " + std::to_string(index);
        }
    }
    return {};
}

/// The indices 0 to count-1 in an order that is hard for some structure.
std::vector<std::pair<std::string, std::vector<std::uint64_t>>> orders(std::uint64_t count) {
    std::vector<std::uint64_t> ascending;
    std::vector<std::uint64_t> descending;
    std::vector<std::uint64_t> alternating;
    std::vector<std::uint64_t> middle_out;
    std::vector<std::uint64_t> even_then_odd;
    for (std::uint64_t i = 0; i < count; ++i) {
        ascending.push_back(i);
        descending.push_back(count - 1 - i);
        alternating.push_back(i % 2 == 0 ? i / 2 : count - 1 - i / 2);
        even_then_odd.push_back(2 * i < count + count % 2 ? 2 * i : 2 * (i - (count + 1) / 2) + 1);
    }
    for (std::uint64_t i = 0; i < count; ++i) {
        middle_out.push_back(alternating[static_cast<std::size_t>(count - 1 - i)]);
    }
    std::vector<std::uint64_t> shuffled = ascending;
    test::Random{count}.shuffle(shuffled);
    return {{"ascending", ascending},   {"descending", descending},       {"alternating ends", alternating},
            {"middle out", middle_out}, {"even then odd", even_then_odd}, {"shuffled", shuffled}};
}

}  // namespace

TEST_CASE("PendingSequence: an empty one holds nothing") {
    const Sequence sequence;
    CHECK(sequence.empty());
    CHECK(sequence.size() == 0);
    CHECK(sequence.find(0) == nullptr);
    CHECK(sequence.first_absent(7) == 7);
    sequence.for_each([](std::uint64_t, const int*) { FAIL("nothing to visit"); });
}

TEST_CASE("PendingSequence: any order of arrival gives the same sequence") {
    // Around the small vector's limit, the first block's limit, and the first splits.
    for (const std::uint64_t count : {1U, 2U, 63U, 64U, 65U, 127U, 128U, 129U, 192U, 256U, 257U, 700U}) {
        for (const auto& each : orders(count)) {
            const auto& [order_name, order] = each;
            const std::string name = order_name;
            CAPTURE(count);
            CAPTURE(name);
            Sequence sequence;
            Reference reference;
            for (const std::uint64_t index : order) {
                sequence.insert(index, value_for(index));
                reference.emplace(index, value_for(index));
                REQUIRE(difference(sequence, reference) == "");
            }
            REQUIRE(lookup_difference(sequence, reference) == "");
            REQUIRE(sequence.first_absent(0) == count);
            if (count <= Sequence::small_limit) { REQUIRE(sequence.ahead(count - 1) != nullptr); }
            while (!reference.empty()) {
                sequence.pop_front();
                reference.erase(reference.begin());
                REQUIRE(difference(sequence, reference) == "");
            }
        }
    }
}

TEST_CASE("PendingSequence: follows a std::map through random insertions and removals") {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        CAPTURE(seed);
        test::Random random{seed};
        Sequence sequence;
        Reference reference;
        const std::uint64_t width = random.chance(50) ? 1'000 : std::uint64_t{1} << random.between(10, 63);
        const unsigned growth = static_cast<unsigned>(random.between(45, 80));
        for (int step = 0; step < 800; ++step) {
            if (reference.empty() || random.chance(growth)) {
                const std::uint64_t index = random.below(width);
                if (reference.emplace(index, value_for(index)).second) {
                    sequence.insert(index, value_for(index));
                }
            } else if (random.chance(50)) {
                sequence.pop_front();
                reference.erase(reference.begin());
            } else {
                auto victim = reference.lower_bound(random.below(width));
                if (victim == reference.end()) { victim = reference.begin(); }
                sequence.erase(victim->first);
                reference.erase(victim);
            }
            REQUIRE(difference(sequence, reference) == "");
            const std::uint64_t probe = random.below(width);
            REQUIRE((sequence.find(probe) != nullptr) == reference.contains(probe));
            REQUIRE(sequence.first_absent(probe) == first_absent(reference, probe));
        }
        REQUIRE(lookup_difference(sequence, reference) == "");
    }
}

TEST_CASE("PendingSequence: first_absent passes from block to block") {
    Sequence sequence;
    for (std::uint64_t index = 0; index < 1'000; ++index) {
        if (index != 500) { sequence.insert(index, value_for(index)); }
    }
    CHECK(sequence.first_absent(0) == 500);
    CHECK(sequence.first_absent(501) == 1'000);
    sequence.insert(500, value_for(500));
    CHECK(sequence.first_absent(0) == 1'000);
    CHECK(sequence.first_absent(999) == 1'000);
    CHECK(sequence.first_absent(1'000) == 1'000);
}

TEST_CASE("PendingSequence: a move takes everything along") {
    for (const std::uint64_t count : {10U, 300U}) {
        Sequence first;
        for (std::uint64_t index = 0; index < count; ++index) { first.insert(index, value_for(index)); }
        const Sequence second{std::move(first)};
        CHECK(second.size() == count);
        CHECK(first.empty());  // NOLINT(bugprone-use-after-move): that is the question
    }
}

TEST_CASE("PendingSequence: memory does not depend on index values or the order of arrival") {
    // Promise 7, in bytes instead of seconds, so that it can be asserted: a million-fold wider index range, and
    // the orders an attacker would choose, hold at most twice the memory of the friendliest order (plus one block).
    using Counted = PendingSequence<const int*, test::CountingAllocator>;
    const auto bytes_for = [](const std::vector<std::uint64_t>& order, std::uint64_t stride) {
        Counted sequence;
        for (const std::uint64_t index : order) { sequence.insert(index * stride, value_for(index)); }
        return test::allocated_bytes();
    };
    constexpr std::uint64_t count = 6'400;
    const auto all = orders(count);
    const std::size_t benign = bytes_for(all.front().second, 1);
    for (const auto& each : all) {
        const auto& [order_name, order] = each;
        const std::string name = order_name;
        CAPTURE(name);
        const std::size_t narrow = bytes_for(order, 1);
        CHECK(bytes_for(order, std::uint64_t{1} << 50U) == narrow);
        CHECK(narrow <= 2 * benign + 8'192);
    }

    // A full block, then a descending run above it.
    std::vector<std::uint64_t> behind_a_full_block;
    for (std::uint64_t i = 0; i < 128; ++i) { behind_a_full_block.push_back(i); }
    for (std::uint64_t i = 0; i < count - 128; ++i) { behind_a_full_block.push_back(1'000'000 - i); }
    CHECK(bytes_for(behind_a_full_block, 1) <= 2 * benign + 8'192);

    // The same towards a full block from below, and between two.
    std::vector<std::uint64_t> before_a_full_block;
    for (std::uint64_t i = 0; i < 128; ++i) { before_a_full_block.push_back(1'000'000 + i); }
    for (std::uint64_t i = 0; i < count - 128; ++i) { before_a_full_block.push_back(i); }
    CHECK(bytes_for(before_a_full_block, 1) <= 2 * benign + 8'192);
    CHECK(test::allocated_bytes() == 0);
}

TEST_CASE("PendingSequence: blocks that erasing empties vanish, wherever they stand") {
    constexpr std::uint64_t count = 500;
    for (const bool from_the_middle : {true, false}) {
        Sequence sequence;
        Reference reference;
        for (std::uint64_t i = 0; i < count; ++i) {
            sequence.insert(i, value_for(i));
            reference[i] = value_for(i);
        }
        for (std::uint64_t i = 0; i < count; ++i) {
            const std::uint64_t index = from_the_middle ? (count / 2 + i) % count : count - 1 - i;
            sequence.erase(index);
            reference.erase(index);
            REQUIRE(sequence.size() == reference.size());
            if (i % 16 == 0) { REQUIRE(difference(sequence, reference) == ""); }
        }
        CHECK(sequence.empty());
    }
}
