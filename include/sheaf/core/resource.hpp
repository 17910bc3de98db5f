#pragma once

#include <sheaf/config.hpp>
#include <sheaf/core/activity.hpp>
#include <sheaf/core/chunk_slot.hpp>
#include <sheaf/core/direct_call.hpp>
#include <sheaf/core/finished_ids.hpp>
#include <sheaf/core/instant.hpp>
#include <sheaf/core/packet_node.hpp>
#include <sheaf/events.hpp>
#include <sheaf/packet.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// Where a resource stands.
enum class ResourcePhase : std::uint8_t {
    open,         ///< Takes packets.
    closing,      ///< Will end incomplete: takes no packets and waits for its transforms to settle.
    delivering,   ///< Has ended; one thread, and no lock, has its event in hand.
    redelivery,   ///< Has ended; its event waits for the next attempt of the sink.
    undelivered,  ///< Has ended; the sink's attempts are used up and no dead letter took its event.
};

/// The state of one resource, from its first packet until its event is delivered. Guarded by the stripe's lock,
/// but while it is `delivering`: then `prepared`, and with it the prefix and the chunks of what is pending, belong to
/// the thread that delivers. That thread reads the list of what is pending, too, so nobody may change it then. The lock
/// guards the rest.
template <class Traits, class Chunk>
struct Resource final {
    using id_type = typename Traits::resource_id;
    using receipt_type = typename Traits::receipt;
    using collation_type = typename Traits::collation;
    using Node = PacketNode<Traits, Chunk>;
    using ActivityType = Activity<Traits, Chunk>;
    using DirectCallType = typename ActivityType::DirectCallType;
    using Pending = typename ActivityType::Pending;
    using prefix_type = typename collation_type::template prefix_type<Chunk>;
    using output_type = typename collation_type::template output_type<Chunk>;

    static constexpr bool has_receipts = !std::is_same_v<receipt_type, NoReceipt>;

    /// A number that names the resource, in the slab that it is a part of.
    using Handle = std::uint32_t;

    Resource(Handle handle,
             const id_type& resource_id,
             std::uint64_t id_hash,
             std::uint64_t first_index,
             Instant now)
        : id{resource_id}
        , head{first_index}
        , hash{static_cast<std::uint32_t>(id_hash)}
        , younger{handle}
        , opened_at{now} {}
    Resource(const Resource&) = delete;
    Resource& operator=(const Resource&) = delete;
    ~Resource() = default;

    /// All accepted packets are in the prefix.
    [[nodiscard]] bool rests() const noexcept { return activity.is_empty(); }
    [[nodiscard]] bool has_ended() const noexcept { return phase >= ResourcePhase::delivering; }
    /// First index that was not accepted.
    [[nodiscard]] std::uint64_t seen_end() const noexcept {
        return activity == nullptr ? head : activity->seen_end;
    }
    /// The last index, or `unknown_index`.
    [[nodiscard]] std::uint64_t last() const noexcept {
        return activity == nullptr ? unknown_index : activity->last;
    }
    [[nodiscard]] std::size_t unsettled() const noexcept {
        return activity == nullptr ? 0 : activity->unsettled;
    }
    /// How many packets were accepted: each is in the prefix or pending.
    [[nodiscard]] std::uint64_t accepted(std::uint64_t first_index) const noexcept {
        return head - first_index + (activity == nullptr ? 0 : activity->pending.size());
    }
    /// The index was accepted.
    [[nodiscard]] bool has_seen(std::uint64_t index) const noexcept {
        return index < seen_end() || (activity != nullptr && !activity->pending.empty() &&
                                      activity->pending.find(index) != nullptr);
    }
    /// Every packet is there and has its chunk. Precondition: active.
    [[nodiscard]] bool is_complete() const noexcept {
        return activity->is_fully_seen() && activity->unsettled == 0 && activity->failed == 0;
    }

    /// The prefix's memory can serve one resource after the other.
    static constexpr bool keeps_memory = std::is_same_v<output_type, prefix_type> && Reusable<output_type> &&
                                         std::is_nothrow_default_constructible_v<prefix_type> &&
                                         std::is_nothrow_move_constructible_v<prefix_type> &&
                                         std::is_nothrow_move_assignable_v<prefix_type>;

    /// Of an empty prefix; other prefixes have none of another one's.
    void drop_prefix_memory() noexcept {
        if constexpr (keeps_memory) {
            std::destroy_at(std::addressof(prefix));
            std::construct_at(std::addressof(prefix));
        }
    }

    /// Precondition: in neither of the engine's lists.
    [[nodiscard]] Handle handle() const noexcept { return younger; }

    // First what a packet has to do with: one cache line.
    id_type id;
    std::uint64_t head;                                     // first index that is not in the prefix
    ActivityLink<ActivityType, DirectCallType> activity{};  // empty: all accepted packets are in the prefix
    ResourcePhase phase = ResourcePhase::open;
    IncompleteReason reason = IncompleteReason::cancelled;
    std::uint32_t hash;  // the low half
    prefix_type prefix{};
    std::uint64_t accepted_bytes = 0;
    // Neighbours in one of the engine's two lists: those that have not ended, by opening, and those that have, by
    // ending. In neither list `younger` is the resource itself.
    Handle older = 0;
    Handle younger;
    std::uint64_t incarnation = 0;
    Instant opened_at;
};

}  // namespace core

SHEAF_NAMESPACE_END
