#pragma once

#include <sheaf/config.hpp>
#include <sheaf/core/budget.hpp>
#include <sheaf/core/deadline_queue.hpp>
#include <sheaf/core/finished_ids.hpp>
#include <sheaf/core/gap_clock.hpp>
#include <sheaf/core/instant.hpp>
#include <sheaf/core/packet_node.hpp>
#include <sheaf/core/pending_sequence.hpp>
#include <sheaf/events.hpp>
#include <sheaf/packet.hpp>
#include <sheaf/statistics.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

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

/// What waits for delivery.
template <class Traits, class Chunk>
using TerminalEvent = std::variant<
    Completed<typename Traits::collation::template output_type<Chunk>, typename Traits::resource_id>,
    Incomplete<typename Traits::collation::template output_type<Chunk>, typename Traits::resource_id, Chunk>>;

/// What an asynchronous sink has said of an attempt.
enum class SinkAnswer : std::uint8_t { none, delivered, failed };

/// An ended resource's event, made once, and what is remembered of the resource afterwards.
template <class Traits, class Chunk>
struct Prepared {
    TerminalEvent<Traits, Chunk> event;
    Coverage coverage{};
    SinkAnswer answer = SinkAnswer::none;  // that nobody has acted upon yet
    std::exception_ptr answer_error{};     // beside `failed`
};

/// The state of one resource, from its first packet until its event is delivered. Guarded by the stripe's lock,
/// but while it is `delivering`: then `prepared`, and with it the chunks of the nodes and the prefix, belong to the
/// thread that delivers, and the lock guards the rest.
template <class Traits, class Chunk>
struct Resource final : Timer {
    using id_type = typename Traits::resource_id;
    using receipt_type = typename Traits::receipt;
    using collation_type = typename Traits::collation;
    using Node = PacketNode<Traits, Chunk>;
    using Pending = PendingSequence<Node*, Traits::template allocator>;

    static constexpr bool has_receipts = !std::is_same_v<receipt_type, NoReceipt>;

    Resource(const id_type& resource_id, std::uint64_t id_hash, std::uint64_t first_index, Instant now)
        : id{resource_id}
        , hash{id_hash}
        , head{first_index}
        , seen_end{first_index}
        , opened_at{now}
        , last_activity{now} {}
    Resource(const Resource&) = delete;
    Resource& operator=(const Resource&) = delete;
    ~Resource() {
        // A node with a call that still runs lives on; it is settled, so nothing reads its `resource` again.
        pending.for_each([](std::uint64_t, Node* node) { node->release(); });
    }

    /// All indices up to the last were accepted.
    [[nodiscard]] bool is_fully_seen() const noexcept {
        return last != unknown_index && seen_end == last + 1;
    }
    /// Every packet is there and has its chunk.
    [[nodiscard]] bool is_complete() const noexcept {
        return is_fully_seen() && unsettled == 0 && failed == 0;
    }
    /// The index was accepted.
    [[nodiscard]] bool has_seen(std::uint64_t index) const noexcept {
        return index < seen_end || (!pending.empty() && pending.find(index) != nullptr);
    }
    /// The end of what was accepted: one past the highest index.
    [[nodiscard]] std::uint64_t highest_end() const noexcept {
        return pending.empty() ? seen_end : pending.back().index + 1;
    }
    [[nodiscard]] bool has_ended() const noexcept { return phase >= ResourcePhase::delivering; }

