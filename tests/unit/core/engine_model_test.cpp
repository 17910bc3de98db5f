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
