#pragma once

#include <collate/peers/chunks.hpp>
#include <support/tally.hpp>
#include <support/workload.hpp>

#include <sheaf/transform/word_lengths.hpp>

#include <oneapi/tbb/concurrent_hash_map.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace sheaf_bench {

/// `tbb::concurrent_hash_map`, which locks each resource by itself.
class TbbMap {
public:
    using packet_type = StreamPacket;
    [[nodiscard]] static packet_type packet(const StreamPacket& packet) { return packet; }

    TbbMap(std::size_t most_open, Tally& tally)
        : tally_{tally}
        , resources_{most_open} {}

    void feed(std::span<const packet_type> packets) {
        for (const packet_type& packet : packets) {
            Lengths lengths = transform_(packet.payload);
            Map::accessor place;
            resources_.insert(place, packet.id);
            if (!place->second.add(packet.index, std::move(lengths), packet.last)) { continue; }
            const Lengths output = place->second.take();
            resources_.erase(place);
            tally_(packet.id, output);
        }
    }
    void finish() {}

private:
    using Map = tbb::concurrent_hash_map<std::uint64_t, ChunksInPrefix>;

    sheaf::WordLengths transform_;
    Tally& tally_;
    Map resources_;
};

}  // namespace sheaf_bench
