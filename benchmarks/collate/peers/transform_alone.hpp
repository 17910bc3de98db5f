#pragma once

#include <support/tally.hpp>
#include <support/workload.hpp>

#include <sheaf/transform/word_lengths.hpp>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sheaf_bench {

/// The transform of all peers, into a vector that is used again where the transform can do that.
template <class Transform>
void transform_into(const Transform& transform,
                    std::span<const std::byte> payload,
                    std::vector<std::uint32_t>& lengths) {
    if constexpr (requires { transform.transform_into(payload, lengths); }) {
        transform.transform_into(payload, lengths);
    } else {
        lengths = transform(payload);
    }
}

/// No collation at all: the floor of the overhead, and the ideal of what more threads can gain.
class TransformAlone {
public:
    static constexpr bool delivers = false;
    using packet_type = StreamPacket;
    [[nodiscard]] static packet_type packet(const StreamPacket& packet) { return packet; }

    TransformAlone(std::size_t, Tally&) {}

    void feed(std::span<const packet_type> packets) {
        std::vector<std::uint32_t> lengths;
        for (const packet_type& packet : packets) {
            transform_into(transform_, packet.payload, lengths);
            benchmark::DoNotOptimize(lengths.data());
            benchmark::ClobberMemory();
        }
    }
    void finish() {}

private:
    sheaf::WordLengths transform_;
};

}  // namespace sheaf_bench
