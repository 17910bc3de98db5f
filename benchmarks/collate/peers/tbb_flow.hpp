#pragma once

#include <collate/peers/chunks.hpp>
#include <support/tally.hpp>
#include <support/workload.hpp>

#include <sheaf/transform/word_lengths.hpp>

#include <oneapi/tbb/flow_graph.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <utility>

namespace sheaf_bench {

/// A flow graph of oneTBB: transforms in parallel, then one collation at a time. It has threads of its own.
class TbbFlow {
public:
    using packet_type = StreamPacket;
    [[nodiscard]] static packet_type packet(const StreamPacket& packet) { return packet; }

    TbbFlow(std::size_t most_open, Tally& tally)
        : tally_{tally}
        , transform_node_{graph_, tbb::flow::unlimited,
                          [this](const packet_type* packet) {
                              return std::make_shared<Chunk>(Chunk{packet, transform_(packet->payload)});
                          }}
        , collate_node_{graph_, tbb::flow::serial, [this](const std::shared_ptr<Chunk>& chunk) {
                            collate(*chunk);
                            return tbb::flow::continue_msg{};
                        }} {
        resources_.reserve(most_open);
        tbb::flow::make_edge(transform_node_, collate_node_);
    }

    /// Waits now and then, because the graph has no bound.
    void feed(std::span<const packet_type> packets) {
        constexpr std::size_t in_flight = 65'536;
        for (std::size_t i = 0; i < packets.size(); ++i) {
            transform_node_.try_put(&packets[i]);
            if (i % in_flight == in_flight - 1) { graph_.wait_for_all(); }
        }
    }
    void finish() { graph_.wait_for_all(); }

private:
    // Messages are copied from node to node, therefore a pointer to it is sent.
    struct Chunk {
        const packet_type* packet = nullptr;
        Lengths lengths{};
    };

    void collate(Chunk& chunk) {
        const packet_type& packet = *chunk.packet;
        const auto place = resources_.try_emplace(packet.id).first;
        if (!place->second.add(packet.index, std::move(chunk.lengths), packet.last)) { return; }
        const Lengths output = place->second.take();
        resources_.erase(place);
        tally_(packet.id, output);
    }

    sheaf::WordLengths transform_;
    Tally& tally_;
    std::unordered_map<std::uint64_t, ChunksInPrefix> resources_;
    tbb::flow::graph graph_;
    tbb::flow::function_node<const packet_type*, std::shared_ptr<Chunk>> transform_node_;
    tbb::flow::function_node<std::shared_ptr<Chunk>> collate_node_;
};

}  // namespace sheaf_bench
