#pragma once

#include <sheaf/config.hpp>
#include <sheaf/core/allocated.hpp>
#include <sheaf/core/budget.hpp>
#include <sheaf/core/chunk_slot.hpp>
#include <sheaf/core/deadline_queue.hpp>
#include <sheaf/core/direct_call.hpp>
#include <sheaf/core/finished_ids.hpp>
#include <sheaf/core/gap_clock.hpp>
#include <sheaf/core/instant.hpp>
#include <sheaf/core/packet_link.hpp>
#include <sheaf/core/packet_node.hpp>
#include <sheaf/core/pending_sequence.hpp>
#include <sheaf/core/prepared_event.hpp>
#include <sheaf/core/waiting_chunk.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace core {

template <class Traits, class Chunk>
struct Resource;

/// What a resource has beside its prefix, while there is anything: packets in flight or beyond a gap, a known last
/// index, a deadline, an event. Between two packets that come in order most resources have none of it, so they are
/// small, and a few of these serve many resources in turn.
template <class Traits, class Chunk>
struct Activity final : Timer {
    using receipt_type = typename Traits::receipt;
    using Node = PacketNode<Traits, Chunk>;
    using DirectCallType = DirectCall<Resource<Traits, Chunk>, Node, typename Traits::threading>;
    using Waiting = WaitingChunk<Chunk, Traits::template allocator>;
    using Link = PacketLink<Node, DirectCallType, Waiting>;
    using Pending = PendingSequence<Link, Traits::template allocator>;
    using PreparedType = Prepared<Traits, Chunk>;

    Activity() noexcept = default;
    Activity(const Activity&) = delete;
    Activity& operator=(const Activity&) = delete;
    ~Activity() {
        // A node with a call that still runs lives on; it is settled, so nothing reads its `resource` again.
        for_each([](std::uint64_t, const Link& link) {
            if (Waiting* const chunk = link.waiting()) {
                chunk->destroy();
            } else {
                link.node()->release_all();
            }
        });
    }

    /// All indices up to the last were accepted.
    [[nodiscard]] bool is_fully_seen() const noexcept {
        return last != unknown_index && seen_end == last + 1;
    }
    /// The end of what was accepted: one past the highest index.
    [[nodiscard]] std::uint64_t highest_end() const noexcept {
        return pending.empty() ? seen_end : pending.back().index + 1;
    }

    /// Calls `visit(index, link)` for each pending packet, ascending. Precondition: there are no direct calls.
    template <class Visitor>
    void for_each(Visitor&& visit) const {
        SHEAF_ASSERT(calls == nullptr, "sheaf: direct calls are settled in first");
        pending.for_each(std::forward<Visitor>(visit));
    }
    /// `visit(index, node)` for each of them that has a node: all but chunks that only wait for their turn.
    template <class Visitor>
    void for_each_node(Visitor&& visit) const {
        for_each([&visit](std::uint64_t index, const Link& link) {
            if (Node* const node = link.node()) { visit(index, node); }
        });
    }

    /// A direct call joins the others.
    void list(DirectCallType& call) noexcept {
        call.is_listed = true;
        call.previous = nullptr;
        call.next = std::exchange(calls, &call);
        if (call.next != nullptr) { call.next->previous = &call; }
    }
    void unlist(DirectCallType& call) noexcept {
        (call.previous == nullptr ? calls : call.previous->next) = call.next;
        if (call.next != nullptr) { call.next->previous = call.previous; }
    }

    /// Begins to serve a resource. Precondition: new or recycled.
    void begin(Resource<Traits, Chunk>& served) noexcept {
        resource = &served;
        seen_end = served.head;
        opened_at = served.opened_at;
    }
    /// Forgets everything but memory that the next resource may use. Precondition: nothing is pending or queued.
    void recycle() noexcept {
        SHEAF_ASSERT(!is_queued(),
                     "sheaf: a deadline is taken out before its activity serves another resource");
        pending.clear();
        last = unknown_index;
        gaps.reset();
        unsettled = 0;
        failed = 0;
        charge = {};
        reserve_bytes = 0;
        delivery_attempts = 0;
        error = nullptr;
        empty_for_reuse(receipts);
        empty_for_reuse(digests);
        if (prepared != nullptr) {
            spare_prepared = std::move(prepared);
            spare_prepared->reset();
        }
    }

