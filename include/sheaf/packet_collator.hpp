#pragma once

#include <sheaf/concepts.hpp>
#include <sheaf/config.hpp>
#include <sheaf/events.hpp>
#include <sheaf/executor/inline_executor.hpp>
#include <sheaf/fwd.hpp>
#include <sheaf/keyed_hash.hpp>
#include <sheaf/options.hpp>
#include <sheaf/outcome.hpp>
#include <sheaf/packet.hpp>
#include <sheaf/shell/batch.hpp>
#include <sheaf/shell/callback_frame.hpp>
#include <sheaf/shell/collator_state.hpp>
#include <sheaf/shell/deadlines.hpp>
#include <sheaf/shell/deliveries.hpp>
#include <sheaf/shell/direct_calls.hpp>
#include <sheaf/shell/intake.hpp>
#include <sheaf/shell/stopping.hpp>
#include <sheaf/shell/transforms.hpp>
#include <sheaf/statistics.hpp>
#include <sheaf/traits.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// What `Traits::hash` is to be.
template <class Hash, class Id>
concept IdHash = std::constructible_from<Hash, SipKey> && requires(const Hash& hash, const Id& id) {
    { hash(id) } noexcept -> std::convertible_to<std::uint64_t>;
};

/// The rules about the policies, each with a message of its own. Inherited, so that a broken rule is reported
/// before anything that depends on it is instantiated.
template <class Transform, class Sink, class Executor, class Traits>
struct PolicyRules {
    static_assert(
        TransformFor<unwrapped_t<Transform>>,
        "sheaf: Transform must be callable as chunk operator()(std::span<const std::byte>) const, or declare "
        "chunk_type and be callable as void operator()(std::span<const std::byte>, Completion<chunk_type>) "
        "const");
    using chunk_type = transform_chunk_t<unwrapped_t<Transform>>;
    static_assert(std::is_nothrow_move_constructible_v<chunk_type>,
                  "sheaf: a chunk must be nothrow move constructible");
    static_assert(CollationFor<typename Traits::collation, chunk_type>,
                  "sheaf: Traits::collation cannot collate the chunks of this Transform (see CollationFor)");
    using output_type = typename Traits::collation::template output_type<chunk_type>;
    static_assert(std::is_nothrow_move_constructible_v<output_type> &&
                      std::is_nothrow_move_assignable_v<output_type>,
                  "sheaf: the output of Traits::collation must be nothrow movable");
    using completed_type = Completed<output_type, typename Traits::resource_id>;
    using incomplete_type = Incomplete<output_type, typename Traits::resource_id, chunk_type>;
    static_assert(SinkFor<unwrapped_t<Sink>, completed_type>,
                  "sheaf: Sink must provide deliver(const Completed<output, id>&), deliver(Completed<output, "
                  "id>&&) noexcept, or "
                  "deliver(const Completed<output, id>&, Acknowledgement)");
    static_assert(SinkFor<unwrapped_t<Sink>, incomplete_type>,
                  "sheaf: Sink must provide deliver(const Incomplete<output, id, chunk>&), "
                  "deliver(Incomplete<output, id, "
                  "chunk>&&) noexcept, or deliver(const Incomplete<output, id, chunk>&, Acknowledgement)");
    static_assert(ExecutorFor<unwrapped_t<Executor>>,
                  "sheaf: Executor must provide execute(task) for move-only tasks");
    static_assert(std::is_same_v<typename Traits::receipt, NoReceipt> ||
                      ReleasesReceipts<unwrapped_t<Sink>, typename Traits::receipt>,
                  "sheaf: with Traits::receipt the Sink must provide release(std::span<receipt>) noexcept");
    static_assert(std::is_nothrow_move_constructible_v<typename Traits::receipt> &&
                      std::is_nothrow_move_assignable_v<typename Traits::receipt>,
                  "sheaf: Traits::receipt must be nothrow movable");
    static_assert(std::is_nothrow_default_constructible_v<typename Traits::receipt>,
                  "sheaf: Traits::receipt must be nothrow default constructible");
    static_assert(std::is_nothrow_move_constructible_v<typename Traits::resource_id> &&
                      std::is_nothrow_move_assignable_v<typename Traits::resource_id>,
                  "sheaf: Traits::resource_id must be nothrow movable");
    static_assert(std::copy_constructible<typename Traits::resource_id> &&
                      std::equality_comparable<typename Traits::resource_id>,
                  "sheaf: Traits::resource_id must be copyable and equality comparable");
    static_assert(std::is_default_constructible_v<typename Traits::resource_id>,
                  "sheaf: Traits::resource_id must be default constructible");
    static_assert(IdHash<typename Traits::hash, typename Traits::resource_id>,
                  "sheaf: Traits::hash must be constructible from a SipKey and callable as std::uint64_t "
                  "operator()(const resource_id&) const noexcept");
    static_assert(std::is_same_v<typename Traits::timer, OwnTimer> ||
                      std::is_same_v<typename Traits::timer, HostTimer>,
                  "sheaf: Traits::timer must be OwnTimer or HostTimer");
    static_assert(
        !std::is_same_v<typename Traits::mutex, NullMutex> ||
            (std::is_same_v<typename Traits::timer, HostTimer> && !HelpingExecutorFor<unwrapped_t<Executor>>),
        "sheaf: NullMutex requires HostTimer and an executor without threads: there would be a second "
        "thread");
};

}  // namespace detail

