#pragma once

#include <sheaf/completion.hpp>
#include <sheaf/config.hpp>
#include <sheaf/core/backoff_schedule.hpp>
#include <sheaf/core/budget.hpp>
#include <sheaf/core/deadline_queue.hpp>
#include <sheaf/core/explanation.hpp>
#include <sheaf/core/instant.hpp>
#include <sheaf/core/packet_node.hpp>
#include <sheaf/core/resource.hpp>
#include <sheaf/core/resource_clocks.hpp>
#include <sheaf/core/resource_table.hpp>
#include <sheaf/core/sip_hash.hpp>
#include <sheaf/options.hpp>
#include <sheaf/outcome.hpp>
#include <sheaf/packet.hpp>
#include <sheaf/statistics.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// The state of the resources of one stripe, and every rule about it: what is accepted, when a resource is complete,
/// what times out. It has no thread, reads no clock and does no I/O: `now` is a parameter, and what is to be
/// done next (call a transform, call the sink) comes out as `Work` for the shell to carry out with no lock held.
/// So a whole history replays in one thread.
///
/// Thread safety: none; the shell holds the stripe's lock around every call. `Budget` is shared by engines.
/// Throws: only `admit`, `std::bad_alloc` or what copying an id throws, and then nothing has changed: it
/// reserves all that the later steps of its packet need.
template <class Traits, class Chunk>
class Engine {
public:
    using id_type = typename Traits::resource_id;
    using receipt_type = typename Traits::receipt;
    using collation_type = typename Traits::collation;
    using packet_type = Packet<id_type, receipt_type>;
    using ResourceType = Resource<Traits, Chunk>;
    using Node = PacketNode<Traits, Chunk>;

    static constexpr bool has_receipts = ResourceType::has_receipts;
    static constexpr bool has_digest =
        requires { Traits::digest::of(std::span<const std::byte>{}, SipKey{}); };

    /// What the shell has to do next. Each node brings a reference for its call.
    struct Work {
        WorkList<Node> dispatch;         ///< Call the transform for each.
        WorkList<ResourceType> deliver;  ///< Make the event of each and call the sink.
    };

    /// What `admit` did. `release_receipt`: the resource is no longer here, so the receipt of this duplicate
    /// goes back at once; it is still in the packet.
    /// `grant`: the budget's answer, where it was asked.
    struct Admission {
        Outcome outcome;
        bool release_receipt = false;
        Grant grant{};
    };

    /// How an event left.
    enum class Departure : std::uint8_t { delivered, dead_lettered };

    /// `options` and `budget` outlive the engine. `incarnation_seed`: the first incarnation, where no source
    /// position gives one. `remember_limit`: this engine's share of `Options::max_remembered`.
    Engine(const Options& options,
           Budget<typename Traits::threading>& budget,
           std::uint64_t incarnation_seed,
           std::size_t remember_limit) noexcept
        : options_{options}
        , budget_{budget}
        , random_{incarnation_seed}
        , next_incarnation_{incarnation_seed}
        , table_{remember_limit, options.remember_for}
        , clocks_{options} {}
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;
    ~Engine() {
        for (auto* list : {&live_, &ended_}) {
            while (ResourceType* const resource = list->oldest()) {
                list->remove(*resource);
                destroy(typename ResourceType::Owner{resource});
            }
        }
    }

    // --- Packets ---------------------------------------------------------------------------------------------

    /// Decides about a packet. `node` was created for its payload (and, with a digest, knows that); where the
    /// packet is accepted the engine shares the node (the caller's reference serves the first call of the transform)
    /// and takes what the packet owns. `rejected(overloaded)` says that the budget has no room now.
    [[nodiscard]] Admission admit(Node& node, std::uint64_t hash, packet_type& packet, Instant now);

    /// A call of the transform begins: arms its timeout. False where the attempt is no longer wanted; then the call
    /// is not made, and nothing more is said of it.
    [[nodiscard]] bool begin(Node& node, std::uint32_t attempt, Instant now) noexcept {
        if (!is_current(node, attempt)) {
            leave(node);
            return false;
        }
        if (options_.transform_timeout != Instant::zero()) {
            timers_.nodes.push(node, later(now, options_.transform_timeout));
        }
        return true;
    }

    /// Attempt `attempt` gave its chunk. A late result, of an attempt that was given up, is only counted.
    /// A call that outlasts its attempt keeps its packet's payload and place in the budget until it ends.
    void complete(Node& node, std::uint32_t attempt, Chunk&& chunk, Instant now, Work& work) noexcept;