    // In the order of use: an arrival has to do with the first `busy_lines` cache lines.
    static constexpr std::size_t busy_lines = 3;

    Activity* next = nullptr;  // link among those that can be used again
    Resource<Traits, Chunk>* resource = nullptr;
    Resource<Traits, Chunk>* next_resource = nullptr;  // link of the work lists
    std::uint64_t seen_end = 0;          // first index that was not accepted; the gap, if gaps.is_open()
    std::uint64_t last = unknown_index;  // the last index, once its packet was accepted
    std::size_t unsettled = 0;           // packets dispatched or waiting
    Pending pending;                     // all accepted packets from the resource's `head` on
    DirectCallType* calls = nullptr;     // direct calls among these
    GapClock<Traits::template allocator> gaps;
    Charge charge;  // all that the resource holds of the budget
    // The bytes that its packets took out of the reserve. They stay taken until there is other room or the resource
    // ends, because a chunk stays: else a resource without end would grow over the bound, head by head.
    std::size_t reserve_bytes = 0;
    Instant opened_at{};
    Instant last_activity{};
    std::size_t failed = 0;  // packets that will have no chunk
    std::unique_ptr<PreparedType> prepared{};
    std::unique_ptr<PreparedType> spare_prepared{};  // memory for it, of a former resource
    Instant settled_at{};
    std::uint32_t delivery_attempts = 0;
    std::exception_ptr error{};
    std::vector<receipt_type> receipts{};  // of collated packets and of duplicates
    std::vector<std::uint64_t> digests{};  // of collated packets, if the Traits ask for them

    using Owner = Allocated<Activity, Traits::template allocator>;
    [[nodiscard]] static Owner create() {
        return Owner{create_object<Activity, Traits::template allocator>()};
    }
};

/// What a resource has beside its prefix: nothing (it rests), an activity, or a direct call. In one word, because there
/// are many resources.
template <class ActivityType, class DirectCallType>
class ActivityLink {
public:
    ActivityLink() noexcept = default;
    ActivityLink(const ActivityLink&) = delete;
    ActivityLink& operator=(const ActivityLink&) = delete;
    ActivityLink& operator=(typename ActivityType::Owner activity) noexcept {
        static_cast<void>(take());
        word_ = reinterpret_cast<std::uintptr_t>(activity.release());
        return *this;
    }
    ~ActivityLink() { static_cast<void>(take()); }

    [[nodiscard]] ActivityType* get() const noexcept {
        return is_direct() ? nullptr : reinterpret_cast<ActivityType*>(word_);
    }
    /// Precondition of both: an activity.
    [[nodiscard]] ActivityType& operator*() const noexcept { return *get(); }
    [[nodiscard]] ActivityType* operator->() const noexcept { return get(); }
    /// True where there is no activity; there may be a direct call.
    [[nodiscard]] friend bool operator==(const ActivityLink& link, std::nullptr_t) noexcept {
        return link.get() == nullptr;
    }
    /// Takes the activity away, if there is one.
    [[nodiscard]] typename ActivityType::Owner take() noexcept {
        ActivityType* const activity = get();
        word_ = 0;
        return typename ActivityType::Owner{activity};
    }

    [[nodiscard]] bool is_empty() const noexcept { return word_ == 0; }
    /// The direct call, or null.
    [[nodiscard]] DirectCallType* direct() const noexcept {
        return is_direct() ? reinterpret_cast<DirectCallType*>(word_ - 1) : nullptr;
    }
    /// Precondition: empty.
    void set_direct(DirectCallType& call) noexcept { word_ = reinterpret_cast<std::uintptr_t>(&call) + 1; }
    void clear_direct() noexcept { word_ = 0; }

private:
    [[nodiscard]] bool is_direct() const noexcept { return (word_ & 1U) != 0; }

    std::uintptr_t word_ = 0;  // an address; that of a direct call plus one
};

}  // namespace core

SHEAF_NAMESPACE_END
