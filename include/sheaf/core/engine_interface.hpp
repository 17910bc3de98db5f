#pragma once

#include <sheaf/completion.hpp>
#include <sheaf/config.hpp>
#include <sheaf/core/account.hpp>
#include <sheaf/core/backoff_schedule.hpp>
#include <sheaf/core/budget.hpp>
#include <sheaf/core/deadline_queue.hpp>
#include <sheaf/core/direct_reserve.hpp>
#include <sheaf/core/explanation.hpp>
#include <sheaf/core/instant.hpp>
#include <sheaf/core/packet_node.hpp>
#include <sheaf/core/resource.hpp>
#include <sheaf/core/resource_clocks.hpp>
#include <sheaf/core/resource_table.hpp>
#include <sheaf/core/spares.hpp>
#include <sheaf/core/work_list.hpp>
#include <sheaf/keyed_hash.hpp>
#include <sheaf/options.hpp>
#include <sheaf/outcome.hpp>
#include <sheaf/packet.hpp>
#include <sheaf/statistics.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <type_traits>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// The state of the resources of one stripe, and every rule about it: what is accepted, when a resource is complete,
/// what times out. It has no thread, reads no clock and does no I/O: `now` is a parameter, and what is to be
/// done next (call a transform, call the sink) comes out as `Work` for the shell to carry out with no lock held.
/// So a whole history replays in one thread.
///
/// Thread safety: none; the shell holds the stripe's lock around every call. `Budget` is shared by engines.
/// Throws: only `admit`, `admit_direct` and `admit_with_chunk`, `std::bad_alloc` or what copying an id throws, and then
/// nothing has changed: they reserve all that the later steps of their packet need.
template <class Traits, class Chunk>
class Engine {
public:
    using id_type = typename Traits::resource_id;
    using receipt_type = typename Traits::receipt;
    using collation_type = typename Traits::collation;
    using packet_type = Packet<id_type, receipt_type>;
    using ResourceType = Resource<Traits, Chunk>;
    using ActivityType = Activity<Traits, Chunk>;
    using Node = PacketNode<Traits, Chunk>;
    using DirectCallType = typename ResourceType::DirectCallType;
    using Link = typename ActivityType::Link;
    using Waiting = typename ActivityType::Waiting;
    using SparesType = Spares<Traits, Chunk>;
    using chunk_type = Chunk;

    static constexpr bool has_receipts = ResourceType::has_receipts;
    static constexpr bool has_digest =
        requires { Traits::digest::of(std::span<const std::byte>{}, SipKey{}); };

    /// A resource never rests: it has something of its packets as long as it is here.
    static constexpr bool never_rests = has_receipts || has_digest;

    /// Packets may be direct calls: nothing is to be kept of a packet once its chunk has joined the prefix, and chunks
    /// do join it.
    static constexpr bool allows_direct_calls =
        !never_rests && std::movable<Chunk> &&
        std::is_same_v<typename collation_type::template prefix_type<Chunk>, Chunk>;

    /// What the shell has to do next. Each node brings a reference for its call.
    struct Work {
        WorkList<Node> dispatch;         ///< Call the transform for each.
        WorkList<ResourceType> deliver;  ///< Make the event of each and call the sink.
    };

    /// What is found out about a packet before the lock is taken. `digest`: of its payload, if the Traits ask for it.
    /// `node`: made for it, with its payload, or null; then the engine finds one, and copies what the packet borrows.
    struct Arrival {
        std::uint64_t hash = 0;
        std::uint64_t digest = 0;
        Node* node = nullptr;
    };

    /// What `admit` did. `release_receipt`: the resource is no longer here, so the receipt of this duplicate
    /// goes back at once; it is still in the packet.
    /// `grant`: the budget's answer, where it was asked.
    /// `node`: of an accepted packet, with the reference of its first call; where a receipt is to be released, a place
    /// for it. It is the arrival's, if that had one.
    struct Admission {
        Outcome outcome;
        bool release_receipt = false;
        Grant grant{};
        Node* node = nullptr;
    };

    /// How an event left.
    enum class Departure : std::uint8_t { delivered, dead_lettered };

    /// `options` and `budget` outlive the engine. `incarnation_seed`: the first incarnation, where no source
    /// position gives one. `remember_limit`: this engine's share of `Options::max_remembered`. `block`: how much of the
    /// budget it may keep spare.
    Engine(const Options& options,
           Budget<typename Traits::threading>& budget,
           std::uint64_t incarnation_seed,
           std::size_t remember_limit,
           const Charge& block = {}) noexcept
        : options_{options}
        , budget_{budget}
        , account_{budget, block}
        , largest_packet_{budget.largest_packet()}
        , random_{incarnation_seed}
        , next_incarnation_{incarnation_seed}
        , table_{remember_limit, options.remember_for}
        , clocks_{options}
        , calls_need_timers_{options.transform_timeout != Instant::zero() || clocks_.follow_every_packet()} {}
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;
    ~Engine();

