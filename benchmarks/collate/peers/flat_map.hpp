#pragma once

#include <collate/peers/chunks.hpp>
#include <support/tally.hpp>
#include <support/workload.hpp>

#include <sheaf/transform/word_lengths.hpp>

#include <boost/unordered/concurrent_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace sheaf_bench {

/// `boost::concurrent_flat_map`, which locks groups of slots and calls functions under these locks.
class FlatMap {
public:
    using packet_type = StreamPacket;
    [[nodiscard]] static packet_type packet(const StreamPacket& packet) { return packet; }

    FlatMap(std::size_t most_open, Tally& tally)
        : tally_{tally}
        , resources_(most_open) {}

    void feed(std::span<const packet_type> packets) {
        for (const packet_type& packet : packets) {
            Lengths lengths = transform_(packet.payload);
            bool complete = false;
            resources_.try_emplace_or_visit(packet.id, packet, lengths, complete, [&](auto& resource) {
                complete = resource.second.add(packet.index, std::move(lengths), packet.last);
            });
            if (!complete) { continue; }
            Lengths output;
            resources_.erase_if(packet.id, [&](auto& resource) {
                output = resource.second.take();
                return true;
            });
            tally_(packet.id, output);
        }
    }
    void finish() {}

private:
    /// Made of the first packet at once, because the function is called for those that are there already.
    struct Chunks : ChunksInPrefix {
        Chunks(const packet_type& packet, Lengths& lengths, bool& complete) {
            complete = add(packet.index, std::move(lengths), packet.last);
        }
    };

    sheaf::WordLengths transform_;
    Tally& tally_;
    boost::concurrent_flat_map<std::uint64_t, Chunks> resources_;
};

}  // namespace sheaf_bench
