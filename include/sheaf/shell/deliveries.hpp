#pragma once

// Part of class CollatorState: handing events to the sink.
#include <sheaf/shell/collator_state.hpp>

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

/// Carries the answer of an asynchronous sink back.
template <class Transform, class Sink, class Executor, class Traits>
class CollatorState<Transform, Sink, Executor, Traits>::AcknowledgementTarget final
    : public detail::AcknowledgementTarget {
public:
    AcknowledgementTarget(std::shared_ptr<CollatorState> state, ResourceType& resource) noexcept
        : state_{std::move(state)}
        , resource_{resource} {}

    void sink_answered(bool delivered, std::exception_ptr error) noexcept override {
        const std::shared_ptr<CollatorState> state = std::move(state_);
        state->sink_answered(resource_, delivered, error);
    }
    void sink_dropped() noexcept override {
        const std::shared_ptr<CollatorState> state = std::move(state_);
        state->sink_dropped(resource_);
    }

private:
    std::shared_ptr<CollatorState> state_;
    ResourceType& resource_;
};

/// Delivers on this thread. Where a loop of this collator is running here already (a sink has submitted, and its
/// packet has completed a resource), that loop takes over: no recursion, and callbacks never nest.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::deliver(ResourceQueue& queue) noexcept {
    if (queue.empty()) { return; }
    if (void* const running = CallbackFrame::running_deliveries(this)) {
        auto& outer = *static_cast<ResourceQueue*>(running);
        while (ResourceType* const resource = queue.pop()) { outer.push(*resource); }
        return;
    }
    const Scope scope{*this, FrameKind::callback, &queue};
    while (ResourceType* const resource = queue.pop()) { deliver(*resource); }
}

template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::deliver(ResourceType& resource) noexcept {
    SHEAF_TRY {
        if (resource.prepared == nullptr) { resource.prepared = maker_.make(resource); }
        // The last look before the sink is called: making the event has taken time.
        if (gate_closed_.load(std::memory_order_seq_cst)) {
            postpone(resource, now());
        } else {
            std::visit([&](auto& event) { deliver_event(resource, event); }, resource.prepared->event);
        }
    }
    SHEAF_CATCH_ALL { delivery_failed(resource, std::current_exception()); }
}

template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::postpone(ResourceType& resource,
                                                                Instant until) noexcept {
    {
        const Lock lock{stripe_of(resource).mutex};
        stripe_of(resource).engine.postpone(resource, until);
    }
    // In case the gate has been opened meanwhile: by `drain`, which leaves it to the timer, or by `cancel`.
    arm(until);
    progress_.notify();
}

/// Throws: what the sink throws, unless it answers later: then the acknowledgement has said so.
template <class Transform, class Sink, class Executor, class Traits>
template <class Event>
void CollatorState<Transform, Sink, Executor, Traits>::deliver_event(ResourceType& resource, Event& event) {
    if constexpr (answers_later<sink_type, Event>) {
        Acknowledgement handle{std::make_shared<AcknowledgementTarget>(this->shared_from_this(), resource)};
        budget_.await_answer();
        // From here on the answer alone decides; it may come, and the resource go, before this call returns.
        const DropMark mark{&resource, 0};
        std::exception_ptr error;
        SHEAF_TRY { sink().deliver(std::as_const(event), std::move(handle)); }
        SHEAF_CATCH_ALL { error = std::current_exception(); }
        if (mark.was_dropped()) {
            sink_answered(resource, false,
                          error != nullptr ? error : detail::make_error<BrokenAcknowledgement>());
        }
        budget_.end_delivery();
        progress_.notify();
    } else {
        deliver_now(sink(), event);
        retire(resource, Engine::Departure::delivered);
    }
}

template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::sink_answered(
    ResourceType& resource, bool delivered, const std::exception_ptr& error) noexcept {
    budget_.answer_arrived();
    const Scope scope{*this, FrameKind::callback};
    if (delivered) {
        retire(resource, Engine::Departure::delivered);
    } else {
        delivery_failed(resource, error);
    }
}

template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::sink_dropped(ResourceType& resource) noexcept {
    if (!DropMark::note(&resource, 0)) {
        sink_answered(resource, false, detail::make_error<BrokenAcknowledgement>());
    }
}

template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::delivery_failed(
    ResourceType& resource, const std::exception_ptr& error) noexcept {
    StripeType& home = stripe_of(resource);
    Instant due = core::never;
    bool is_exhausted = false;
    {
        const Lock lock{home.mutex};
        is_exhausted = home.engine.not_delivered(resource, now(), is_final_.load(std::memory_order_seq_cst));
        due = home.engine.next_check();
    }
    if (!is_exhausted) {
        arm(due);
    } else if (!bury(resource, error)) {
        const Lock lock{home.mutex};
        home.engine.keep_undelivered(resource);
    }
    progress_.notify();
}

/// Gives the event to the dead letter. False where there is none, or where that fails too.
template <class Transform, class Sink, class Executor, class Traits>
bool CollatorState<Transform, Sink, Executor, Traits>::bury(ResourceType& resource,
                                                            const std::exception_ptr& error) noexcept {
    constexpr bool has_dead_letter =
        DeadLetterSinkFor<sink_type, completed_type> && DeadLetterSinkFor<sink_type, incomplete_type>;
    if constexpr (has_dead_letter) {
        if (resource.prepared == nullptr || gate_closed_.load(std::memory_order_seq_cst)) { return false; }
        SHEAF_TRY {
            std::visit([&](const auto& event) { sink().dead_letter(event, error); },
                       resource.prepared->event);
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
    typename ResourceType::Owner retired;
    {
        const Lock lock{home.mutex};
        retired = home.engine.retire(resource, departure, now());
    }
    give_back_receipts(*retired);
    // Last, so that nobody takes the collator for idle before the receipts are back.
    home.engine.forget(std::move(retired));
    progress_.notify();
}

template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::give_back_receipts(ResourceType& resource) noexcept {
    if constexpr (Engine::has_receipts) {
        // Room for these was reserved when their packets were admitted.
        resource.pending.for_each(
            [&](std::uint64_t, Node* node) { resource.receipts.push_back(std::move(node->receipt)); });
        // Whatever the gate: this is the end of a delivery that has begun, and a source waits for it.
        release_receipts(sink(), std::span<receipt_type>{resource.receipts});
    } else {
        static_cast<void>(resource);
    }
}

/// Has `count` of a stripe's ready events delivered by the executor.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::dispatch_deliveries(std::size_t at,
                                                                           std::size_t count) noexcept {
    for (; count != 0; --count) {
        // A task that is refused is destroyed unrun, and its destructor postpones one of the events.
        SHEAF_TRY { place(DeliveryTask{this->shared_from_this(), at}); }
        SHEAF_CATCH_ALL {}
    }
}

template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::deliver_ready(std::size_t at) noexcept {
    ResourceQueue queue;
    {
        const Lock lock{stripe(at).mutex};
        if (ResourceType* const resource = stripe(at).ready.pop()) { queue.push(*resource); }
    }
    deliver(queue);
}

template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::drop_delivery(std::size_t at) noexcept {
    ResourceType* resource = nullptr;
    {
        const Lock lock{stripe(at).mutex};
        resource = stripe(at).ready.pop();
    }
    if (resource != nullptr) { postpone(*resource, core::later(now(), options_.delivery_backoff.initial)); }
}

}  // namespace shell

SHEAF_NAMESPACE_END