    // --- Packets ---------------------------------------------------------------------------------------------

    /// Decides about a packet. Where it is accepted, the engine shares the node and takes what the packet owns.
    /// `rejected(overloaded)`: the budget has no room now.
    [[nodiscard]] Admission admit(const Arrival& arrival, packet_type& packet, Instant now);

    /// The same where the caller's thread will call the transform before it lets go of `packet`. If that can do without
    /// a node, `call` is the record of the packet, and `Admission::node` is null; `call` stays where it is until
    /// `complete_direct`, or the settling of `node_of(call)`. Precondition: `allows_direct_calls`.
    [[nodiscard]] Admission admit_direct(const Arrival& arrival,
                                         packet_type& packet,
                                         Instant now,
                                         DirectCallType& call);
    /// The call has filled `chunk`; what is left in it is unspecified. `stripe`: for the node.
    template <class Now>
    void complete_direct(
        DirectCallType& call, std::uint32_t stripe, Chunk& chunk, const Now& now, Work& work) noexcept;
    /// Both in one, for a packet whose chunk is at hand: what is accepted without a node is complete. `call` is a place
    /// for what stands in between.
    [[nodiscard]] Admission admit_with_chunk(const Arrival& arrival,
                                             packet_type& packet,
                                             Instant now,
                                             DirectCallType& call,
                                             std::uint32_t stripe,
                                             Chunk& chunk,
                                             Work& work);
    /// Whether that can be, for payloads up to `direct_payload`.
    [[nodiscard]] bool takes_chunks() const noexcept { return !calls_need_timers_; }
    static constexpr std::size_t direct_payload = DirectReserve<Traits, Chunk>::largest_payload;

    /// A node for a direct call that does not end as is the rule, with the reference of the call.
    [[nodiscard]] NodeReference<Node> node_of(DirectCallType& call, std::uint32_t stripe) noexcept;

    /// Steps on the way to `admit`, for many packets at a time: each asks for the memory that the next one reads.
    void prefetch_slot(std::uint64_t hash) const noexcept { table_.prefetch_slot(hash); }
    void prefetch_resource(std::uint64_t hash) noexcept { static_cast<void>(table_.prefetch_resource(hash)); }
    /// What is pending in the resource, or null; until the next change.
    [[nodiscard]] const typename ResourceType::Pending* prefetch_activity(std::uint64_t hash) noexcept {
        const ResourceType* const resource = table_.prefetch_resource(hash);
        // While it is delivering the prefix belongs to another thread.
        if (resource == nullptr || resource->has_ended()) { return nullptr; }
        prefetch_end(resource->prefix);
        if (resource->activity == nullptr) { return nullptr; }
        detail::prefetch(resource->activity.get(), ActivityType::busy_lines);
        return &resource->activity->pending;
    }

    /// From here on this is where memory of former packets and resources comes from, and goes to.
    void exchange_spares(SparesType& spares) noexcept { spares_.swap(spares); }

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
    /// `now`: a callable that gives the time; called where the resource ends.
    template <class Now>
    void complete(Node& node, std::uint32_t attempt, Chunk&& chunk, const Now& now, Work& work) noexcept;
    /// The same, with the call's reference: taken, unless the result is late. So the node can be used again at once.
    template <class Now>
    void complete(
        NodeReference<Node>& call, std::uint32_t attempt, Chunk&& chunk, const Now& now, Work& work) noexcept;
    /// The same where the transform has filled `call->chunk.storage()`. Precondition: no attempt can be given up before
    /// its call has ended (there is no `Options::transform_timeout`).
    template <class Now>
    void complete(NodeReference<Node>& call, std::uint32_t attempt, const Now& now, Work& work) noexcept;

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
    /// happens, where an answer was given that relies on it.
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
    [[nodiscard]] ResourceType* oldest() noexcept;
    /// Ends it as `Incomplete(evicted)`. False where there is no memory for that.
    bool evict(ResourceType& resource, Instant now, Work& work) noexcept {
        close(resource, IncompleteReason::evicted, now, work);
        return resource.phase != ResourcePhase::open;
    }

