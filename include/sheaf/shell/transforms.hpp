#pragma once

// Part of class CollatorState: calling the transform.
#include <sheaf/shell/collator_state.hpp>

SHEAF_NAMESPACE_BEGIN

namespace shell {

/// One call of the transform, as executors see it: a move-only `void()` that does not throw. Destroyed unrun, it
/// settles its attempt as failed.
template <class Transform, class Sink, class Executor, class Traits>
class CollatorState<Transform, Sink, Executor, Traits>::TransformTask {
public:
    TransformTask(std::shared_ptr<CollatorState> state, NodeReference node) noexcept
        : state_{std::move(state)}
        , node_{std::move(node)}
        , attempt_{node_->attempt} {}
    TransformTask(TransformTask&&) noexcept = default;
    TransformTask& operator=(TransformTask&& other) noexcept {
        TransformTask taken{std::move(other)};
        std::swap(state_, taken.state_);
        std::swap(node_, taken.node_);
        std::swap(attempt_, taken.attempt_);
        return *this;
    }
    ~TransformTask() {
        if (node_) { state_->drop_task(*node_, attempt_); }
    }

    void operator()() noexcept {
        const std::shared_ptr<CollatorState> state = std::move(state_);
        state->run_transform(std::move(node_), attempt_);
    }

private:
    std::shared_ptr<CollatorState> state_;
    NodeReference node_;
    std::uint32_t attempt_ = 0;
};

/// Starts the transform of a packet that has just been admitted.
/// Throws: what `execute` throws; then the packet is the caller's again, as if it had not come.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::dispatch_admitted(NodeReference node,
                                                                         packet_type& packet) {
    if constexpr (is_inline) {
        run_transform(std::move(node), 1);
        return;
    }
    Node& admitted = *node.get();
    admitted.retain();  // to have it at hand if the task is destroyed
    const NodeReference keep{&admitted};
    const DropMark mark{&admitted, 1};
    SHEAF_TRY {
        TransformTask task{this->shared_from_this(), std::move(node)};
        // In a callback there is no waiting for room, which this thread may have to make.
        if (is_in_callback()) {
            place(std::move(task));
        } else {
            executor().execute(std::move(task));
        }
    }
    SHEAF_CATCH_ALL {
        if (take_back(admitted, packet)) { SHEAF_RETHROW; }
        return;
    }
    if (mark.was_dropped()) { fail(admitted, 1, detail::make_error<BrokenCompletion>()); }
}

/// Undoes an admission whose transform has not been started. False where it has to stand; then the transform has
/// been run here, unless it was settled in the meantime.
template <class Transform, class Sink, class Executor, class Traits>
bool CollatorState<Transform, Sink, Executor, Traits>::take_back(Node& node, packet_type& packet) noexcept {
    bool is_undone = false;
    with_engine(stripe(node.stripe), [&](Engine& engine, Work& work) {
        is_undone = engine.undo(node, packet, now(), work);
        // A drain may have left its resource open because this packet completed it.
        if (is_undone && intake_closed_.load(std::memory_order_seq_cst)) {
            engine.close_unfillable(now(), work);
        }
    });
    if (!is_undone) {
        node.retain();
        run_transform(NodeReference{&node}, 1);
    }
    return is_undone;
}

/// Hands a task that deadlines or `drain` have called for to the executor, without waiting for room if it can.
template <class Transform, class Sink, class Executor, class Traits>
template <class Task>
void CollatorState<Transform, Sink, Executor, Traits>::place(Task task) {
    if constexpr (requires { executor().execute_over_bound(std::move(task)); }) {
        executor().execute_over_bound(std::move(task));
    } else {
        executor().execute(std::move(task));
    }
}

/// Starts the next attempt of a packet.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::dispatch(NodeReference node) noexcept {
    if constexpr (is_inline) {
        const std::uint32_t attempt = node->attempt;
        run_transform(std::move(node), attempt);
        return;
    }
    Node& waiting = *node.get();
    waiting.retain();
    const NodeReference keep{&waiting};
    const std::uint32_t attempt = waiting.attempt;
    const DropMark mark{&waiting, attempt};
    SHEAF_TRY { place(TransformTask{this->shared_from_this(), std::move(node)}); }
    SHEAF_CATCH_ALL {
        fail(waiting, attempt, std::current_exception());
        return;
    }
    if (mark.was_dropped()) { fail(waiting, attempt, detail::make_error<BrokenCompletion>()); }
}

template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::drop_task(Node& node, std::uint32_t attempt) noexcept {
    if (!DropMark::note(&node, attempt)) { fail(node, attempt, detail::make_error<BrokenCompletion>()); }
}

/// Counts a call of an asynchronous transform while it has not returned; others are counted by the budget. Sequentially
/// consistent, like the gate that is looked at within: whoever has closed it and sees no call can destroy the
/// transform.
template <class Transform, class Sink, class Executor, class Traits>
class CollatorState<Transform, Sink, Executor, Traits>::StartingCall {
public:
    explicit StartingCall(Atomic<std::size_t>& count) noexcept
        : count_{count} {
        if constexpr (!SynchronousTransform<transform_type>) {
            count_.fetch_add(1, std::memory_order_seq_cst);
        }
    }
    StartingCall(const StartingCall&) = delete;
    StartingCall& operator=(const StartingCall&) = delete;
    ~StartingCall() {
        if constexpr (!SynchronousTransform<transform_type>) {
            count_.fetch_sub(1, std::memory_order_seq_cst);
        }
    }

private:
    Atomic<std::size_t>& count_;
};

