#pragma once

// Part of class CollatorState: drain, cancel, destruction, eviction, and looking at it all.
#include <sheaf/shell/collator_state.hpp>

#include <algorithm>

SHEAF_NAMESPACE_BEGIN

namespace shell {

/// A frame for a scope of this collator. Where it is the outermost one of its thread, what user code has asked for
/// within happens at its end, when nothing is in hand any more; after that the collator may be gone.
template <class Transform, class Sink, class Executor, class Traits>
class CollatorState<Transform, Sink, Executor, Traits>::Scope {
public:
    Scope(CollatorState& state, FrameKind kind, DeliveryLoop* deliveries = nullptr) noexcept
        : state_{state}
        , frame_{&state, kind, deliveries} {}
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope() {
        if (frame_.has_request()) { state_.honour(frame_); }
    }

private:
    CollatorState& state_;
    CallbackFrame frame_;
};

/// Carries out what was asked for in this frame. Requests are made to the outermost frame.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::honour(CallbackFrame& frame) noexcept {
    const std::shared_ptr<void> keep = frame.take_destroyed();
    const bool cancels = frame.wants_cancel();
    frame.retire();
    if (cancels) { cancel(); }
    if (keep != nullptr) { stop(); }
}

template <class Transform, class Sink, class Executor, class Traits>
auto CollatorState<Transform, Sink, Executor, Traits>::drain(std::chrono::nanoseconds allowed)
    -> report_type {
    if (is_in_callback()) { return {DrainStatus::would_deadlock, statistics(), {}}; }
    const Scope scope{*this, FrameKind::entry};
    const auto begin = Threading::clock::now();
    const Deadline deadline =
        allowed > (Deadline::max)() - begin
            ? (Deadline::max)()
            : begin + std::chrono::duration_cast<typename Threading::clock::duration>(allowed);
    intake_closed_.store(true, std::memory_order_seq_cst);
    {
        const std::lock_guard lock{stopping_};
        ++drains_;
        if (!is_final_) { gate_.store(Gate::open, std::memory_order_seq_cst); }
    }
    budget_.tighten_for_good();
    for (auto& each : stripes_) {
        Work work;
        const Lock lock{each->mutex};
        each->engine.sweep();
        // Looked at under the lock: what is made ready before `cancel` has come by here, that will pick up.
        if (is_final_.load(std::memory_order_seq_cst)) { break; }
        each->engine.close_unfillable(now(), work);
        set_ready(*each, work);
    }
    wait_for_end(deadline);
    {
        const std::lock_guard lock{stopping_};
        // After `cancel` has begun the gate is its business.
        if (--drains_ == 0 && !is_final_) { gate_.store(Gate::closed, std::memory_order_seq_cst); }
    }
    auto status = DrainStatus::deadline;
    if (budget_.is_at_rest()) {
        status = budget_.resources() == 0 ? DrainStatus::finished : DrainStatus::undelivered;
    }
    return {status, statistics(), running_transforms()};
}

