#pragma once

#include <collate/peers/chunks.hpp>
#include <support/tally.hpp>
#include <support/workload.hpp>

#include <sheaf/transform/word_lengths.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>

namespace sheaf_bench {

/// 32 times a lock and a `std::unordered_map`.
class StripedMap {
public:
    using packet_type = StreamPacket;
    [[nodiscard]] static packet_type packet(const StreamPacket& packet) { return packet; }

    StripedMap(std::size_t most_open, Tally& tally)
        : tally_{tally} {
        for (Stripe& stripe : stripes_) { stripe.resources.reserve(most_open / stripes_.size() * 5 / 4); }
    }

    void feed(std::span<const packet_type> packets) {
        for (const packet_type& packet : packets) {
            Lengths lengths = transform_(packet.payload);
            if (const auto output = add(packet, std::move(lengths))) { tally_(packet.id, *output); }
        }
    }
    void finish() {}

private:
    struct alignas(64) Stripe {
        std::mutex mutex;
        std::unordered_map<std::uint64_t, ChunksInPrefix> resources;
    };

    [[nodiscard]] std::optional<Lengths> add(const packet_type& packet, Lengths&& lengths) {
        // The ids are random, and the maps use their low bits.
        Stripe& stripe = stripes_[packet.id >> 59U];
        const std::lock_guard lock{stripe.mutex};
        const auto place = stripe.resources.try_emplace(packet.id).first;
        if (!place->second.add(packet.index, std::move(lengths), packet.last)) { return std::nullopt; }
        Lengths output = place->second.take();
        stripe.resources.erase(place);
        return output;
    }

    sheaf::WordLengths transform_;
    Tally& tally_;
    std::array<Stripe, 32> stripes_;
};

}  // namespace sheaf_bench