    /// Attempt `attempt` failed: there is another one after a pause, or the packet has failed for good.
    void fail(Node& node, std::uint32_t attempt, std::exception_ptr error, Instant now, Work& work) noexcept;

    /// The same where the call goes on: its result will be late.
    void fail_unfinished(
        Node& node, std::uint32_t attempt, std::exception_ptr error, Instant now, Work& work) noexcept {
        if (!is_current(node, attempt)) { return; }
        ++node.calls;  // fail() ends a call
        fail(node, attempt, std::move(error), now, work);
    }

    /// The call of attempt `attempt` was not made, because the gate is closed: it will be, at the next `expire`.
    void park(Node& node, std::uint32_t attempt, Instant now) noexcept;

    /// Takes an admission back, where the executor refused the first call: as if the packet had never come (but
    /// that it was a sign of activity, and that its resource's share of the reserve stays as it is). False, and nothing
    /// happens, where that is impossible by now: an answer was
    /// given that relies on it.
    [[nodiscard]] bool undo(Node& node, packet_type& packet, Instant now, Work& work) noexcept;

    // --- Time ------------------------------------------------------------------------------------------------

    /// The earliest time at which `expire` has something to do, or `never`.
    [[nodiscard]] Instant next_deadline() noexcept {
        return (std::min)(
            {clocks_.next_deadline(), timers_.nodes.next_due(), timers_.redeliveries.next_due()});
    }

    /// A lower bound of that, in constant time: good enough to decide when to look again.
    [[nodiscard]] Instant next_check() const noexcept {
        return (std::min)({clocks_.next_check(), timers_.nodes.next_due(), timers_.redeliveries.next_due()});
    }

    /// Does everything that is due at `now`.
    void expire(Instant now, Work& work) noexcept;

    // --- The end of resources --------------------------------------------------------------------------------

    /// Ends every resource with a gap that nothing can fill any more, because no packet will come; those that
    /// have transforms in flight end when these have settled. Undelivered events get one more attempt.
    void close_unfillable(Instant now, Work& work) noexcept;

    /// Ends everything at once: what runs is abandoned, its payloads go into `Incomplete(cancelled)`.
    /// Events that went nowhere get one more attempt, if `retries_undelivered`.
    void abandon(Instant now, Work& work, bool retries_undelivered = true) noexcept;

    /// The resource that is to be evicted first: the one with the earliest deadline; without deadlines the one
    /// opened first. Null where none is open.
    [[nodiscard]] ResourceType* oldest() noexcept {
        ResourceType* const first = clocks_.first();
        if (first != nullptr) { return first; }
        ResourceType* resource = live_.oldest();
        while (resource != nullptr && resource->phase != ResourcePhase::open) {
            resource = resource->younger;
        }
        return resource;
    }
    /// Ends it as `Incomplete(evicted)`.
    void evict(ResourceType& resource, Instant now, Work& work) noexcept {
        close(resource, IncompleteReason::evicted, now, work);
    }

    /// The event has left, taken by the sink or by the dead letter: the resource is handed to the caller, who with no
    /// lock held gives its receipts back and then lets go of it (`forget`).
    [[nodiscard]] typename ResourceType::Owner retire(ResourceType& resource,
                                                      Departure departure,
                                                      Instant now) noexcept;

    /// Gives back what a retired resource held of the budget, and destroys it. Needs no lock.
    void forget(typename ResourceType::Owner retired) noexcept {
        destroy(std::move(retired));
        budget_.end_delivery();
    }

    /// The sink did not take the event. True where its attempts are used up and the dead letter is to be tried.
    /// `is_final`: there is no later attempt in any case.
    [[nodiscard]] bool not_delivered(ResourceType& resource, Instant now, bool is_final = false) noexcept {
        ++counters_.delivery_failures;
        if (++resource.delivery_attempts >= options_.delivery_attempts || is_final) { return true; }
        postpone(resource,
                 later(now, pause_after(options_.delivery_backoff, resource.delivery_attempts, random_)));
        return false;
    }
    /// No dead letter took it either: it stays until `drain` or `cancel` tries again.
    void keep_undelivered(ResourceType& resource) noexcept {
        resource.phase = ResourcePhase::undelivered;
        budget_.set_aside();
    }
    /// The sink was not tried, because the gate is closed: it will be, at the next `expire`.
    void postpone(ResourceType& resource, Instant until) noexcept {
        resource.phase = ResourcePhase::redelivery;
        timers_.redeliveries.push(resource, until);
    }