    id_type id;
    std::uint64_t hash;
    std::uint64_t incarnation = 0;
    std::uint64_t head;                  // first index that is not in the prefix
    std::uint64_t seen_end;              // first index that was not accepted; the gap, if gaps.is_open()
    std::uint64_t last = unknown_index;  // the last index, once its packet was accepted
    typename collation_type::template prefix_type<Chunk> prefix{};
    std::size_t prefix_bytes = 0;  // what the prefix is booked with
    Pending pending;               // all accepted packets from `head` on
    GapClock<Traits::template allocator> gaps;
    std::size_t unsettled = 0;  // packets dispatched or waiting
    std::size_t failed = 0;     // packets that will have no chunk
    Volume accepted;
    Charge charge;  // all that it holds of the budget
    // The bytes that its packets took out of the reserve. They stay taken until there is other room or the resource
    // ends, because a chunk stays: else a resource without end would grow over the bound, head by head.
    std::size_t reserve_bytes = 0;
    Instant opened_at;
    Instant last_activity;
    Instant settled_at{};
    ResourcePhase phase = ResourcePhase::open;
    IncompleteReason reason = IncompleteReason::cancelled;
    std::uint32_t delivery_attempts = 0;
    std::exception_ptr error{};
    std::vector<receipt_type> receipts{};  // of collated packets and of duplicates
    std::vector<std::uint64_t> digests{};  // of collated packets, if the Traits ask for them
    std::unique_ptr<Prepared<Traits, Chunk>> prepared{};
    Resource* older = nullptr;    // neighbours in one of the engine's two lists: those that have not ended,
    Resource* younger = nullptr;  // by opening, and those that have, by ending
    Resource* next = nullptr;     // link of the work lists

    using Allocator = typename Traits::template allocator<Resource>;
    struct Deleter {
        void operator()(Resource* resource) const noexcept {
            Allocator allocator;
            resource->~Resource();
            std::allocator_traits<Allocator>::deallocate(allocator, resource, 1);
        }
    };
    using Owner = std::unique_ptr<Resource, Deleter>;

    [[nodiscard]] static Owner create(const id_type& id,
                                      std::uint64_t hash,
                                      std::uint64_t first_index,
                                      Instant now) {
        Allocator allocator;
        Resource* const raw = std::allocator_traits<Allocator>::allocate(allocator, 1);
        SHEAF_TRY { return Owner{::new (static_cast<void*>(raw)) Resource(id, hash, first_index, now)}; }
        SHEAF_CATCH_ALL {
            std::allocator_traits<Allocator>::deallocate(allocator, raw, 1);
            SHEAF_RETHROW;
        }
        return nullptr;  // not covered: one of the two above has left
    }
};

/// A list of resources linked through `older` and `younger`.
template <class R>
class ResourceList {
public:
    [[nodiscard]] bool empty() const noexcept { return oldest_ == nullptr; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] R* oldest() const noexcept { return oldest_; }

    void append(R& resource) noexcept {
        resource.older = youngest_;
        resource.younger = nullptr;
        (youngest_ == nullptr ? oldest_ : youngest_->younger) = &resource;
        youngest_ = &resource;
        ++size_;
    }
    void remove(R& resource) noexcept {
        (resource.older == nullptr ? oldest_ : resource.older->younger) = resource.younger;
        (resource.younger == nullptr ? youngest_ : resource.younger->older) = resource.older;
        --size_;
    }

private:
    R* oldest_ = nullptr;
    R* youngest_ = nullptr;
    std::size_t size_ = 0;
};

/// An intrusive queue of nodes or resources, linked through `next`: handing work out of the engine needs no memory.
template <class T>
class WorkList {
public:
    WorkList() noexcept = default;
    WorkList(WorkList&& other) noexcept
        : first_{std::exchange(other.first_, nullptr)}
        , last_{std::exchange(other.last_, nullptr)} {}
    WorkList& operator=(WorkList&&) = delete;

    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
    void push(T& item) noexcept {
        item.next = nullptr;
        (first_ == nullptr ? first_ : last_->next) = &item;
        last_ = &item;
    }
    /// The oldest item, or null.
    [[nodiscard]] T* pop() noexcept {
        T* const item = first_;
        if (item != nullptr) { first_ = std::exchange(item->next, nullptr); }
        return item;
    }

private:
    T* first_ = nullptr;
    T* last_ = nullptr;
};

}  // namespace core

SHEAF_NAMESPACE_END
