#pragma once

// Part of class CollatorState: handing events to the sink.
#include <sheaf/shell/collator_state.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <span>
#include <variant>

SHEAF_NAMESPACE_BEGIN

namespace shell {

/// Lets an executor's thread deliver one of the events that are ready in a stripe: what a deadline has ended is not
/// delivered on the timer's thread. It names no resource, because `cancel` may take that over first.
template <class Transform, class Sink, class Executor, class Traits>
class CollatorState<Transform, Sink, Executor, Traits>::DeliveryTask {
public:
    DeliveryTask(std::shared_ptr<CollatorState> state, std::size_t stripe) noexcept
        : state_{std::move(state)}
        , stripe_{stripe} {}
    DeliveryTask(DeliveryTask&&) noexcept = default;
    DeliveryTask& operator=(DeliveryTask&& other) noexcept {
        DeliveryTask taken{std::move(other)};
        std::swap(state_, taken.state_);
        std::swap(stripe_, taken.stripe_);
        return *this;
    }
    ~DeliveryTask() {
        if (state_ != nullptr) { state_->drop_delivery(stripe_); }
    }

    void operator()() noexcept {
        const std::shared_ptr<CollatorState> state = std::move(state_);
        state->deliver_ready(stripe_);
    }

private:
    std::shared_ptr<CollatorState> state_;
    std::size_t stripe_ = 0;
};

/// One attempt of an asynchronous sink: the call of `deliver`, and its answer. What follows from the answer begins when
/// both have come, on the thread of the later one; so no callback is nested in the call, and none runs beside it.
template <class Transform, class Sink, class Executor, class Traits>
class CollatorState<Transform, Sink, Executor, Traits>::DeliveryAttempt final
    : public detail::AcknowledgementTarget {
public:
    DeliveryAttempt(std::shared_ptr<CollatorState> state, ResourceType& resource) noexcept
        : state_{std::move(state)}
        , resource_{resource} {}

    void sink_answered(bool delivered, std::exception_ptr error) noexcept override {
        answer(delivered ? core::SinkAnswer::delivered : core::SinkAnswer::failed, std::move(error));
    }
    void sink_dropped() noexcept override {
        was_dropped_ = true;
        answer(core::SinkAnswer::failed, detail::make_error<BrokenAcknowledgement>());
    }

    /// The call has returned, or thrown `error`, which says more than that the handle was dropped on the way out. True
    /// where the answer has come: then the caller acts upon it.
    [[nodiscard]] bool end_call(const std::exception_ptr& error) noexcept {
        if (!has_one_come_.load(std::memory_order_acquire)) {
            state_->budget_.await_answer();
            state_->progress_.notify();
            if (!arrive()) { return false; }
            state_->budget_.answer_arrived();
        }
        if (was_dropped_ && error != nullptr) { resource_.activity->prepared->answer_error = error; }
        return true;
    }

private:
    void answer(core::SinkAnswer given, std::exception_ptr error) noexcept {
        // Until the other one has come this attempt owns what is prepared.
        resource_.activity->prepared->answer = given;
        resource_.activity->prepared->answer_error = std::move(error);
        if (!arrive()) { return; }
        const std::shared_ptr<CollatorState> state = std::move(state_);
        state->budget_.answer_arrived();
        ResourceQueue answered;
        answered.push(resource_);
        state->deliver(answered);
    }

    /// True for the later of the two.
    [[nodiscard]] bool arrive() noexcept {
        // release: what this thread has done to the resource is seen by the one that goes on; acquire: and the reverse.
        return has_one_come_.exchange(true, std::memory_order_acq_rel);
    }

    std::shared_ptr<CollatorState> state_;
    ResourceType& resource_;
    bool was_dropped_ = false;
    Atomic<bool> has_one_come_{false};
};

/// What a thread that calls the sink has in hand: ended resources (new, to be tried again, or answered), and duplicates
/// whose receipts go back.
template <class Transform, class Sink, class Executor, class Traits>
struct CollatorState<Transform, Sink, Executor, Traits>::DeliveryLoop {
    ResourceQueue events{};
    core::WorkList<Node> duplicates{};
};

template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::deliver(ResourceQueue& events) noexcept {
    if (events.empty()) { return; }
    DeliveryLoop loop{std::move(events)};
    run(loop);
}

template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::give_back(NodeReference duplicate) noexcept {
    DeliveryLoop loop;
    loop.duplicates.push(*duplicate.detach());
    run(loop);
}

/// Calls the sink on this thread. Where a loop of this collator is running here already (a sink has submitted, and its
/// packet has completed a resource), that loop takes over: no recursion, and calls of the sink never nest.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::run(DeliveryLoop& loop) noexcept {
    if (void* const running = CallbackFrame::running_deliveries(this)) {
        auto& outer = *static_cast<DeliveryLoop*>(running);
        while (ResourceType* const resource = loop.events.pop()) { outer.events.push(*resource); }
        while (Node* const node = loop.duplicates.pop()) { outer.duplicates.push(*node); }
        return;
    }
    const Scope scope{*this, FrameKind::callback, &loop};
    for (;;) {
        if (Node* const node = loop.duplicates.pop()) {
            const NodeReference duplicate{node};
            release_receipts(sink(), std::span{std::addressof(duplicate->receipt), 1});
            budget_.end_delivery();
            progress_.notify();
        } else if (ResourceType* const resource = loop.events.pop()) {
            deliver(*resource);
        } else {
            return;
        }
    }
}