/// Collates interleaved packet streams. Fed with packets of many resources in any order, it calls the transform on
/// each payload at once, on the executor, puts the chunks of each resource back in index order, and hands one
/// event per resource to the sink: `Completed` the instant the last transform of a complete resource ends, or
/// `Incomplete` when a clock, a failed transform, an eviction, `drain` or `cancel` ends it before. Every accepted
/// packet is in exactly one event.
///
///     sheaf::PacketCollator collator{
///         sheaf::WordLengths{},
///         sheaf::Handlers{[](const sheaf::Completed<>& r) { post(r.id, r.output); },
///                         [](const sheaf::Incomplete<>& r) { alert(r.id, r.missing); }},
///         sheaf::ThreadPool{8},
///         {.gap_timeout = 60s}};
///     auto outcome = collator.submit({.resource_id = 101, .index = 0, .payload = bytes, .last = true});
///
/// Policies are held by value; `std::ref(policy)` borrows one that outlives the collator. Where the destructor does not
/// wait for a call to end (a task in a borrowed executor), it is the host that sees to it that what the call uses is
/// still there.
///
/// Thread safety: all member functions but the destructor may be called concurrently.
/// Locks: none is held while user code runs. Under a stripe's lock run only parts of the Traits: copies, equality and
/// moves of ids, moves of receipts and chunks, destructors of what chunks and outputs hold, `held_bytes`,
/// `source_position`, the clock, the allocator, and the collation's `append`; these must not re-enter, and only copying
/// an id and allocating may throw.
/// Callbacks: `submit`, `cancel`, `statistics`, `explain` and destruction are legal inside a transform or a sink;
/// `cancel` and destruction then only ask, and are carried out on that thread when it has returned. `drain`
/// there returns `would_deadlock`.
template <class Transform, class Sink, class Executor, class Traits>
class PacketCollator : private detail::PolicyRules<Transform, Sink, Executor, Traits> {
    using State = shell::CollatorState<Transform, Sink, Executor, Traits>;

public:
    /// What is fixed at compile time (see `DefaultTraits`).
    using traits_type = Traits;
    /// What names a resource.
    using id_type = typename Traits::resource_id;
    /// What the source of a packet wants back after the delivery.
    using receipt_type = typename Traits::receipt;
    /// What `submit` takes.
    using packet_type = Packet<id_type, receipt_type>;
    /// What the transform makes of one payload.
    using chunk_type = typename State::chunk_type;
    /// What the sink is given of a complete resource.
    using completed_type = typename State::completed_type;
    /// What the sink is given of a resource that ended before it was complete.
    using incomplete_type = typename State::incomplete_type;
    /// What `drain` returns.
    using report_type = typename State::report_type;

    /// Checks the options, and starts the timer's thread (`OwnTimer`).
    ///
    /// Throws: `std::invalid_argument` naming the field of `options` that is wrong; `std::bad_alloc`;
    /// `std::system_error` where the timer's thread cannot be started.
    explicit PacketCollator(Transform transform,
                            Sink sink,
                            Executor executor = Executor{},
                            Options options = {},
                            TraitsTag<Traits> = {})
        : state_{std::make_shared<State>(
              std::move(transform), std::move(sink), std::move(executor), std::move(options))} {
        state_->start();
    }

    PacketCollator(const PacketCollator&) = delete;
    PacketCollator& operator=(const PacketCollator&) = delete;

    /// `drain(Options::destructor_deadline)`, then `cancel()`; then stops the executor it owns, which waits for
    /// transforms that are still running. Inside a callback of this collator it returns at once, and all that follows
    /// on that thread after the callback has returned. The sink is destroyed here, and so is the transform where no
    /// call of it runs or is queued any more; a late answer finds neither. Events that neither sink nor dead letter has
    /// taken by then go with it: where they matter, look at `Statistics::undelivered_resources` after `cancel`.
    ~PacketCollator() {
        if (state_->is_in_callback()) {
            // The outermost frame may be a call of a member function: it goes on with the state.
            shell::CallbackFrame::outermost(state_.get())->request_destruction(std::move(state_));
        } else {
            state_->stop();
        }
    }

