// Merges what is sorted in parts: runs in memory, sources that come bit by bit, and batches of segments.

#include <sheaf/sheaf.hpp>

#include <cstdint>
#include <cstring>
#include <functional>
#include <iostream>
#include <iterator>
#include <span>
#include <vector>

namespace {

using Segment = std::vector<std::int64_t>;

void print(const char* what, const Segment& values) {
    std::cout << what;
    for (const auto value : values) { std::cout << ' ' << value; }
    std::cout << '\n';
}

/// The transform of a batch's segments: the payload holds the integers as they are in memory.
struct Integers {
    Segment operator()(std::span<const std::byte> payload) const {
        Segment segment(payload.size() / sizeof(std::int64_t));
        if (!segment.empty()) { std::memcpy(segment.data(), payload.data(), payload.size()); }
        return segment;
    }
};

struct BatchTraits : sheaf::DefaultTraits {
    using collation = sheaf::MergeSorted<>;
    using digest = sheaf::PayloadDigest;  // a segment that comes twice with other content is a conflict
};

}  // namespace

int main() {
    // Runs that are in memory: any ranges, any number of them.
    const std::vector<Segment> runs{{1, 4, 7}, {2, 4}, {}, {3, 9}};
    Segment all;
    sheaf::merge_runs(runs, std::back_inserter(all));
    print("merged:", all);

    // Sources that are larger than memory: what is certain comes out, the rest is held.
    sheaf::StreamingMerge<std::int64_t> merge{2};
    Segment out;
    for (const auto& [source, block] :
         {std::pair{0, Segment{1, 5, 8}}, {1, Segment{2, 3}}, {1, Segment{6}}}) {
        if (const auto result = merge.push(static_cast<std::size_t>(source), block); !result.ok()) {
            std::cout << "source " << source << " is not sorted at " << result.position << '\n';
        }
        out.clear();
        merge.drain_into(out);
        print("certain:", out);
    }
    const auto wrong = merge.push(1, Segment{7, 4});
    std::cout << "source 1 is not sorted at " << wrong.position << '\n';
    merge.close(0);
    merge.close(1);
    out.clear();
    merge.drain_into(out);
    print("certain:", out);

    // Batches whose segments come in any order: the collator, with another collation.
    const auto on_completed = [](const sheaf::Completed<Segment>& batch) { print("batch:", batch.output); };
    const auto on_incomplete = [](const sheaf::Incomplete<Segment>& batch) {
        std::cout << "batch " << batch.id << " lacks " << batch.missing.size() << " segment\n";
    };
    sheaf::PacketCollator collator{Integers{}, sheaf::Handlers{on_completed, on_incomplete},
                                   sheaf::InlineExecutor{}, sheaf::Options{}, sheaf::traits<BatchTraits>};
    const auto submit = [&](std::uint64_t batch, std::uint64_t index, const Segment& values, bool last) {
        sheaf::Packet<> segment{.resource_id = batch,
                                .index = index,
                                .payload = sheaf::Payload{std::as_bytes(std::span{values})},
                                .last = last};
        return collator.submit(segment);
    };
    const bool accepted = submit(1, 2, {5, 6}, true).accepted() && submit(1, 0, {4, 7}, false).accepted() &&
                          submit(2, 1, {1}, true).accepted() && submit(1, 1, {4, 9}, false).accepted();
    return accepted && collator.drain(std::chrono::seconds{30}).status == sheaf::DrainStatus::finished ? 0
                                                                                                       : 1;
}