    /// The event has left, taken by the sink or by the dead letter: the resource is handed to the caller, who with no
    /// lock held gives its receipts back and then lets go of it (`forget`).
    void retire(ResourceType& resource, Departure departure, Instant now) noexcept;

    /// Gives back what a retired resource held of the budget, and its memory. Returns what would take long to destroy,
    /// for the caller to do it with no lock held, or null. Precondition: retired.
    [[nodiscard]] typename ActivityType::Owner forget(ResourceType& retired) noexcept;

    /// Gives back to the budget what is kept spare.
    void sweep() noexcept { account_.sweep(); }
    [[nodiscard]] const Charge& spare() const noexcept { return account_.spare(); }

    /// The sink did not take the event. True where its attempts are used up and the dead letter is to be tried.
    /// `is_final`: there is no later attempt in any case.
    [[nodiscard]] bool not_delivered(ResourceType& resource, Instant now, bool is_final = false) noexcept;
    /// No dead letter took it either: it stays until `drain` or `cancel` tries again.
    void keep_undelivered(ResourceType& resource) noexcept;
    /// The sink was not tried, because the gate is closed: it will be, at the next `expire`.
    void postpone(ResourceType& resource, Instant until) noexcept;

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
        if (found.resource != nullptr) { settle_in(*found.resource); }
        return explain_resource<Traits, Chunk>(found.resource, found.finished != nullptr, now, options_);
    }

    /// Calls `visit(resource)` for every resource that has not ended.
    template <class Visitor>
    void for_each_live(Visitor&& visit) const {
        for (ResourceType* resource = live_.oldest(); resource != nullptr;
             resource = live_.younger_than(*resource)) {
            visit(*resource);
        }
    }
    /// Makes nodes of all direct calls, for whoever wants to see what is under way.
    void settle_in_all() noexcept {
        for (ResourceType* resource = live_.oldest(); resource != nullptr;
             resource = live_.younger_than(*resource)) {
            settle_in(*resource);
        }
    }

