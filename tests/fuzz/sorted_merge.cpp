#include "harness.hpp"

#include "byte_choices.hpp"

#include <sheaf/merge/merge_runs.hpp>
#include <sheaf/merge/streaming_merge.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <iterator>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using fuzz::fail;
using test::ByteChoices;

template <class Key>
using Runs = std::vector<std::vector<Key>>;

/// Runs that ascend by steps. A choice stands for a row of steps, so that a few bytes make long runs and long rows of
/// equal values.
template <class Key>
Runs<Key> choose_runs(ByteChoices& choices) {
    Runs<Key> runs(choices.below(20));
    for (auto& run : runs) {
        auto value = static_cast<std::uint64_t>(choices.below(4)) << (8 * choices.below(sizeof(Key)));
        for (auto rows = choices.below(12); rows != 0; --rows) {
            const std::uint64_t count = choices.below(choices.chance(10) ? 2'000 : 40);
            const std::uint64_t step = choices.below(4) * choices.below(8);
            for (std::uint64_t i = 0; i < count; ++i) { run.push_back(static_cast<Key>(value += step)); }
        }
        std::sort(run.begin(), run.end());  // what has gone round the end of the type comes first then
    }
    return runs;
}

template <class Key>
void check_merges(const Runs<Key>& runs, const std::vector<Key>& expected) {
    std::vector<Key> merged(expected.size());
    sheaf::merge_runs(runs, merged.data());
    if (merged != expected) { fail("merge_runs"); }
    merged.clear();
    sheaf::merge_runs(runs, std::back_inserter(merged), [](Key a, Key b) { return a < b; });
    if (merged != expected) { fail("merge_runs by a comparison of its own"); }
    const std::vector<std::deque<Key>> deques = [&runs] {
        std::vector<std::deque<Key>> copies;
        for (const auto& run : runs) { copies.emplace_back(run.begin(), run.end()); }
        return copies;
    }();
    merged.clear();
    sheaf::merge_runs(deques, std::back_inserter(merged));
    if (merged != expected) { fail("merge_runs by a tree of losers"); }
    const std::vector<std::span<const Key>> spans{runs.begin(), runs.end()};
    for (const auto path : {sheaf::detail::MergePath::portable, sheaf::detail::MergePath::avx2,
                            sheaf::detail::MergePath::avx512}) {
        if (!is_available(path)) { continue; }
        sheaf::RunMerger<Key> merger{{}, {}, path};
        std::fill(merged.begin(), merged.end(), Key{0});
        merger.merge(spans, merged.data());
        if (merged != expected) { fail("RunMerger, path " + std::to_string(static_cast<int>(path))); }
    }
}

/// Blocks of sources in a chosen order, drained now and then; now and then a value that is out of order.
template <class Key>
void check_stream(const Runs<Key>& runs, const std::vector<Key>& expected, ByteChoices& choices) {
    sheaf::StreamingMerge<Key> merge{runs.size()};
    std::vector<std::size_t> given(runs.size(), 0);
    std::vector<Key> out;
    for (std::size_t open = runs.size(); open != 0;) {
        const auto source = static_cast<std::size_t>(choices.below(runs.size()));
        std::size_t at = source;
        while (given[at] > runs[at].size()) { at = (at + 1) % runs.size(); }  // closed
        const std::size_t left = runs[at].size() - given[at];
        if (left == 0) {
            merge.close(at);
            given[at] = runs[at].size() + 1;
            --open;
        } else {
            // With no more choices in whole blocks, so that it ends soon.
            const std::size_t size =
                choices.is_exhausted() ? left : 1 + static_cast<std::size_t>(choices.below(left));
            std::vector<Key> block(runs[at].begin() + static_cast<std::ptrdiff_t>(given[at]),
                                   runs[at].begin() + static_cast<std::ptrdiff_t>(given[at] + size));
            const bool is_wrong = choices.chance(5) && block.back() != std::numeric_limits<Key>::min();
            if (is_wrong) { block.push_back(std::numeric_limits<Key>::min()); }
            const sheaf::PushResult result = merge.push(at, block);
            if (result.accepted != size) { fail("push took another number"); }
            if (result.ok() == is_wrong) { fail("push saw no order, or one too many"); }
            given[at] += size;
        }
        if (choices.chance(50)) {
            merge.drain_into(out);
            if (out.size() > expected.size() || !std::equal(out.begin(), out.end(), expected.begin())) {
                fail("StreamingMerge gave out what was not certain");
            }
        }
    }
    merge.drain_into(out);
    if (!merge.finished() || out != expected) { fail("StreamingMerge"); }
}

template <class Key>
void check(ByteChoices& choices) {
    const Runs<Key> runs = choose_runs<Key>(choices);
    std::vector<Key> expected;
    for (const auto& run : runs) { expected.insert(expected.end(), run.begin(), run.end()); }
    std::sort(expected.begin(), expected.end());
    check_merges(runs, expected);
    if (!runs.empty()) { check_stream(runs, expected, choices); }
}

}  // namespace

std::string fuzz::sorted_merge(std::span<const std::byte> input) {
    ByteChoices choices{input};
    try {
        switch (choices.below(4)) {
        case 0: check<std::uint32_t>(choices); break;
        case 1: check<std::int64_t>(choices); break;
        case 2: check<std::uint64_t>(choices); break;
        default: check<std::int8_t>(choices); break;
        }
    } catch (const std::logic_error& error) { return error.what(); }
    return {};
}
