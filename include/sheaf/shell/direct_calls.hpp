#pragma once

// Part of class CollatorState: packets whose transform the submitting thread calls, without a task or a node.
#include <sheaf/shell/intake.hpp>

SHEAF_NAMESPACE_BEGIN

namespace shell {

/// Calls the transforms of packets of one stripe, and then tells their engine of all of them under one lock.
/// Precondition: each has been accepted without a node.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::call_directly(std::span<Candidate* const> calls,
                                                                     Instant began) noexcept {
    const Scope scope{*this, FrameKind::callback};
    for (Candidate* const each : calls) { call_directly(*each, began); }
    with_engine(stripe(calls.front()->stripe), [&](Engine& engine, Work& work) {
        for (Candidate* const each : calls) { settle(*each, engine, work); }
    });
    // What a failed call has left behind; no lock is held here.
    for (Candidate* const each : calls) {
        if (each->error != nullptr) { each->scratch->reset(); }
    }
}

template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::call_directly(Candidate& candidate,
                                                                     Instant began) noexcept {
    candidate.direct.begin(began);
    // See run_transform().
    candidate.is_parked = !is_gate_open() || is_final_.load(std::memory_order_seq_cst);
    if (candidate.is_parked) { return; }
    core::ChunkSlot<chunk_type>& chunk = *candidate.scratch;
    SHEAF_TRY {
        if constexpr (FillingTransform<transform_type>) {
            std::as_const(transform()).transform_into(candidate.direct.payload, chunk.storage());
        } else {
            chunk.emplace(std::as_const(transform())(candidate.direct.payload));
        }
    }
    SHEAF_CATCH_ALL { candidate.error = std::current_exception(); }
}

/// Tells the engine what has become of a direct call. Its stripe's lock is held.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::settle(Candidate& candidate,
                                                              Engine& engine,
                                                              Work& work) noexcept {
    auto& call = candidate.direct;
    if (!candidate.is_parked && candidate.error == nullptr) {
        engine.complete_direct(
            call, candidate.stripe, candidate.scratch->storage(), [] { return now(); }, work);
        candidate.scratch->reset();  // keeps little memory, and after `append` there is nothing else
        if (candidate.borrows_scratch) { std::swap(*candidate.scratch, stripe(candidate.stripe).scratch); }
        return;
    }
    const NodeReference node = engine.node_of(call, candidate.stripe);
    if (candidate.is_parked) {
        node->call_began_at.store(0, std::memory_order_relaxed);
        engine.park(*node, 1, now());
    } else {
        // A copy: the exception is not to be destroyed under the lock.
        engine.fail(*node, 1, candidate.error, now(), work);
    }
}

}  // namespace shell

SHEAF_NAMESPACE_END
