#pragma once

#include <sheaf/config.hpp>
#include <sheaf/core/activity.hpp>
#include <sheaf/core/chunk_slot.hpp>
#include <sheaf/core/packet_node.hpp>
#include <sheaf/core/resource.hpp>
#include <sheaf/core/work_list.hpp>

#include <cstddef>
#include <utility>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// The memory of former packets and resources, for the next ones. Engines can exchange it: a batch, which goes from
/// stripe to stripe, takes it along, and so has at hand what is still in the cache.
///
/// Thread safety: none.
template <class Traits, class Chunk>
class Spares {
public:
    using Node = PacketNode<Traits, Chunk>;
    using ResourceType = Resource<Traits, Chunk>;
    using ActivityType = Activity<Traits, Chunk>;
    using Waiting = typename ActivityType::Waiting;
    using prefix_type = typename ResourceType::prefix_type;

    /// How much is kept at most.
    static constexpr std::size_t most_nodes = 128;
    static constexpr std::size_t most_chunks = 1024;
    static constexpr std::size_t most_prefixes = 64;

    Spares() noexcept = default;
    Spares(const Spares&) = delete;
    Spares& operator=(const Spares&) = delete;
    ~Spares() {
        while (Node* const node = nodes.pop()) { node->release(); }
        while (Waiting* const chunk = chunks.pop()) { chunk->destroy(); }
        while (ActivityType* const activity = activities.pop()) {
            const typename ActivityType::Owner gone{activity};
        }
    }

    /// One that has been used, or else a new one. Throws: `std::bad_alloc`.
    [[nodiscard]] NodeReference<Node> take_node() {
        Node* const spare = nodes.pop();
        return NodeReference<Node>{spare != nullptr ? spare : Node::create()};
    }
    [[nodiscard]] Waiting& take_chunk() {
        Waiting* const spare = chunks.pop();
        return spare != nullptr ? *spare : *Waiting::create();
    }
    [[nodiscard]] typename ActivityType::Owner take_activity() {
        ActivityType* const spare = activities.pop();
        return spare != nullptr ? typename ActivityType::Owner{spare} : ActivityType::create();
    }

    /// Gives memory of a former prefix to a new one, which is empty, if there is some.
    void take_prefix(prefix_type& prefix) noexcept {
        if constexpr (ResourceType::keeps_memory) {
            if (prefixes_.empty()) { return; }
            prefix = std::move(prefixes_.back());
            prefixes_.pop_back();
        }
    }
    /// Keeps the memory of an output, as far as that makes sense; what was in it is destroyed.
    void keep_prefix(prefix_type& output) noexcept {
        if constexpr (ResourceType::keeps_memory) {
            const std::size_t held = held_bytes(output);
            if (held == 0 || held > kept_bytes || prefixes_.size() == most_prefixes) { return; }
            SHEAF_TRY {
                if (prefixes_.capacity() == 0) { prefixes_.reserve(most_prefixes); }
                output.clear();
                prefixes_.push_back(std::move(output));
            }
            SHEAF_CATCH_ALL {}
        }
    }

    void swap(Spares& other) noexcept {
        std::swap(nodes, other.nodes);
        std::swap(chunks, other.chunks);
        prefixes_.swap(other.prefixes_);
        std::swap(activities, other.activities);
    }

    RecyclingList<Node> nodes;
    RecyclingList<Waiting> chunks;
    RecyclingList<ActivityType> activities;

private:
    // Empty ones that have memory.
    std::vector<prefix_type, typename Traits::template allocator<prefix_type>> prefixes_;
};

}  // namespace core

SHEAF_NAMESPACE_END
