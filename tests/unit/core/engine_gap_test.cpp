// Every set of missing indices and the clock of the gap: its deadline is the first sight of the gap that the head now
// waits for, plus the timeout, whatever else arrives.

#include <sheaf/core/engine.hpp>

#include "engine_bench.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

using namespace std::chrono_literals;
using sheaf::IncompleteReason;
using sheaf::IndexRange;
using test::EngineBench;
using test::Instant;

namespace {

using Bench = EngineBench<>;

constexpr std::uint64_t gapped_id = 7;
constexpr Instant timeout = 60s;

/// When the gap that the head waits for must end the resource: by definition, from all arrivals.
Instant gap_deadline(std::uint64_t first, const std::map<std::uint64_t, Instant>& arrivals) {
    std::uint64_t gap = first;
    while (arrivals.contains(gap)) { ++gap; }
    Instant first_sight = sheaf::core::never;
    for (auto above = arrivals.upper_bound(gap); above != arrivals.end(); ++above) {
        first_sight = std::min(first_sight, above->second);
    }
    return sheaf::core::later(first_sight, timeout);
}

/// Submits `offsets` from `first` on, one each second; the one at offset `count - 1` is the last. Empty where the
/// deadline is right after each, and the event at the end is.
std::string run(std::uint64_t first, std::uint64_t count, const std::vector<std::uint64_t>& offsets) {
    sheaf::Options options;
    options.first_index = first;
    options.gap_timeout = timeout;
    Bench bench{options};
    std::map<std::uint64_t, Instant> arrivals;
    for (const std::uint64_t offset : offsets) {
        bench.now += 1s;
        if (!bench.submit(gapped_id, first + offset, offset + 1 == count, static_cast<std::uint32_t>(offset))
                 .accepted()) {
            return "not accepted";
        }
        arrivals.emplace(first + offset, bench.now);
        if (bench.engine.next_deadline() != gap_deadline(first, arrivals)) {
            return "the deadline is not the first sight of the gap plus the timeout";
        }
    }
    const Instant deadline = gap_deadline(first, arrivals);
    bench.complete_all();
    if (deadline == sheaf::core::never) {
        const bool is_whole = offsets.size() == count;
        return bench.ready.size() == (is_whole ? 1U : 0U) ? "" : "without a gap";
    }
    bench.advance_to(deadline - 1ns);
    if (!bench.ready.empty()) { return "ended too early"; }
    bench.advance_to(deadline);
    if (bench.ready.size() != 1) { return "not ended at the deadline"; }
    const auto* const event = std::get_if<Bench::Incomplete>(&bench.event_of(*bench.ready[0]));
    if (event == nullptr || event->reason != IncompleteReason::gap_timeout ||
        event->packets != offsets.size()) {
        return "not Incomplete for a gap";
    }
    std::vector<IndexRange> missing;
    for (std::uint64_t index = first; index < arrivals.rbegin()->first; ++index) {
        if (arrivals.contains(index)) { continue; }
        if (!missing.empty() && missing.back().last + 1 == index) {
            missing.back().last = index;
        } else {
            missing.push_back({index, index});
        }
    }
    return event->missing == missing ? "" : "missing";
}

}  // namespace

TEST_CASE("Engine: every gap dates from its first sight in every order of arrival") {
    for (std::uint64_t count = 1; count <= 5; ++count) {
        for (std::uint64_t present = 1; present < std::uint64_t{1} << count; ++present) {
            std::vector<std::uint64_t> offsets;
            for (std::uint64_t offset = 0; offset < count; ++offset) {
                if ((present >> offset & 1U) != 0) { offsets.push_back(offset); }
            }
            do {
                for (const std::uint64_t first :
                     {std::uint64_t{0}, (std::uint64_t{1} << 62U) - 1, sheaf::max_index - count + 1}) {
                    CAPTURE(count);
                    CAPTURE(present);
                    CAPTURE(first);
                    REQUIRE(run(first, count, offsets) == "");
                }
            } while (std::next_permutation(offsets.begin(), offsets.end()));
        }
    }
}

TEST_CASE("Engine: a gap of any width is one gap") {
    for (const std::uint64_t index :
         {std::uint64_t{1}, std::uint64_t{1} << 32U, std::uint64_t{1} << 62U, sheaf::max_index}) {
        CAPTURE(index);
        Bench bench{sheaf::Options{}};
        const Instant first_sight = bench.now;
        REQUIRE(bench.submit(gapped_id, index, true, 1).accepted());
        CHECK(bench.engine.next_deadline() == first_sight + timeout);
        bench.complete_all();
        bench.advance_to(first_sight + timeout);
        const auto& event = std::get<Bench::Incomplete>(bench.event_of(*bench.ready.at(0)));
        CHECK(event.missing == std::vector<IndexRange>{{0, index - 1}});
        CHECK(event.last_index == index);
    }
}

TEST_CASE("Engine: a transform that is still running holds the event of a gap up but not its clock") {
    Bench bench{sheaf::Options{}};
    const Instant first_sight = bench.now;
    REQUIRE(bench.submit(gapped_id, 2, false, 1).accepted());
    bench.advance_to(first_sight + timeout);
    CHECK(bench.ready.empty());
    CHECK(bench.submit(gapped_id, 0, false, 2) ==
          sheaf::Verdict::late);  // the resource takes no more packets
    bench.advance_to(first_sight + 2 * timeout);
    bench.complete_all();
    REQUIRE(bench.ready.size() == 1);
    const auto& event = std::get<Bench::Incomplete>(bench.event_of(*bench.ready[0]));
    CHECK(event.reason == IncompleteReason::gap_timeout);
    CHECK(event.settled_at == first_sight + 2 * timeout);
    CHECK(event.chunks.size() == 1);
}

TEST_CASE("Engine: a lost tail makes no gap and waits for the other clocks") {
    for (const bool has_inactivity : {false, true}) {
        sheaf::Options options;
        options.inactivity_timeout = has_inactivity ? Instant{120s} : Instant{0};
        Bench bench{options};
        REQUIRE(bench.submit(gapped_id, 0, false, 1).accepted());
        bench.complete_all();
        CHECK(bench.engine.next_deadline() == (has_inactivity ? bench.now + 120s : sheaf::core::never));
        bench.close_unfillable();  // the end of a bounded input does not wait
        CHECK(bench.ready.size() == 1);
    }
}