    // --- Looking at it ---------------------------------------------------------------------------------------

    /// Counts an answer that was given without, or after, `admit`.
    void count_rejected() noexcept { ++counters_.rejected; }

    /// This stripe's part; exact, and `accepted == delivered + side_channel + in_flight` in it.
    [[nodiscard]] Statistics statistics() const noexcept {
        Statistics result = counters_;
        result.open_resources = live_.size();
        result.undelivered_resources = ended_.size();
        result.remembered = table_.remembered();
        return result;
    }

    [[nodiscard]] Explanation explain(const id_type& id, std::uint64_t hash, Instant now) noexcept {
        const auto found = table_.find(id, hash, now);
        return explain_resource<Traits, Chunk>(found.resource, found.finished, now, options_.gap_timeout);
    }

    /// Calls `visit(resource)` for every resource that has not ended.
    template <class Visitor>
    void for_each_live(Visitor&& visit) const {
        for (ResourceType* resource = live_.oldest(); resource != nullptr; resource = resource->younger) {
            visit(*resource);
        }
    }

private:
    using Lookup = typename ResourceTable<Traits, Chunk>::Lookup;

    [[nodiscard]] static bool is_current(const Node& node, std::uint32_t attempt) noexcept {
        return node.state == PacketState::dispatched && node.attempt == attempt;
    }

    [[nodiscard]] Admission answer_finished(const Coverage& coverage, const packet_type& packet) noexcept;
    [[nodiscard]] Admission answer_seen(ResourceType& resource, const Node& node, packet_type& packet);
    [[nodiscard]] bool contradicts(ResourceType& resource, const packet_type& packet) const noexcept;
    [[nodiscard]] Admission take(
        ResourceType& resource, Node& node, packet_type& packet, Instant now, bool is_new);
    void reserve(ResourceType& resource, const packet_type& packet, bool is_new);
    static void book(ResourceType& resource, const Charge& charge, const Grant& grant) noexcept;
    void enter(ResourceType& resource, Node& node, packet_type& packet, Instant now) noexcept;
    [[nodiscard]] static Charge charge_of(std::size_t payload_held, bool is_new) noexcept;

    [[nodiscard]] bool end_call(Node& node, std::uint32_t attempt) noexcept;
    void leave(Node& node) noexcept;
    void linger(ResourceType& resource, Node& node, const Charge& charge) noexcept;
    void settle(ResourceType& resource, Instant now, Work& work) noexcept;
    void collate(ResourceType& resource) noexcept;
    void close(ResourceType& resource, IncompleteReason reason, Instant now, Work& work) noexcept;
    void end(ResourceType& resource, Instant now, Work& work) noexcept;
    void give_up(Node& node, Charge& freed) noexcept;
    void free_place(ResourceType& resource, const Charge& freed) noexcept;
    void redeliver(ResourceType& resource, Work& work) noexcept;

    void release(ResourceType& resource, const Charge& charge) noexcept {
        resource.charge.packets -= charge.packets;
        resource.charge.bytes -= charge.bytes;
        resource.charge.transforms -= charge.transforms;
        budget_.release(charge);
    }
    void destroy(typename ResourceType::Owner resource) noexcept {
        budget_.release_reserve(resource->reserve_bytes);
        budget_.release(resource->charge);
    }

    struct Timers {
        DeadlineQueue<Node, Traits::template allocator> nodes;                 // timeouts and next attempts
        DeadlineQueue<ResourceType, Traits::template allocator> redeliveries;  // of ended resources
    };

    const Options& options_;
    Budget<typename Traits::threading>& budget_;
    SplitMix64 random_;
    std::uint64_t next_incarnation_;
    ResourceTable<Traits, Chunk> table_;
    ResourceClocks<ResourceType, Traits::template allocator> clocks_;
    Timers timers_;
    ResourceList<ResourceType> live_;   // open and closing
    ResourceList<ResourceType> ended_;  // not yet delivered
    std::size_t unsettled_ = 0;         // packets dispatched or waiting, of all resources
    std::size_t lingering_ = 0;  // settled packets, not all of them of a resource here, with a running call
    Statistics counters_;
};

}  // namespace core

SHEAF_NAMESPACE_END