    /// Submits one packet. Its transform is on the executor when this returns (with an inline executor: has run). What
    /// the packet borrows is copied; what it owns is taken over, if it is accepted.
    ///
    /// Blocks: only at a bound with `WhenFull::block`, never on a thread that runs a callback of this collator, never
    /// with a manual executor or a host-driven timer (`rejected(would_block)`), and not where no work in flight can
    /// make room (`rejected(stalled)`).
    /// User code: with an inline executor the transform, and the sink if this completes a resource, run here.
    /// Throws: `std::bad_alloc`, what copying an id throws, what `execute` throws. The packet is then untouched and was
    /// not accepted. Exceptions of transforms and sinks never come out of here.
    /// Complexity: O(log pending packets of its resource) under the stripe's lock, whatever the index.
    Outcome submit(packet_type&& packet) { return state_->submit(packet); }
    /// The same for a packet that is not a temporary; what it owns is taken over as well, if it is accepted.
    Outcome submit(packet_type& packet) { return state_->submit(packet); }

    /// Submits many packets, in order as far as one resource is concerned, but stripe by stripe: each lock is taken for
    /// a group of packets, and the memory that they need is asked for together. Where `outcomes` is not empty it has at
    /// least the batch's size and receives one outcome a packet. There is no atomicity across packets.
    ///
    /// With an inline executor transforms are completed in groups as well, as long as they take less than a
    /// microsecond: then an event may wait for up to 31 other calls, and if the first slow one is among them, for that.
    /// So a transform must not wait for an event of a packet that was submitted with its own. A `PureTransform` may be
    /// called before its packet is accepted, and in vain.
    ///
    /// Throws: nothing; where an allocation or the executor fails it stops (`rejected(out_of_memory)`,
    /// `rejected(executor_failed)`), and the packets that it has not taken by then are untouched.
    BatchOutcome submit(std::span<packet_type> packets, std::span<Outcome> outcomes = {}) {
        return state_->submit(packets, outcomes);
    }

    /// Closes the intake, ends every resource with a gap as `Incomplete(drained)`, since nothing can fill it any more,
    /// and waits until everything is delivered, at most as long as `allowed`. After it has returned no callback starts
    /// (unless another `drain` is under way); calls that were running may still end. Idempotent: a further call goes on
    /// where this one stopped.
    ///
    /// What it calls for goes to the executor, behind what is queued there. With a manual executor it runs the queue on
    /// this thread, and does not wait for anything else; with an inline one transforms and sinks run here. In both
    /// cases it looks at the time between them.
    /// Throws: `std::bad_alloc` and what copying an id throws, both for the report; what was done is done then.
    report_type drain(std::chrono::nanoseconds allowed) { return state_->drain(allowed); }

    /// Closes the intake and ends everything at once, on this thread: each unfinished resource goes to the sink as
    /// `Incomplete(cancelled)`, with the payloads of packets whose transforms were not finished; events that were
    /// waiting for another attempt, or for the host, get a last one, then the dead letter. Waits for deliveries that
    /// other threads have begun, not for transforms, nor for answers of an asynchronous sink: one that comes later
    /// counts, but the receipts of its packets are not given back. After it has returned no callback starts, whatever
    /// is called then: a second `cancel`, `drain` and the destructor find nothing to do. (A transform that an
    /// executor's thread was about to call has started.) Where memory for an event is short, its resource stays as it is
    /// and is counted (`Statistics::in_flight`).
    void cancel() noexcept { state_->cancel(); }

    /// Ends the resource that has waited longest as `Incomplete(evicted)`, chunks and all, and delivers that on this
    /// thread: the one whose deadline is next; without deadlines, the one opened first. For hosts to whom `submit` has
    /// said `stalled`. False where no resource is open, or where there is no memory to end it.
    bool evict_oldest() noexcept { return state_->evict_oldest(); }

    /// A consistent cut over all stripes (all their locks are held for a moment).
    [[nodiscard]] Statistics statistics() const noexcept { return state_->statistics(); }

    /// In words: what the resource waits for, since when, until when.
    /// Throws: `std::bad_alloc`. Complexity: O(pending packets of the resource).
    [[nodiscard]] std::string explain(const id_type& id) const { return state_->explain(id); }

    /// With `HostTimer`: the earliest time, since the epoch of the clock, at which `advance` has something to do;
    /// `nanoseconds::max()` if there is none. It can become earlier with each submission.
    [[nodiscard]] std::chrono::nanoseconds next_deadline() const noexcept
        requires std::is_same_v<typename Traits::timer, HostTimer>
    {
        return state_->earliest_deadline();
    }

    /// With `HostTimer`: does what is due at `now`. Attempts of transforms and events go to the executor.
    void advance(std::chrono::nanoseconds now) noexcept
        requires std::is_same_v<typename Traits::timer, HostTimer>
    {
        state_->advance(now);
    }

private:
    std::shared_ptr<State> state_;
};

SHEAF_NAMESPACE_END
