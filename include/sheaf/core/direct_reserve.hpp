#pragma once

#include <sheaf/config.hpp>
#include <sheaf/core/activity.hpp>
#include <sheaf/core/packet_node.hpp>
#include <sheaf/core/spares.hpp>

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

    /// Makes sure that there is enough for one more call, listed or not.
    void reserve_one(SparesType& spares) {
        if (aside_.nodes.size() <= calls_) { aside_.nodes.push(*spares.take_node().detach()); }
        if (aside_.chunks.size() <= calls_) { aside_.chunks.push(spares.take_chunk()); }
        if (copies_.size() <= calls_) {
            Copy copy;
            copy.reserve(largest_payload);  // before it counts
            copies_.push_back(std::move(copy));
        }
        if (aside_.activities.size() <= alone_) {
            typename ActivityType::Owner activity = spares.take_activity();
            activity->pending.reserve_one();
            aside_.activities.push(*activity.release());
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
        Node& node = *aside_.nodes.pop();
        node.copy(payload, std::move(copies_.back()));
        copies_.pop_back();
        return node;
    }
    /// The same: an activity with room for one packet.
    [[nodiscard]] typename ActivityType::Owner take_activity() noexcept {
        return typename ActivityType::Owner{aside_.activities.pop()};
    }
    /// These two take what has been used last, if there is something.
    [[nodiscard]] typename ActivityType::Owner take_activity(SparesType& spares) noexcept {
        ActivityType* const spare = spares.activities.pop();
        return spare != nullptr ? typename ActivityType::Owner{spare} : take_activity();
    }
    [[nodiscard]] Waiting& take_chunk(SparesType& spares) noexcept {
        Waiting* const spare = spares.chunks.pop();
        return spare != nullptr ? *spare : *aside_.chunks.pop();
    }

private:
    using Copy = std::vector<std::byte>;

    std::size_t calls_ = 0;
    std::size_t alone_ = 0;  // of these
    // At least one node, chunk and copy for each call, and one activity for each that stands alone.
    SparesType aside_;
    std::vector<Copy, typename Traits::template allocator<Copy>> copies_;
};

}  // namespace core

SHEAF_NAMESPACE_END