private:
    using Table = ResourceTable<Traits, Chunk>;
    using Lookup = typename Table::Lookup;
    using ResourceOwner = typename Table::Owner;

    [[nodiscard]] static bool is_current(const Node& node, std::uint32_t attempt) noexcept {
        return node.state == PacketState::dispatched && node.attempt == attempt;
    }

    [[nodiscard]] Admission answer_finished(const CoverageView& coverage,
                                            const Arrival& arrival,
                                            const packet_type& packet);
    [[nodiscard]] Admission answer_seen(ResourceType& resource, const Arrival& arrival, packet_type& packet);
    [[nodiscard]] bool contradicts(ResourceType& resource, const packet_type& packet) const noexcept;
    [[nodiscard]] Admission take(ResourceType& resource,
                                 const Arrival& arrival,
                                 packet_type& packet,
                                 Instant now,
                                 bool is_new,
                                 DirectCallType* call);
    [[nodiscard]] Admission admit_found(
        const Lookup& found, const Arrival& arrival, packet_type& packet, Instant now, DirectCallType* call);
    [[nodiscard]] Admission admit_known(ResourceType& resource,
                                        const Arrival& arrival,
                                        packet_type& packet,
                                        Instant now,
                                        DirectCallType* call);
    [[nodiscard]] Admission admit_new(const Arrival& arrival,
                                      packet_type& packet,
                                      Instant now,
                                      DirectCallType* call);
    [[nodiscard]] Grant acquire(ResourceType* created, Charge& charge, bool is_head) noexcept;
    [[nodiscard]] Admission refusal(const Charge& charge, const Grant& grant) const noexcept;
    [[nodiscard]] Admission admit_direct(
        const Lookup& found, const Arrival& arrival, packet_type& packet, Instant now, DirectCallType& call);
    [[nodiscard]] bool join(ResourceType* known,
                            const Arrival& arrival,
                            const packet_type& packet,
                            Instant now,
                            Chunk& chunk,
                            Work& work);
    void end_in_order(ResourceType& resource,
                      typename ActivityType::Owner activity,
                      Instant now,
                      Work& work) noexcept;
    void set_aside();
    void begin_direct(ResourceType& resource,
                      const packet_type& packet,
                      Instant now,
                      DirectCallType& call) noexcept;
    void list_direct_call(ResourceType& resource) noexcept;
    void make_node(DirectCallType& call) noexcept;
    /// Whoever looks at the packets of a resource, or ends it, first has its direct calls be ordinary ones.
    void settle_in(ResourceType& resource) noexcept;
    template <class Now>
    void complete_listed(DirectCallType& call, Chunk& chunk, const Now& now, Work& work) noexcept;
    void reserve_resource();
    [[nodiscard]] NodeReference<Node> find_node(const Arrival& arrival);
    [[nodiscard]] ResourceOwner find_resource(const id_type& id, std::uint64_t hash, Instant now);
    void reserve(ActivityType& activity, const packet_type& packet, bool is_new);
    static void book(ActivityType& activity, const Charge& charge, const Grant& grant) noexcept;
    void activate(ResourceType& resource);
    [[nodiscard]] bool wake(ResourceType& resource) noexcept;
    [[nodiscard]] bool can_rest(const ResourceType& resource) const noexcept;
    void keep(typename ActivityType::Owner activity) noexcept;
    static void enter(ResourceType& resource, Node& node, packet_type& packet, Instant now) noexcept;
    void note_arrival(ResourceType& resource, const packet_type& packet, Instant now) noexcept;
    void count_admitted(ResourceType& resource, std::size_t payload_size) noexcept;
    void count_accepted(ResourceType& resource, std::size_t payload_size) noexcept;
    [[nodiscard]] static Charge charge_of(std::size_t payload_held, bool is_new, bool activates) noexcept;

    [[nodiscard]] bool end_call(Node& node, std::uint32_t attempt) noexcept;
    void leave(Node& node) noexcept;
    void linger(ActivityType& activity, Node& node, const Charge& charge) noexcept;
    [[nodiscard]] static Node& take_over(NodeReference<Node>& call) noexcept {
        call->holds_call = true;
        return *call.detach();
    }
    template <class Now>
    void take_chunk(Node& node, const Now& now, Work& work) noexcept;
    template <class Now>
    void settle(ResourceType& resource, const Now& now, Work& work) noexcept;
    [[nodiscard]] bool append(ResourceType& resource, Chunk& chunk) noexcept;
    static void prefetch_pending(const typename ResourceType::Pending& pending) noexcept;
    void collate(ResourceType& resource) noexcept;
    void drop(Node& node) noexcept;
    void drop(Waiting& chunk) noexcept;
    void close(ResourceType& resource, IncompleteReason reason, Instant now, Work& work) noexcept;
    void end(ResourceType& resource, Instant now, Work& work) noexcept;
    void give_up(Node& node, Charge& freed) noexcept;
    void free_place(ResourceType& resource, const Charge& freed) noexcept;
    void give_back(ResourceType& resource, Charge freed) noexcept;
    void redeliver(ResourceType& resource, Work& work) noexcept;

    void release(ActivityType& activity, const Charge& charge) noexcept {
        activity.charge -= charge;
        account_.release(charge);
    }
    void release_all(ActivityType& activity) noexcept {
        budget_.release_reserve(std::exchange(activity.reserve_bytes, 0));
        account_.release(std::exchange(activity.charge, Charge{}));
    }
    /// Precondition: it has left the table and the lists.
    void destroy(ResourceType& resource) noexcept {
        const ResourceOwner owner = table_.own(resource);
        if (resource.activity != nullptr) {
            release_all(*resource.activity);
        } else {
            account_.release(resting_charge(resource));
        }
    }
    /// What is booked for a resource without activity.
    [[nodiscard]] static Charge resting_charge(const ResourceType& resource) noexcept {
        return {0, sizeof(ResourceType) + Traits::held_bytes(resource.prefix), 1, 0};
    }

    struct Timers {
        DeadlineQueue<Node, Traits::template allocator> nodes;                 // timeouts and next attempts
        DeadlineQueue<ActivityType, Traits::template allocator> redeliveries;  // of ended resources
    };

    const Options& options_;
    Budget<typename Traits::threading>& budget_;
    Account<typename Traits::threading> account_;
    const std::size_t largest_packet_;
    SplitMix64 random_;
    std::uint64_t next_incarnation_;
    Table table_;
    ResourceClocks<ActivityType, Traits::template allocator> clocks_;
    Timers timers_;
    ResourceList<ResourceType, typename Table::ResourceSlab> live_{table_.slab()};   // open and closing
    ResourceList<ResourceType, typename Table::ResourceSlab> ended_{table_.slab()};  // not yet delivered
    std::size_t unsettled_ = 0;  // packets dispatched or waiting, of all resources
    std::size_t lingering_ = 0;  // settled packets, not all of them of a resource here, with a running call
    Statistics counters_;
    SparesType spares_;
    DirectReserve<Traits, Chunk> direct_;
    const bool calls_need_timers_;
};

}  // namespace core

SHEAF_NAMESPACE_END
