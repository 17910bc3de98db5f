#pragma once

#include <collate/peers/chunks.hpp>
#include <support/tally.hpp>
#include <support/workload.hpp>

#include <sheaf/transform/word_lengths.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>

namespace sheaf_bench {

/// One `std::unordered_map` and no lock: for one thread. `Chunks`: what it keeps of a resource.
template <class Chunks>
class BasicUnlockedMap {
public:
    using packet_type = StreamPacket;
    [[nodiscard]] static packet_type packet(const StreamPacket& packet) { return packet; }

    BasicUnlockedMap(std::size_t most_open, Tally& tally)
        : tally_{tally} {
        resources_.reserve(most_open);
    }

    /// Not to be called concurrently.
    void feed(std::span<const packet_type> packets) {
        for (const packet_type& packet : packets) {
            const auto place = resources_.try_emplace(packet.id).first;
            if (!place->second.add(packet.index, transform_(packet.payload), packet.last)) { continue; }
            const Lengths output = place->second.take();
            resources_.erase(place);
            tally_(packet.id, output);
        }
    }
    void finish() {}

private:
    sheaf::WordLengths transform_;
    Tally& tally_;
    std::unordered_map<std::uint64_t, Chunks> resources_;
};

using UnlockedMap = BasicUnlockedMap<ChunksInPrefix>;

}  // namespace sheaf_bench