/// Runs one call: on an executor's thread, or on the submitting one.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::run_transform(NodeReference call,
                                                                     std::uint32_t attempt) noexcept {
    Node& node = *call;
    StripeType& home = stripe(node.stripe);
    const Instant began = now();
    if (options_.transform_timeout != Instant::zero()) {
        bool is_wanted = false;
        {
            const Lock lock{home.mutex};
            is_wanted = home.engine.begin(node, attempt, began);
        }
        if (!is_wanted) {
            progress_.notify();
            return;
        }
        arm(core::later(began, options_.transform_timeout));
    }
    const Scope scope{*this, FrameKind::callback};
    const StartingCall starting{starting_};  // ends before what the call has asked for begins
    // Sequentially consistent, like the look at the gate: either this thread sees the gate closed, or the report of
    // whoever has closed it sees the call.
    node.call_began_at.store(began.count(), std::memory_order_seq_cst);
    // After `cancel` has begun, every packet without a chunk has been given up or is about to be.
    if (!is_gate_open() || is_final_.load(std::memory_order_seq_cst)) {
        park(node, attempt);
        return;
    }
    call_transform(std::move(call), attempt);
}

/// The call is not made now: it will be when the gate is open and the timer comes by.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::park(Node& node, std::uint32_t attempt) noexcept {
    node.call_began_at.store(0, std::memory_order_relaxed);
    with_engine(stripe(node.stripe), [&](Engine& engine, Work&) { engine.park(node, attempt, now()); });
}

template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::call_transform(NodeReference call,
                                                                      std::uint32_t attempt) noexcept {
    Node& node = *call;
    const std::span<const std::byte> payload = node.payload_bytes();
    constexpr auto clock = [] { return now(); };
    if constexpr (SynchronousTransform<transform_type>) {
        if constexpr (FillingTransform<transform_type>) {
            // Without a timeout attempts do not overlap, so the memory for the chunk is this call's alone.
            if (options_.transform_timeout == Instant::zero()) {
                SHEAF_TRY { std::as_const(transform()).transform_into(payload, node.chunk.storage()); }
                SHEAF_CATCH_ALL {
                    fail(node, attempt, std::current_exception());
                    return;
                }
                with_engine(stripe(node.stripe),
                            [&](Engine& engine, Work& work) { engine.complete(call, attempt, clock, work); });
                return;
            }
        }
        std::optional<chunk_type> chunk;
        SHEAF_TRY { chunk.emplace(std::as_const(transform())(payload)); }
        SHEAF_CATCH_ALL {
            fail(node, attempt, std::current_exception());
            return;
        }
        with_engine(stripe(node.stripe), [&](Engine& engine, Work& work) {
            engine.complete(call, attempt, std::move(*chunk), clock, work);
        });
    } else {
        const DropMark mark{&node, attempt};
        SHEAF_TRY {
            std::as_const(transform())(payload,
                                       Completion<chunk_type>{this->shared_from_this(), node, attempt});
        }
        SHEAF_CATCH_ALL {
            if (mark.was_dropped()) {
                fail(node, attempt, std::current_exception());
            } else {
                fail_unfinished(node, attempt, std::current_exception());
            }
            return;
        }
        if (mark.was_dropped()) { fail(node, attempt, detail::make_error<BrokenCompletion>()); }
    }
}

template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::transform_succeeded(detail::PayloadOwner& packet,
                                                                           std::uint32_t attempt,
                                                                           chunk_type&& chunk) noexcept {
    Node& node = static_cast<Node&>(packet);
    with_engine(stripe(node.stripe), [&](Engine& engine, Work& work) {
        engine.complete(node, attempt, std::move(chunk), [] { return now(); }, work);
    });
}

template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::transform_threw(detail::PayloadOwner& packet,
                                                                       std::uint32_t attempt,
                                                                       std::exception_ptr error) noexcept {
    fail(static_cast<Node&>(packet), attempt, std::move(error));
}

template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::transform_dropped(detail::PayloadOwner& packet,
                                                                         std::uint32_t attempt) noexcept {
    drop_task(static_cast<Node&>(packet), attempt);
}

template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::fail(Node& node,
                                                            std::uint32_t attempt,
                                                            std::exception_ptr error) noexcept {
    with_engine(stripe(node.stripe), [&](Engine& engine, Work& work) {
        engine.fail(node, attempt, std::move(error), now(), work);
    });
}

/// The call threw, but somebody still holds its completion.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::fail_unfinished(Node& node,
                                                                       std::uint32_t attempt,
                                                                       std::exception_ptr error) noexcept {
    with_engine(stripe(node.stripe), [&](Engine& engine, Work& work) {
        engine.fail_unfinished(node, attempt, std::move(error), now(), work);
    });
}

/// Tells the engine of a stripe something, and carries out what comes of it.
template <class Transform, class Sink, class Executor, class Traits>
template <class Step>
void CollatorState<Transform, Sink, Executor, Traits>::with_engine(StripeType& home, Step&& step) noexcept {
    Work work;
    Instant due = core::never;
    {
        const Lock lock{home.mutex};
        step(home.engine, work);
        due = home.engine.next_check();
    }
    arm(due);
    progress_.notify();
    carry_out(work);
}

/// Does what came out of an engine, on this thread: transforms go to the executor, as long as `until` has not passed
/// (an executor may run them here), and events to the sink.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::carry_out(Work& work, Deadline until) noexcept {
    while (Node* const node = work.dispatch.pop()) {
        NodeReference reference{node};
        if (has_passed(until)) {
            park(*node, node->attempt);
        } else {
            dispatch(std::move(reference));
        }
    }
    deliver(work.deliver);
}

}  // namespace shell

SHEAF_NAMESPACE_END
