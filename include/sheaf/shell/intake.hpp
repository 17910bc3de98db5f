#pragma once

// Part of class CollatorState: submit, one packet.
#include <sheaf/shell/collator_state.hpp>

SHEAF_NAMESPACE_BEGIN

namespace shell {

/// A packet on its way in: what is found out before the lock is taken, and the engine's answer.
template <class Transform, class Sink, class Executor, class Traits>
struct CollatorState<Transform, Sink, Executor, Traits>::Candidate {
    std::uint64_t hash = 0;
    std::uint64_t digest = 0;
    std::uint32_t stripe = 0;
    std::uint16_t position = 0;  // in its batch
    NodeReference node{};        // made before admission, or by it; then with the reference of the first call
    typename Engine::Admission admission{};
    bool is_answered = false;
    bool is_concluded = false;
    typename Engine::DirectCallType direct{};        // the record of an accepted packet without a node
    core::ChunkSlot<chunk_type>* scratch = nullptr;  // memory for its chunk
    bool borrows_scratch = false;                    // that of the stripe, to be given back with the chunk
    bool has_chunk = false;                          // the transform has been called already
    bool is_parked = false;                          // its call was not made
    std::exception_ptr error{};                      // what its call has thrown
    Instant admitted_at{};

    [[nodiscard]] bool found_no_room() const noexcept {
        return admission.outcome == Outcome{Rejection::overloaded};
    }
    /// Accepted, and its transform is to be called without a node.
    [[nodiscard]] bool is_direct() const noexcept { return direct.resource != nullptr && !node; }
};

/// Does what needs no lock, but memory. Throws: `std::bad_alloc`.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::examine(Candidate& candidate,
                                                               const packet_type& packet) const {
    if (packet.payload.is_borrowed() && packet.payload.size() > small_payload) {
        candidate.node = NodeReference{Node::create(packet.payload)};
    }
    if constexpr (Engine::has_digest) { candidate.digest = Traits::digest::of(packet.payload.bytes(), key_); }
}

template <class Transform, class Sink, class Executor, class Traits>
auto CollatorState<Transform, Sink, Executor, Traits>::ask(
    Engine& engine, Candidate& candidate, packet_type& packet, Instant at, Work& work) -> Admission {
    const typename Engine::Arrival arrival{candidate.hash, candidate.digest, candidate.node.get()};
    if constexpr (calls_early) {
        if (candidate.has_chunk) {
            return engine.admit_with_chunk(arrival, packet, at, candidate.direct, candidate.stripe,
                                           candidate.scratch->storage(), work);
        }
    }
    if constexpr (calls_directly) {
        candidate.admitted_at = at;
        return engine.admit_direct(arrival, packet, at, candidate.direct);
    } else {
        return engine.admit(arrival, packet, at);
    }
}

/// Asks the engine, unless there is an answer before that. Its stripe's lock is held.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::admit_locked(
    StripeType& home, Candidate& candidate, packet_type& packet, Instant at, Work& work) {
    if (packet.index < options_.first_index || packet.index > max_index) {
        candidate.admission = {Rejection::index_out_of_range};
    } else if (intake_closed_.load(std::memory_order_seq_cst)) {
        candidate.admission = {Rejection::shutting_down};
    } else {
        candidate.admission = ask(home.engine, candidate, packet, at, work);
        if (Node* const node = candidate.admission.node) {
            node->stripe = candidate.stripe;
            if (!candidate.node) { candidate.node = NodeReference{node}; }
        }
        // Counted before the lock is released, so that whoever closes the intake can wait for it.
        if (candidate.admission.release_receipt) { budget_.begin_delivery(); }
    }
    candidate.is_answered = true;
}

template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::admit(Candidate& candidate, packet_type& packet) {
    StripeType& home = stripe(candidate.stripe);
    const Instant at = now();
    Instant due = core::never;
    Work none;  // its chunk is not at hand
    SHEAF_TRY {
        const Lock lock{home.mutex};
        admit_locked(home, candidate, packet, at, none);
        if constexpr (calls_directly) {
            if (candidate.direct.resource != nullptr) {
                std::swap(*candidate.scratch, home.scratch);
                candidate.borrows_scratch = true;
            }
        }
        due = home.engine.next_check();
    }
    SHEAF_CATCH_ALL {
        progress_.notify();  // what was taken for it, and given back
        SHEAF_RETHROW;
    }
    arm(due);
    if (candidate.admission.grant.has_disturbed) { progress_.notify(); }
}