template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::deliver(ResourceType& resource) noexcept {
    SHEAF_TRY {
        if (resource.activity->prepared != nullptr &&
            resource.activity->prepared->answer != core::SinkAnswer::none) {
            act_upon_answer(resource);
            return;
        }
        if (resource.activity->prepared == nullptr && is_gate_open()) {
            resource.activity->prepared = maker_.make(resource);
        }
        // Once more, because making the event takes time. Where it was not made, the gate may have opened since.
        if (resource.activity->prepared == nullptr || !is_gate_open()) {
            postpone(resource, now());
        } else {
            std::visit([&](auto& event) { deliver_event(resource, event); },
                       resource.activity->prepared->event);
        }
    }
    SHEAF_CATCH_ALL { delivery_failed(resource, std::current_exception()); }
}

/// Throws: what the sink throws, unless it answers later: then the acknowledgement has said so.
template <class Transform, class Sink, class Executor, class Traits>
template <class Event>
void CollatorState<Transform, Sink, Executor, Traits>::deliver_event(ResourceType& resource, Event& event) {
    if constexpr (answers_later<sink_type, Event>) {
        const auto attempt = std::make_shared<DeliveryAttempt>(this->shared_from_this(), resource);
        std::exception_ptr error;
        SHEAF_TRY { sink().deliver(std::as_const(event), Acknowledgement{attempt}); }
        SHEAF_CATCH_ALL { error = std::current_exception(); }
        if (attempt->end_call(error)) { act_upon_answer(resource); }
    } else {
        deliver_now(sink(), event);
        retire(resource, Engine::Departure::delivered);
    }
}

template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::act_upon_answer(ResourceType& resource) noexcept {
    auto& prepared = *resource.activity->prepared;
    if (prepared.answer == core::SinkAnswer::failed) {
        prepared.answer = core::SinkAnswer::none;
        delivery_failed(resource, std::exchange(prepared.answer_error, nullptr));
    } else if (Engine::has_receipts && gate_.load(std::memory_order_seq_cst) == Gate::closed) {
        postpone(resource, now());  // giving its receipts back is a callback too
    } else {
        retire(resource, Engine::Departure::delivered);
    }
}

/// Puts an event back: it is taken up again at `until`, or when the gate is open again.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::postpone(ResourceType& resource,
                                                                Instant until) noexcept {
    with_engine(stripe_of(resource), [&](Engine& engine, Work&) { engine.postpone(resource, until); });
}

template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::delivery_failed(
    ResourceType& resource, const std::exception_ptr& error) noexcept {
    bool is_exhausted = false;
    with_engine(stripe_of(resource), [&](Engine& engine, Work&) {
        is_exhausted = engine.not_delivered(resource, now(), is_final_.load(std::memory_order_seq_cst));
    });
    if (is_exhausted && !bury(resource, error)) {
        with_engine(stripe_of(resource), [&](Engine& engine, Work&) { engine.keep_undelivered(resource); });
    }
}

