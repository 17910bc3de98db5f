#pragma once

#include <sheaf/completion.hpp>
#include <sheaf/concepts.hpp>
#include <sheaf/config.hpp>
#include <sheaf/core/engine.hpp>
#include <sheaf/core/terminal_event.hpp>
#include <sheaf/options.hpp>
#include <sheaf/outcome.hpp>
#include <sheaf/shell/callback_frame.hpp>
#include <sheaf/shell/progress_signal.hpp>
#include <sheaf/shell/random_seed.hpp>
#include <sheaf/shell/sink_access.hpp>
#include <sheaf/shell/stripe.hpp>
#include <sheaf/shell/timer_thread.hpp>
#include <sheaf/statistics.hpp>
#include <sheaf/traits.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace shell {

/// How many packets of one stripe a batch has in hand at a time, at most; so many direct calls are completed together.
inline constexpr std::size_t batch_group = 32;

/// Whether callbacks may start.
enum class Gate : std::uint8_t {
    open,
    closed,  ///< `drain` has returned: what comes up is put back, for the next `drain` or `cancel`.
    over,    ///< `cancel` has returned: what still comes up is settled without a callback.
};

/// The concurrent shell around the engines: what `PacketCollator` is made of.
///
/// Layout. A power of two of stripes, each a lock and an engine on cache lines of its own; bits of an id's hash
/// choose the stripe, so all packets of a resource meet one engine. Shared by all: the budget (counters, of
/// which each engine's account keeps some spare), the policies (transform, sink, executor), the timer, the progress
/// signal.
///
/// Protocol. Every step is: take the stripe's lock, tell the engine what happened, release the lock, carry out
/// the `Work` that came out. User code (transform, sink, executor) runs only in that last part, or before the first (a
/// pure transform), so no lock is ever held around it. A deadline is checked and armed after the lock is released.
///
///     submit    -> engine.admit    -> executor.execute(task)                     intake.hpp, batch.hpp
///                  (engine.admit_direct where the executor is inline: no task, and as a rule no node;
///                  engine.admit_with_chunk in a batch with a pure transform, which has been called before)
///               -> transform       -> engine.complete_direct -> work             direct_calls.hpp
///     task      -> transform       -> engine.complete / fail -> work             transforms.hpp
///     work      -> sink.deliver    -> engine.retire / not_delivered -> receipts  deliveries.hpp
///     timer     -> engine.expire   -> work                                       deadlines.hpp
///     drain, cancel, destruction                                                 stopping.hpp
///
/// Lock order. At most one stripe's lock is held, but by `statistics`, which takes all in ascending order. Under a
/// stripe's lock no other lock is taken.
///
/// Ownership. Tasks, completions and acknowledgements share the state, so it outlives the collator as long as one
/// of them is left; the executor's own threads end with `stop`. A resource whose phase is `delivering` belongs to
/// the thread that delivers it, or stands in its stripe's `ready` list for whoever comes first.
template <class Transform, class Sink, class Executor, class Traits>
class CollatorState final
    : public std::enable_shared_from_this<CollatorState<Transform, Sink, Executor, Traits>>,
      public detail::CompletionTarget<transform_chunk_t<detail::unwrapped_t<Transform>>> {
public:
    using transform_type = detail::unwrapped_t<Transform>;
    using sink_type = detail::unwrapped_t<Sink>;
    using executor_type = detail::unwrapped_t<Executor>;
    using chunk_type = transform_chunk_t<transform_type>;
    using Engine = core::Engine<Traits, chunk_type>;
    using EventMaker = core::EventMaker<Traits, chunk_type>;
    using completed_type = typename EventMaker::completed_type;
    using incomplete_type = typename EventMaker::incomplete_type;
    using id_type = typename Traits::resource_id;
    using receipt_type = typename Traits::receipt;
    using packet_type = Packet<id_type, receipt_type>;
    using report_type = DrainReport<id_type>;
    using Instant = core::Instant;
    using Threading = typename Traits::threading;
    using Deadline = typename Threading::clock::time_point;

    static constexpr bool has_own_timer = std::is_same_v<typename Traits::timer, OwnTimer>;
    static constexpr bool is_manual = ManualExecutorFor<executor_type>;
    static constexpr bool is_inline = InlineExecutorFor<executor_type>;
    /// The transform is called, and has returned, before `submit` returns.
    static constexpr bool calls_directly =
        is_inline && SynchronousTransform<transform_type> && Engine::allows_direct_calls;
    /// In a batch it may be called before the packet is accepted.
    static constexpr bool calls_early = calls_directly && PureTransform<transform_type>;

    /// Throws: `std::invalid_argument` (see `Options::validate`), `std::bad_alloc`.
    CollatorState(Transform transform, Sink sink, Executor executor, Options options)
        : options_{validated(std::move(options))}
        , key_{random_seed(options_.seed, 0), random_seed(options_.seed, 1)}
        , budget_{options_}
        , hash_{key_}
        , maker_{std::make_shared<const std::string>(options_.name), options_.first_index}
        , transform_{std::move(transform)}
        , sink_{std::move(sink)}
        , executor_{std::move(executor)}
        , executor_in_use_{std::addressof(detail::unwrap(*executor_))} {
        const std::uint64_t epoch = random_seed(options_.seed, 2);
        // An eighth of each bound, at most, is spare in the accounts.
        constexpr std::size_t parts = 8 * stripe_count;
        core::Charge block{options_.max_packets / parts, options_.max_bytes / parts,
                           options_.max_resources / parts, options_.max_transforms / parts};
        if (block.packets < 2 || block.bytes < 4096 || block.resources < 2 || block.transforms < 2) {
            block = {};
        }
        for (std::size_t i = 0; i < stripe_count; ++i) {
            const std::size_t share =
                options_.max_remembered / stripe_count + (i < options_.max_remembered % stripe_count);
            // Each stripe has a seed of its own: or else what fails in several at one time is tried again at one time.
            stripes_[i].emplace(options_, budget_, epoch + (std::uint64_t{i} << 48U), share, block);
        }
    }

    /// Begins what needs shared ownership of this object. Throws: `std::system_error` without a thread.
    void start() {
        if constexpr (has_own_timer) {
            timer_.template start<typename Traits::clock>(this->weak_from_this());
        }
    }

    // intake.hpp
    [[nodiscard]] Outcome submit(packet_type& packet);

    // batch.hpp
    [[nodiscard]] BatchOutcome submit(std::span<packet_type> packets, std::span<Outcome> outcomes);

    // transforms.hpp
    void run_transform(core::NodeReference<typename Engine::Node> call, std::uint32_t attempt) noexcept;
    void drop_task(typename Engine::Node& node, std::uint32_t attempt) noexcept;
    void transform_succeeded(detail::PayloadOwner& packet,
                             std::uint32_t attempt,
                             chunk_type&& chunk) noexcept override;
    void transform_threw(detail::PayloadOwner& packet,
                         std::uint32_t attempt,
                         std::exception_ptr error) noexcept override;
    void transform_dropped(detail::PayloadOwner& packet, std::uint32_t attempt) noexcept override;

    // deliveries.hpp
    void deliver_ready(std::size_t stripe) noexcept;
    void drop_delivery(std::size_t stripe) noexcept;

    // deadlines.hpp
    [[nodiscard]] Instant earliest_deadline() noexcept;
    void advance(Instant now, Deadline until = (Deadline::max)()) noexcept;
    void advance_by_timer() noexcept { advance(now()); }

    // stopping.hpp
    [[nodiscard]] report_type drain(std::chrono::nanoseconds allowed);
    void cancel() noexcept;
    void stop() noexcept;
    [[nodiscard]] bool evict_oldest() noexcept;

    [[nodiscard]] bool is_in_callback() const noexcept { return CallbackFrame::is_in_callback(this); }
    [[nodiscard]] Statistics statistics() noexcept;
    [[nodiscard]] std::string explain(const id_type& id);

private:
    using Node = typename Engine::Node;
    using NodeReference = core::NodeReference<Node>;
    using ResourceType = typename Engine::ResourceType;
    using ResourceQueue = core::WorkList<ResourceType>;
    using Work = typename Engine::Work;
    using Admission = typename Engine::Admission;
    using Spares = typename Engine::SparesType;
    using StripeType = Stripe<typename Traits::mutex, Engine>;
    using Lock = std::lock_guard<typename Traits::mutex>;
    template <class T>
    using Atomic = typename Threading::template atomic<T>;
    class Scope;
    class TransformTask;
    class StartingCall;
    class DeliveryTask;
    class DeliveryAttempt;
    struct DeliveryLoop;
    struct Candidate;
    class Batch;

    static constexpr std::size_t stripe_count = Traits::stripe_count;
    // Memory for the chunks of direct calls that are completed together: large chunks, which would burst the stack,
    // one by one.
    static constexpr std::size_t scratch_slots =
        calls_directly ? std::clamp<std::size_t>(4096 / sizeof(core::ChunkSlot<chunk_type>), 1, batch_group)
                       : 0;
    using Scratch = std::array<core::ChunkSlot<chunk_type>, scratch_slots>;
    static_assert(std::has_single_bit(stripe_count), "sheaf: Traits::stripe_count must be a power of two");

    [[nodiscard]] static Options validated(Options options) {
        options.validate();
        return options;
    }
    // Room in a node for payloads up to this is found, and filled, under the lock; for larger ones before.
    static constexpr std::size_t small_payload = 1024;

    [[nodiscard]] static Instant now() noexcept {
        return std::chrono::duration_cast<Instant>(Traits::clock::now().time_since_epoch());
    }
    [[nodiscard]] transform_type& transform() noexcept { return detail::unwrap(*transform_); }
    [[nodiscard]] sink_type& sink() noexcept { return detail::unwrap(*sink_); }
    // Also while it is being destroyed: a task that an executor's destructor waits for may submit.
    [[nodiscard]] executor_type& executor() noexcept { return *executor_in_use_; }

    // Of the half of the hash that resources keep, the high bits choose the stripe, the low ones the slot in its table.
    [[nodiscard]] static std::uint32_t stripe_of(std::uint64_t hash) noexcept {
        if constexpr (stripe_count == 1) {
            static_cast<void>(hash);
            return 0;
        } else {
            return static_cast<std::uint32_t>(hash) >> (32 - std::countr_zero(stripe_count));
        }
    }
    [[nodiscard]] StripeType& stripe(std::size_t i) noexcept { return *stripes_[i]; }
    [[nodiscard]] StripeType& stripe_of(const ResourceType& resource) noexcept {
        return stripe(stripe_of(resource.hash));
    }

    // intake.hpp
    void examine(Candidate& candidate, const packet_type& packet) const;
    void admit(Candidate& candidate, packet_type& packet);
    [[nodiscard]] static Admission ask(
        Engine& engine, Candidate& candidate, packet_type& packet, Instant at, Work& work);
    void admit_locked(StripeType& home, Candidate& candidate, packet_type& packet, Instant at, Work& work);
    void make_room_tight() noexcept;
    void wait_for_room(Candidate& candidate, packet_type& packet);
    [[nodiscard]] Outcome conclude(Candidate& candidate, packet_type& packet);
    void give_back_receipt(Candidate& candidate, packet_type& packet) noexcept;
    [[nodiscard]] std::optional<Rejection> reason_not_to_wait(bool work_in_flight) noexcept;
    void count_rejected(std::size_t at) noexcept;
    void swap_scratch(Scratch& scratch, Spares& spares, std::size_t packets) noexcept;

    // direct_calls.hpp
    void call_directly(std::span<Candidate* const> calls, Instant began) noexcept;
    void call_directly(Candidate& candidate, Instant began) noexcept;
    void call_early(Candidate& candidate, const packet_type& packet) noexcept;
    void fill(core::ChunkSlot<chunk_type>& slot, std::span<const std::byte> payload);
    template <class Now>
    void settle(Candidate& candidate, Engine& engine, const Now& now, Work& work) noexcept;

    // transforms.hpp
    void dispatch_admitted(NodeReference node, packet_type& packet);
    [[nodiscard]] bool take_back(Node& node, packet_type& packet) noexcept;
    void dispatch(NodeReference node) noexcept;
    template <class Task>
    void place(Task task);
    void fail(Node& node, std::uint32_t attempt, std::exception_ptr error) noexcept;
    void fail_unfinished(Node& node, std::uint32_t attempt, std::exception_ptr error) noexcept;
    void park(Node& node, std::uint32_t attempt) noexcept;
    void call_transform(NodeReference call, std::uint32_t attempt) noexcept;
    template <class Step>
    void with_engine(StripeType& home, Step&& step) noexcept;
    void carry_out(Work& work, Deadline until = (Deadline::max)()) noexcept;

    // deliveries.hpp
    void deliver(ResourceQueue& events) noexcept;
    void give_back(NodeReference duplicate) noexcept;
    void run(DeliveryLoop& loop) noexcept;
    void deliver(ResourceType& resource) noexcept;
    template <class Event>
    void deliver_event(ResourceType& resource, Event& event);
    void act_upon_answer(ResourceType& resource) noexcept;
    void postpone(ResourceType& resource, Instant until) noexcept;
    void delivery_failed(ResourceType& resource, const std::exception_ptr& error) noexcept;
    [[nodiscard]] bool bury(ResourceType& resource, const std::exception_ptr& error) noexcept;
    void retire(ResourceType& resource, typename Engine::Departure departure) noexcept;
    void give_back_receipts(ResourceType& resource) noexcept;
    static void set_ready(StripeType& home, Work& work) noexcept;
    [[nodiscard]] ResourceType* take_ready(std::size_t stripe) noexcept;
    void place_deliveries(std::size_t stripe, Deadline until) noexcept;

    // deadlines.hpp
    void arm(Instant due) noexcept {
        if constexpr (has_own_timer) { timer_.arm(due); }
    }

    // stopping.hpp
    void honour(CallbackFrame& frame) noexcept;
    [[nodiscard]] bool is_on_executor_thread() noexcept;
    [[nodiscard]] bool is_gate_open() const noexcept {
        return gate_.load(std::memory_order_seq_cst) == Gate::open;
    }
    [[nodiscard]] static bool has_passed(Deadline deadline) noexcept {
        return deadline != (Deadline::max)() && Threading::clock::now() >= deadline;
    }
    void wait_for_end(Deadline deadline) noexcept;
    void end_all() noexcept;
    void abandon_all(bool retries_undelivered) noexcept;
    [[nodiscard]] std::vector<RunningTransform<id_type>> running_transforms();

    const Options options_;
    const SipKey key_;
    core::Budget<Threading> budget_;
    const typename Traits::hash hash_;
    const EventMaker maker_;
    // The policies go when the collator is stopped, before this object does: a late answer may hold that, and must not
    // be what destroys them, nor may they keep themselves alive by answers that they hold.
    std::optional<Transform> transform_;
    std::optional<Sink> sink_;
    std::optional<Executor> executor_;
    executor_type* const executor_in_use_;
    ProgressSignal<Threading> progress_;
    // Read under a stripe's lock: whoever closes it takes each lock afterwards, so that nothing slips in behind.
    Atomic<bool> intake_closed_{false};
    // No callback starts unless it is open: transforms and deliveries that come up are put back. It is looked at
    // right before the call; what has passed it by then has started. `cancel` waits for what has started.
    Atomic<Gate> gate_{Gate::open};
    // After `cancel`: a failed delivery is not tried again.
    Atomic<bool> is_final_{false};
    typename Threading::mutex cancelling_;  // serialises cancel
    typename Threading::mutex stopping_;    // guards drains_, and the gate while drain and cancel move it
    std::size_t drains_ = 0;
    Atomic<std::size_t> starting_{0};  // calls of an asynchronous transform that have not returned
    std::array<std::optional<StripeType>, stripe_count> stripes_;
    // For batches; guarded by the first stripe's lock.
    Scratch scratch_;
    Spares spares_;
    TimerThread<Threading> timer_;
};

}  // namespace shell

SHEAF_NAMESPACE_END
