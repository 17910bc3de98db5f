#include "failure_points.hpp"

#include <sheaf/sheaf.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// How much memory a collator asks for once it runs: none, where packets are small and come in order.

namespace {

using test::Failing;
using test::FailurePoints;
using test::Hook;

struct OneThread : sheaf::DefaultTraits {
    using mutex = sheaf::NullMutex;
    using timer = sheaf::HostTimer;  // allocations are counted in one thread
    static constexpr std::size_t stripe_count = 1;
};

/// Reads events, and leaves them as they are.
struct Counting {
    using Chunk = sheaf::transform_chunk_t<sheaf::WordLengths>;

    void deliver(const sheaf::Completed<Chunk>& event) { words += event.output.size(); }
    void deliver(const sheaf::Incomplete<Chunk>&) { ++incomplete; }

    std::size_t words = 0;
    std::size_t incomplete = 0;
};

constexpr std::string_view text = "the quick brown fox jumps over the lazy dog";  // nine words

}  // namespace

TEST_CASE("failures: a collator in its steady state needs no memory") {
    constexpr std::uint64_t packets_each = 8;
    constexpr std::uint64_t resources = 10'000 / packets_each;
    constexpr std::uint64_t at_a_time = 10;
    sheaf::Options options;
    options.max_remembered = 500;  // so that its memory does not grow any more
    Counting sink;
    sheaf::PacketCollator collator{sheaf::WordLengths{}, std::ref(sink), sheaf::InlineExecutor{}, options,
                                   sheaf::traits<OneThread>};
    std::uint64_t next_id = 0;
    const auto pass = [&](std::uint64_t count, bool in_batches) {
        sheaf::Packet<> batch[at_a_time];
        for (const std::uint64_t end = next_id + count; next_id < end; next_id += at_a_time) {
            for (std::uint64_t index = 0; index < packets_each; ++index) {
                for (std::uint64_t i = 0; i < at_a_time; ++i) {
                    batch[i] = {next_id + i, index, sheaf::Payload{text}, index + 1 == packets_each, {}};
                    if (!in_batches) { static_cast<void>(collator.submit(batch[i])); }
                }
                if (in_batches) { static_cast<void>(collator.submit(std::span{batch})); }
            }
        }
    };
    for (const bool in_batches : {false, true}) {
        CAPTURE(in_batches);
        pass(resources, in_batches);  // warms up
        FailurePoints::arm(Hook::allocation, ~std::uint64_t{0}, Failing::once);
        pass(resources, in_batches);
        const std::uint64_t allocations = FailurePoints::calls();
        FailurePoints::lift();
        CHECK(allocations == 0);
    }
    CHECK(sink.words == 4 * resources * packets_each * 9);
    CHECK(sink.incomplete == 0);
    CHECK(collator.statistics().completed == 4 * resources);
}

TEST_CASE("failures: a large payload that finds no memory stays with its owner") {
    const std::string large(2'000, 'x');
    std::uint64_t failed = 0;
    for (bool is_accepted = false; !is_accepted; ++failed) {
        Counting sink;
        sheaf::PacketCollator collator{
            sheaf::WordLengths{}, std::ref(sink), sheaf::InlineExecutor{}, {}, sheaf::traits<OneThread>};
        sheaf::Packet<> packet{1, 0, sheaf::Payload{std::string_view{large}}, true, {}};
        FailurePoints::arm(Hook::allocation, failed + 1, Failing::once);
        try {
            is_accepted = collator.submit(packet).accepted();
        } catch (const std::bad_alloc&) {
            CHECK(packet.payload.size() == large.size());
            CHECK(sink.words == 0);
        }
        FailurePoints::lift();
    }
    CHECK(failed > 3);
}
