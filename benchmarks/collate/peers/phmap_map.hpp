#pragma once

#include <collate/peers/chunks.hpp>
#include <support/tally.hpp>
#include <support/workload.hpp>

#include <sheaf/transform/word_lengths.hpp>

#include <parallel_hashmap/phmap.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>

namespace sheaf_bench {

/// `phmap::parallel_flat_hash_map`: 32 flat maps, each with a lock.
class PhmapMap {
public:
    using packet_type = StreamPacket;
    [[nodiscard]] static packet_type packet(const StreamPacket& packet) { return packet; }

    PhmapMap(std::size_t most_open, Tally& tally)
        : tally_{tally} {
        resources_.reserve(most_open);
    }

    void feed(std::span<const packet_type> packets) {
        for (const packet_type& packet : packets) {
            Lengths lengths = transform_(packet.payload);
            std::optional<Lengths> output;
            const auto add = [&](Map::value_type& resource) {
                if (resource.second.add(packet.index, std::move(lengths), packet.last)) {
                    output = resource.second.take();
                }
            };
            resources_.lazy_emplace_l(packet.id, add, [&](const Map::constructor& construct) {
                ChunksInPrefix chunks;
                if (chunks.add(packet.index, std::move(lengths), packet.last)) { output = chunks.take(); }
                construct(packet.id, std::move(chunks));
            });
            if (output) {
                resources_.erase(packet.id);
                tally_(packet.id, *output);
            }
        }
    }
    void finish() {}

private:
    using Map = phmap::parallel_flat_hash_map<std::uint64_t,
                                              ChunksInPrefix,
                                              phmap::priv::hash_default_hash<std::uint64_t>,
                                              phmap::priv::hash_default_eq<std::uint64_t>,
                                              std::allocator<std::pair<const std::uint64_t, ChunksInPrefix>>,
                                              5,
                                              std::mutex>;

    sheaf::WordLengths transform_;
    Tally& tally_;
    Map resources_;
};

}  // namespace sheaf_bench