template <class Transform, class Sink, class Executor, class Traits>
Outcome CollatorState<Transform, Sink, Executor, Traits>::submit(packet_type& packet) {
    const Scope scope{*this, FrameKind::entry};
    core::ChunkSlot<chunk_type> scratch;
    Candidate candidate;
    candidate.scratch = &scratch;
    candidate.hash = hash_(packet.resource_id);
    candidate.stripe = stripe_of(candidate.hash);
    examine(candidate, packet);
    admit(candidate, packet);
    if (candidate.found_no_room()) { wait_for_room(candidate, packet); }
    return conclude(candidate, packet);
}

/// Before anybody is refused: what the stripes' accounts keep spare goes back to the budget.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::make_room_tight() noexcept {
    const std::uint64_t tightened = budget_.tighten();
    if (tightened == 0) { return; }
    // Also where another thread is about to do this: its sweep is not waited for.
    for (auto& each : stripes_) {
        const Lock lock{each->mutex};
        each->engine.sweep();
    }
    budget_.note_sweep(tightened);
}

/// From the engine's last answer to the caller's: starts the transform. Throws: see `dispatch_admitted`.
template <class Transform, class Sink, class Executor, class Traits>
Outcome CollatorState<Transform, Sink, Executor, Traits>::conclude(Candidate& candidate,
                                                                   packet_type& packet) {
    const Outcome outcome = candidate.admission.outcome;
    if (outcome.accepted()) {
        if constexpr (calls_directly) {
            if (candidate.is_direct()) {
                Candidate* const call = &candidate;
                call_directly(std::span{&call, 1}, candidate.admitted_at);
                return outcome;
            }
        }
        dispatch_admitted(std::move(candidate.node), packet);
    } else if (outcome.rejected()) {
        count_rejected(candidate.stripe);
    } else if (candidate.admission.release_receipt) {
        if constexpr (Engine::has_receipts) { give_back_receipt(candidate, packet); }
    }
    return outcome;
}

/// Of a duplicate whose resource has finished.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::give_back_receipt(Candidate& candidate,
                                                                         packet_type& packet) noexcept {
    // A `drain` that has not waited for this has returned, so no callback starts: the receipt stays with the caller.
    if (!is_gate_open()) {
        budget_.end_delivery();
        progress_.notify();
        return;
    }
    // The node that was made for this packet is at hand and has a place for it.
    candidate.node->receipt = std::move(packet.receipt);
    give_back(std::move(candidate.node));
}

template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::count_rejected(std::size_t at) noexcept {
    const Lock lock{stripe(at).mutex};
    stripe(at).engine.count_rejected();
}

/// Why a producer may not wait for room now, or nothing.
template <class Transform, class Sink, class Executor, class Traits>
std::optional<Rejection> CollatorState<Transform, Sink, Executor, Traits>::reason_not_to_wait(
    bool work_in_flight) noexcept {
    if (options_.when_full == WhenFull::reject) { return Rejection::overloaded; }
    if (!work_in_flight) {
        // Only a deadline can make room, and only other producers can fill the gap before it.
        const bool may_wait =
            has_own_timer && !options_.single_producer && earliest_deadline() != core::never;
        if (!may_wait) { return Rejection::stalled; }
    }
    // Where this thread runs a callback, is one of the executor's, or drives executor or timer, it would wait for
    // itself.
    if (is_in_callback() || is_on_executor_thread() || is_manual || !has_own_timer) {
        return Rejection::would_block;
    }
    return std::nullopt;
}

template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::wait_for_room(Candidate& candidate,
                                                                     packet_type& packet) {
    bool was_stalled = false;
    const auto is_decided = [&] {
        make_room_tight();
        // Looked at before the attempt: if nothing was going on before, the attempt has seen all there will be.
        const bool work_in_flight = budget_.has_work_in_flight();
        const bool calls_linger = budget_.has_lingering_calls();
        admit(candidate, packet);
        if (!candidate.found_no_room()) { return true; }
        const bool calls_may_help = calls_linger && candidate.admission.grant.lacks_what_calls_hold;
        const auto reason = reason_not_to_wait(work_in_flight || calls_may_help);
        if (reason.has_value()) {
            candidate.admission.outcome = *reason;
        } else {
            was_stalled = false;
        }
        return reason.has_value();
    };
    // `stalled` only if a second look says the same: the first may have met a room that another thread was just about
    // to give back.
    do {
        static_cast<void>(progress_.wait_until((Deadline::max)(), is_decided));
    } while (candidate.admission.outcome == Outcome{Rejection::stalled} && !std::exchange(was_stalled, true));
}

}  // namespace shell

SHEAF_NAMESPACE_END
