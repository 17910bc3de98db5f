#pragma once

#include <sheaf/config.hpp>
#include <sheaf/core/activity.hpp>
#include <sheaf/core/packet_node.hpp>
#include <sheaf/core/spares.hpp>
#include <sheaf/core/work_list.hpp>

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// The direct calls under way that are not nodes, as numbers, and the memory that is set aside for them: for each to
/// become a node, and for its chunk to wait; for each that stands alone, to be listed. So nothing of that can fail.
///
/// Thread safety: none. Throws: only `reserve_one`, `std::bad_alloc`, and then no call has less than before.
template <class Traits, class Chunk>
class DirectReserve {
public:
    using SparesType = Spares<Traits, Chunk>;
    using Node = typename SparesType::Node;
    using ActivityType = typename SparesType::ActivityType;
    using Waiting = typename SparesType::Waiting;

    /// The largest payload of a direct call: so much room there is for a copy of it.
    static constexpr std::size_t largest_payload = 512;

    DirectReserve() noexcept = default;
    DirectReserve(const DirectReserve&) = delete;
    DirectReserve& operator=(const DirectReserve&) = delete;
    ~DirectReserve() {
        while (Node* const node = nodes_.pop()) { node->release(); }
        while (Waiting* const chunk = chunks_.pop()) { chunk->destroy(); }
        while (ActivityType* const activity = activities_.pop()) {
            const typename ActivityType::Owner gone{activity};
        }
    }

    /// Makes sure that there is enough for one more call, listed or not.
    void reserve_one(SparesType& spares) {
        if (nodes_.size() <= calls_) {
            Node* const spare = spares.nodes.pop();
            nodes_.push(spare != nullptr ? *spare : *Node::create());
        }
        if (chunks_.size() <= calls_) {
            Waiting* const spare = spares.chunks.pop();
            chunks_.push(spare != nullptr ? *spare : *Waiting::create());
        }
        if (copies_.size() <= calls_) {
            Copy copy;
            copy.reserve(largest_payload);  // before it counts
            copies_.push_back(std::move(copy));
        }
        if (activities_.size() <= alone_) {
            ActivityType* const spare = spares.activities.pop();
            typename ActivityType::Owner activity =
                spare != nullptr ? typename ActivityType::Owner{spare} : ActivityType::create();
            activity->pending.reserve_one();
            activities_.push(*activity.release());
        }
    }

    /// A call begins, and ends or becomes a node. Precondition of `begin`: `reserve_one`.
    void begin() noexcept { ++calls_; }
    void end() noexcept { --calls_; }
    /// It stands alone, and no longer does.
    void begin_alone() noexcept { ++alone_; }
    void end_alone() noexcept { --alone_; }

    /// For a call under way: a node with a copy of its payload.
    [[nodiscard]] Node& take_node(std::span<const std::byte> payload) noexcept {
        Node& node = *nodes_.pop();
        node.copy(payload, std::move(copies_.back()));
        copies_.pop_back();
        return node;
    }
    /// The same: an activity with room for one packet.
    [[nodiscard]] typename ActivityType::Owner take_activity() noexcept {
        return typename ActivityType::Owner{activities_.pop()};
    }
    /// These two take what has been used last, if there is something.
    [[nodiscard]] typename ActivityType::Owner take_activity(SparesType& spares) noexcept {
        ActivityType* const spare = spares.activities.pop();
        return spare != nullptr ? typename ActivityType::Owner{spare} : take_activity();
    }
    [[nodiscard]] Waiting& take_chunk(SparesType& spares) noexcept {
        Waiting* const spare = spares.chunks.pop();
        return spare != nullptr ? *spare : *chunks_.pop();
    }

private:
    using Copy = std::vector<std::byte>;

    std::size_t calls_ = 0;
    std::size_t alone_ = 0;                                                // of these
    RecyclingList<Node> nodes_;                                            // at least one for each call
    RecyclingList<Waiting> chunks_;                                        // the same
    std::vector<Copy, typename Traits::template allocator<Copy>> copies_;  // the same
    RecyclingList<ActivityType> activities_;  // at least one for each that stands alone
};

}  // namespace core

SHEAF_NAMESPACE_END
