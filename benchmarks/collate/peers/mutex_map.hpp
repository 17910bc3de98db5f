#pragma once

#include <collate/peers/chunks.hpp>
#include <support/tally.hpp>
#include <support/workload.hpp>

#include <sheaf/transform/word_lengths.hpp>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>

namespace sheaf_bench {

/// One lock around one `std::unordered_map` of ordered maps.
class MutexMap {
public:
    using packet_type = StreamPacket;
    [[nodiscard]] static packet_type packet(const StreamPacket& packet) { return packet; }

    MutexMap(std::size_t most_open, Tally& tally)
        : tally_{tally} {
        resources_.reserve(most_open);
    }

    void feed(std::span<const packet_type> packets) {
        for (const packet_type& packet : packets) {
            Lengths lengths = transform_(packet.payload);
            if (const auto output = add(packet, std::move(lengths))) { tally_(packet.id, *output); }
        }
    }
    void finish() {}

private:
    [[nodiscard]] std::optional<Lengths> add(const packet_type& packet, Lengths&& lengths) {
        decltype(resources_)::node_type complete;
        {
            const std::lock_guard lock{mutex_};
            const auto place = resources_.try_emplace(packet.id).first;
            if (!place->second.add(packet.index, std::move(lengths), packet.last)) { return std::nullopt; }
            complete = resources_.extract(place);
        }
        return complete.mapped().take();
    }

    sheaf::WordLengths transform_;
    Tally& tally_;
    std::mutex mutex_;
    std::unordered_map<std::uint64_t, ChunksInMap> resources_;
};

}  // namespace sheaf_bench
