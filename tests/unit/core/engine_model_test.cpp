// The engine against its reference model: the same operations on both, in a random order that one seed determines,
// and after every step everything that can be seen of the engine must be what the model says.

#include <sheaf/core/engine.hpp>

#include "counting_allocator.hpp"
#include "engine_sequence.hpp"
#include "random.hpp"
#include "seeds.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

namespace {

constexpr std::uint64_t corpus[] = {
#include "../../corpus/engine_sequences.seeds"
};

/// Without receipts: resources rest. In every other sequence the engine keeps some of the budget spare; in some, chunks
/// are large, or more packets are pending than an engine keeps the memory of.
std::string run_resting_sequence(std::uint64_t seed, test::SequenceCounts& counts) {
    test::Random random{~seed};
    test::SequenceSetting setting;
    if (seed % 2 == 0) {
        // Only with the larger ones it has enough for a packet that comes with its chunk.
        const std::uint64_t bytes =
            seed % 4 == 0 ? random.between(100, 4'096) : random.between(8'192, 32'768);
        setting.block = {random.between(2, 8), bytes, random.between(2, 4), random.between(2, 8)};
    }
    setting.is_mostly_in_order = random.chance(60);
    if (random.chance(20)) { setting.first_content = test::large_contents; }
    if (random.chance(8)) { setting.many = 150; }
    test::Sequence<test::Random, test::RestingTraits> sequence{test::Random{seed}, setting};
    std::string different = sequence.run();
    counts += sequence.counts();
    return different;
}

std::string run_sequence(std::uint64_t seed) {
    std::string different = test::Sequence{test::Random{seed}}.run();
    if (different.empty() && test::allocated_bytes() != 0) { different = "memory is left"; }
    return different;
}

}  // namespace

TEST_CASE("Engine: agrees with its model in the corpus") {
    for (const std::uint64_t seed : corpus) {
        CAPTURE(seed);
        CHECK(run_sequence(seed) == "");
    }
}

TEST_CASE("Engine: agrees with its model in random sequences") {
    // SHEAF_SEQUENCES sets how many, SHEAF_SEED the first; a failing seed belongs into the corpus.
    const std::uint64_t count = test::count_from_environment("SHEAF_SEQUENCES", 2'000);
    const std::uint64_t first = test::number_from_environment("SHEAF_SEED", 1);
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t seed = first + i;
        CAPTURE(seed);
        REQUIRE(run_sequence(seed) == "");
    }
}

TEST_CASE("Engine: agrees with its model where resources rest and some of the budget is spare") {
    const std::uint64_t count = test::count_from_environment("SHEAF_SEQUENCES", 600);
    const std::uint64_t first = test::number_from_environment("SHEAF_SEED", 1);
    test::SequenceCounts counts;
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        CAPTURE(seed);
        REQUIRE(run_resting_sequence(seed, counts) == "");
        REQUIRE(test::allocated_bytes() == 0);
    }
    if (count >= 600) {
        for (const auto& each : counts.all()) {
            const std::string name = each.first;
            CAPTURE(name);
            CHECK(each.second >= 10);
        }
    }
}
