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
    // All are settled at one time.
    std::optional<Instant> at;
    const auto once = [&at] {
        if (!at.has_value()) { at = now(); }
        return *at;
    };
    with_engine(stripe(calls.front()->stripe), [&](Engine& engine, Work& work) {
        for (Candidate* const each : calls) { settle(*each, engine, once, work); }
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
    SHEAF_TRY { fill(*candidate.scratch, candidate.direct.payload); }
    SHEAF_CATCH_ALL { candidate.error = std::current_exception(); }
}

/// Calls a pure transform before its packet is admitted; then both are done under one lock. Where that is of no use, or
/// the call fails, the packet goes the ordinary way, which calls it again.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::call_early(Candidate& candidate,
                                                                  const packet_type& packet) noexcept {
    if (!packet.payload.is_borrowed() || packet.payload.size() > Engine::direct_payload) { return; }
    SHEAF_TRY {
        fill(*candidate.scratch, packet.payload.bytes());
        candidate.has_chunk = true;
    }
    SHEAF_CATCH_ALL { candidate.scratch->reset(); }
}

template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::fill(core::ChunkSlot<chunk_type>& slot,
                                                            std::span<const std::byte> payload) {
    if constexpr (FillingTransform<transform_type>) {
        std::as_const(transform()).transform_into(payload, slot.storage());
    } else {
        slot.emplace(std::as_const(transform())(payload));
    }
}

/// Tells the engine what has become of a direct call. Its stripe's lock is held.
template <class Transform, class Sink, class Executor, class Traits>
template <class Now>
void CollatorState<Transform, Sink, Executor, Traits>::settle(Candidate& candidate,
                                                              Engine& engine,
                                                              const Now& now,
                                                              Work& work) noexcept {
    auto& call = candidate.direct;
    if (!candidate.is_parked && candidate.error == nullptr) {
        engine.complete_direct(call, candidate.stripe, candidate.scratch->storage(), now, work);
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