/// Waits until nothing is left, as far as this thread's waiting, or its own work, can help.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::wait_for_end(Deadline deadline) noexcept {
    // Beside a `cancel` on another thread: as soon as that has ended it all.
    const auto has_ended = [this] {
        if (!is_final_.load(std::memory_order_seq_cst)) { return budget_.is_at_rest(); }
        return gate_.load(std::memory_order_seq_cst) == Gate::over && budget_.deliveries() == 0;
    };
    advance(now(), deadline);  // and what an earlier drain had put back
    if constexpr (is_manual) {
        // Nobody else runs the tasks; what is then still unfinished waits for the host.
        while (!has_ended() && Threading::clock::now() < deadline && executor().run_one()) {
            advance(now(), deadline);
        }
    } else {
        // On one of the executor's own threads (a callback has destroyed the collator) this thread goes on with the
        // executor's work, since it may be the only one; so it looks for some at short intervals.
        const bool helps = is_on_executor_thread();
        // The deadlines are driven here where the host's thread, which would do it, or the timer's is here; as long as
        // no `cancel` has them in hand.
        const bool is_driver = !has_own_timer || timer_.is_own_thread();
        const auto drives = [&] { return is_driver && !is_final_.load(std::memory_order_seq_cst); };
        const auto begin_of_step = [] { return Threading::clock::now(); };
        for (auto time = begin_of_step(); !has_ended() && time < deadline; time = begin_of_step()) {
            if constexpr (HelpingExecutorFor<executor_type>) {
                if (helps && executor().run_one()) { continue; }
            }
            auto step_end = deadline;
            if (helps) { step_end = (std::min)(step_end, time + std::chrono::milliseconds{1}); }
            if (drives()) {
                const Instant until_next = (std::max)(earliest_deadline() - now(), Instant::zero());
                step_end = (std::min)(step_end,
                                      time + std::min<Instant>(until_next, std::chrono::milliseconds{100}));
            }
            static_cast<void>(progress_.wait_until(step_end, has_ended));
            if (drives()) { advance(now(), deadline); }
        }
    }
}

template <class Transform, class Sink, class Executor, class Traits>
bool CollatorState<Transform, Sink, Executor, Traits>::is_on_executor_thread() noexcept {
    if constexpr (HelpingExecutorFor<executor_type>) {
        return executor().is_own_thread();
    } else {
        return false;
    }
}

template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::cancel() noexcept {
    if (is_in_callback()) {
        CallbackFrame::outermost(this)->request_cancel();
        return;
    }
    // What callbacks ask for while this delivers waits until it is done.
    CallbackFrame frame{this, FrameKind::callback};
    std::unique_lock lock{cancelling_};
    // Once is enough, and what has been closed for good is not opened again.
    if (gate_.load(std::memory_order_seq_cst) != Gate::over) { end_all(); }
    lock.unlock();
    if (frame.wants_destruction()) { honour(frame); }
}

/// What `cancel` does the first time.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::end_all() noexcept {
    intake_closed_.store(true, std::memory_order_seq_cst);
    budget_.tighten_for_good();
    {
        const std::lock_guard order{stopping_};
        is_final_.store(true, std::memory_order_seq_cst);
        gate_.store(Gate::open, std::memory_order_seq_cst);
    }
    progress_.notify();
    // Again and again, because a delivery that came up while `drain` had closed the gate may be put back only now.
    // Deliveries that other threads have begun are waited for; asynchronous ones that were not answered are not.
    // Only the first time do events that went nowhere get another attempt.
    auto nothing_is_left = [this, retries_undelivered = true]() mutable {
        abandon_all(std::exchange(retries_undelivered, false));
        return budget_.deliveries() == 0;
    };
    static_cast<void>(progress_.wait_until((Deadline::max)(), nothing_is_left));
    // Sequentially consistent: an answer that comes now is counted as a delivery before it looks at the gate. So either
    // it finds the gate closed, or it is seen, and waited for, here.
    gate_.store(Gate::over, std::memory_order_seq_cst);
    static_cast<void>(progress_.wait_until((Deadline::max)(), [this] { return budget_.deliveries() == 0; }));
    progress_.notify();  // to a `drain` that waits for this
}

/// Ends all that has not ended, and delivers all that no other thread is delivering, here.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::abandon_all(bool retries_undelivered) noexcept {
    for (std::size_t i = 0; i < stripe_count; ++i) {
        Work work;
        {
            const Lock lock{stripe(i).mutex};
            while (ResourceType* const resource = stripe(i).ready.pop()) { work.deliver.push(*resource); }
            stripe(i).unplaced = 0;
            stripe(i).engine.sweep();
            stripe(i).engine.abandon(now(), work, retries_undelivered);
        }
        carry_out(work);
    }
}