/// Gives the event to the dead letter. False where there is none, or where that fails too.
template <class Transform, class Sink, class Executor, class Traits>
bool CollatorState<Transform, Sink, Executor, Traits>::bury(ResourceType& resource,
                                                            const std::exception_ptr& error) noexcept {
    constexpr bool has_dead_letter =
        DeadLetterSinkFor<sink_type, completed_type> && DeadLetterSinkFor<sink_type, incomplete_type>;
    if constexpr (has_dead_letter) {
        if (resource.activity->prepared == nullptr || !is_gate_open()) { return false; }
        SHEAF_TRY {
            std::visit([&](const auto& event) { sink().dead_letter(event, error); },
                       resource.activity->prepared->event);
        }
        SHEAF_CATCH_ALL { return false; }
        retire(resource, Engine::Departure::dead_lettered);
        return true;
    } else {
        static_cast<void>(resource);
        static_cast<void>(error);
        return false;
    }
}

template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::retire(ResourceType& resource,
                                                              typename Engine::Departure departure) noexcept {
    StripeType& home = stripe_of(resource);
    const Instant at = now();
    typename Engine::ActivityType::Owner remains;  // what takes long to destroy: with no lock held
    if constexpr (Engine::has_receipts) {
        {
            const Lock lock{home.mutex};
            home.engine.retire(resource, departure, at);
        }
        give_back_receipts(resource);
        // Last, so that nobody takes the collator for idle before the receipts are back.
        const Lock lock{home.mutex};
        remains = home.engine.forget(resource);
    } else {
        const Lock lock{home.mutex};
        home.engine.retire(resource, departure, at);
        remains = home.engine.forget(resource);
    }
    progress_.notify();
}

template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::give_back_receipts(ResourceType& resource) noexcept {
    // Room for these was reserved when their packets were admitted.
    resource.activity->for_each_node(
        [&](std::uint64_t, Node* node) { resource.activity->receipts.push_back(std::move(node->receipt)); });
    // After `cancel` there is nobody to give them to any more. A gate that `drain` has closed is no obstacle: this
    // is the end of a delivery that had begun before.
    const bool is_over = gate_.load(std::memory_order_seq_cst) == Gate::over;
    if (!is_over) { release_receipts(sink(), std::span<receipt_type>{resource.activity->receipts}); }
}

/// Moves what is to be delivered to those of its stripe that wait for a thread. The stripe's lock is held.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::set_ready(StripeType& home, Work& work) noexcept {
    for (; ResourceType* const resource = work.deliver.pop(); ++home.unplaced) { home.ready.push(*resource); }
}

/// Has a stripe's ready events delivered by the executor: one task each, until `until` has passed; the rest waits for
/// the next call.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::place_deliveries(std::size_t at,
                                                                        Deadline until) noexcept {
    StripeType& home = stripe(at);
    for (;;) {
        {
            const Lock lock{home.mutex};
            if (home.unplaced == 0) { return; }
            if (has_passed(until)) { break; }
            --home.unplaced;
        }
        // A task that is refused is destroyed unrun, and its destructor postpones one of the events.
        SHEAF_TRY { place(DeliveryTask{this->shared_from_this(), at}); }
        SHEAF_CATCH_ALL {}
    }
    arm(now());  // another `drain`, with a later deadline, may still wait for them
}

/// One of a stripe's ready events, or null where others have been quicker.
template <class Transform, class Sink, class Executor, class Traits>
auto CollatorState<Transform, Sink, Executor, Traits>::take_ready(std::size_t at) noexcept -> ResourceType* {
    const Lock lock{stripe(at).mutex};
    return stripe(at).ready.pop();
}

template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::deliver_ready(std::size_t at) noexcept {
    ResourceQueue queue;
    if (ResourceType* const resource = take_ready(at)) { queue.push(*resource); }
    deliver(queue);
}

template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::drop_delivery(std::size_t at) noexcept {
    ResourceType* const resource = take_ready(at);
    // Not at once, whatever the options: an executor that drops one task will drop the next.
    const auto pause = std::max<Instant>(options_.delivery_backoff.initial, std::chrono::milliseconds{1});
    if (resource != nullptr) { postpone(*resource, core::later(now(), pause)); }
}

}  // namespace shell

SHEAF_NAMESPACE_END