/// What the destructor does. Afterwards only calls that hang, and what they hold, are left.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::stop() noexcept {
    SHEAF_TRY { static_cast<void>(drain(options_.destructor_deadline)); }
    SHEAF_CATCH_ALL {}  // the report found no memory; nobody would have read it
    cancel();
    timer_.stop();
    executor_.reset();
    // No call of the sink runs or starts any more.
    sink_.reset();
    // Calls of the transform may still run, or wait in a queue, where the executor is not the collator's own: they hold
    // their place until they end. An asynchronous call has returned even where its completion is still to come.
    const bool is_in_use = SynchronousTransform<transform_type>
                               ? budget_.transforms() != 0
                               : starting_.load(std::memory_order_seq_cst) != 0;
    if (!is_in_use) { transform_.reset(); }
}

template <class Transform, class Sink, class Executor, class Traits>
bool CollatorState<Transform, Sink, Executor, Traits>::evict_oldest() noexcept {
    const Scope scope{*this, FrameKind::entry};
    struct Age {
        bool has_no_deadline = true;
        Instant at = core::never;
        auto operator<=>(const Age&) const = default;
    };
    Age oldest;
    std::size_t oldest_stripe = stripe_count;
    for (std::size_t i = 0; i < stripe_count; ++i) {
        const Lock lock{stripe(i).mutex};
        const ResourceType* const resource = stripe(i).engine.oldest();
        if (resource == nullptr) { continue; }
        const bool has_deadline = resource->activity != nullptr && resource->activity->is_queued();
        const Age age{!has_deadline, has_deadline ? resource->activity->due : resource->opened_at};
        if (oldest_stripe == stripe_count || age < oldest) {
            oldest = age;
            oldest_stripe = i;
        }
    }
    if (oldest_stripe == stripe_count) { return false; }
    bool is_evicted = false;
    with_engine(stripe(oldest_stripe), [&](Engine& engine, Work& work) {
        if (ResourceType* const resource = engine.oldest()) {
            is_evicted = engine.evict(*resource, now(), work);
        }
    });
    return is_evicted;
}

template <class Transform, class Sink, class Executor, class Traits>
Statistics CollatorState<Transform, Sink, Executor, Traits>::statistics() noexcept {
    Statistics total;
    // All locks at once, ascending: one cut through all stripes.
    for (auto& each : stripes_) { each->mutex.lock(); }
    core::Charge spare;
    for (auto& each : stripes_) {
        total += each->engine.statistics();
        spare += each->engine.spare();
    }
    total.held_packets = budget_.packets() - spare.packets;
    total.held_bytes = budget_.bytes() - spare.bytes;
    total.transforms_in_flight = budget_.transforms() - spare.transforms;
    for (auto& each : stripes_) { each->mutex.unlock(); }
    return total;
}

template <class Transform, class Sink, class Executor, class Traits>
std::string CollatorState<Transform, Sink, Executor, Traits>::explain(const id_type& id) {
    const std::uint64_t hash = hash_(id);
    StripeType& home = stripe(stripe_of(hash));
    core::Explanation why;
    {
        const Lock lock{home.mutex};
        why = home.engine.explain(id, hash, now());
    }
    return core::to_text(why);
}

template <class Transform, class Sink, class Executor, class Traits>
auto CollatorState<Transform, Sink, Executor, Traits>::running_transforms()
    -> std::vector<RunningTransform<id_type>> {
    constexpr std::size_t limit = 16;
    std::vector<RunningTransform<id_type>> running;
    running.reserve(limit);
    const Instant at = now();
    for (auto& each : stripes_) {
        const Lock lock{each->mutex};
        each->engine.settle_in_all();
        each->engine.for_each_live([&](const ResourceType& resource) {
            if (running.size() == limit || resource.unsettled() == 0) { return; }
            resource.activity->for_each_node([&](std::uint64_t index, const Node* node) {
                const Instant began = core::call_began(*node);
                if (began != Instant::zero() && running.size() < limit) {
                    running.push_back({resource.id, index, at - began});
                }
            });
        });
    }
    return running;
}

}  // namespace shell

SHEAF_NAMESPACE_END
