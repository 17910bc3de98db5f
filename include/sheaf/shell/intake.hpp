#pragma once

// Part of class CollatorState: submit, one and many.
#include <sheaf/shell/collator_state.hpp>

#include <algorithm>

SHEAF_NAMESPACE_BEGIN

namespace shell {

/// A packet on its way in: what is found out before the lock is taken, and the engine's answer.
template <class Transform, class Sink, class Executor, class Traits>
struct CollatorState<Transform, Sink, Executor, Traits>::Candidate {
    std::uint64_t hash = 0;
    std::uint32_t stripe = 0;
    NodeReference node{};  // of an accepted packet: the reference of its first call
    typename Engine::Admission admission{};
    bool is_answered = false;
    bool is_concluded = false;

    [[nodiscard]] bool found_no_room() const noexcept {
        return admission.outcome == Outcome{Rejection::overloaded};
    }
};

template <class Transform, class Sink, class Executor, class Traits>
auto CollatorState<Transform, Sink, Executor, Traits>::examine(const packet_type& packet) const -> Candidate {
    Candidate candidate;
    candidate.hash = hash_(packet.resource_id);
    candidate.stripe = stripe_of(candidate.hash);
    candidate.node = NodeReference{Node::create(packet.payload)};
    candidate.node->stripe = candidate.stripe;
    if constexpr (Engine::has_digest) {
        candidate.node->digest = Traits::digest::of(packet.payload.bytes(), key_);
    }
    return candidate;
}

/// Asks the engine. Its stripe's lock is held.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::admit_locked(StripeType& home,
                                                                    Candidate& candidate,
                                                                    packet_type& packet) {
    if (packet.index < options_.first_index || packet.index > max_index) {
        candidate.admission = {Rejection::index_out_of_range};
    } else if (intake_closed_.load(std::memory_order_seq_cst)) {
        candidate.admission = {Rejection::shutting_down};
    } else {
        candidate.admission = home.engine.admit(*candidate.node, candidate.hash, packet, now());
        // Counted before the lock is released, so that whoever closes the intake can wait for it.
        if (candidate.admission.release_receipt) { budget_.begin_delivery(); }
    }
    candidate.is_answered = true;
}

template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::admit(Candidate& candidate, packet_type& packet) {
    StripeType& home = stripe(candidate.stripe);
    Instant due = core::never;
    {
        const Lock lock{home.mutex};
        admit_locked(home, candidate, packet);
        due = home.engine.next_check();
    }
    arm(due);
    if (candidate.admission.grant.has_disturbed) { progress_.notify(); }
}

template <class Transform, class Sink, class Executor, class Traits>
Outcome CollatorState<Transform, Sink, Executor, Traits>::submit(packet_type& packet) {
    const Scope scope{*this, FrameKind::entry};
    Candidate candidate = examine(packet);
    admit(candidate, packet);
    if (candidate.found_no_room()) { wait_for_room(candidate, packet); }
    return conclude(candidate, packet);
}

/// From the engine's last answer to the caller's: starts the transform. Throws: see `dispatch_admitted`.
template <class Transform, class Sink, class Executor, class Traits>
Outcome CollatorState<Transform, Sink, Executor, Traits>::conclude(Candidate& candidate,
                                                                   packet_type& packet) {
    const Outcome outcome = candidate.admission.outcome;
    if (outcome.accepted()) {
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

// --- Many ----------------------------------------------------------------------------------------------------------

/// How many packets are looked at together.
inline constexpr std::size_t batch_window = 64;

template <class Transform, class Sink, class Executor, class Traits>
BatchOutcome CollatorState<Transform, Sink, Executor, Traits>::submit(std::span<packet_type> packets,
                                                                      std::span<Outcome> outcomes) {
    SHEAF_ASSERT(outcomes.empty() || outcomes.size() >= packets.size(), "sheaf: one Outcome for each packet");
    const Scope scope{*this, FrameKind::entry};
    BatchOutcome total;
    total.first_rejected = packets.size();
    Rejection stopped_by = Rejection::none;
    for (std::size_t from = 0; from < packets.size(); from += batch_window) {
        const auto window = packets.subspan(from, (std::min)(batch_window, packets.size() - from));
        std::array<Outcome, batch_window> storage;
        const std::span results{storage.data(), window.size()};
        if (stopped_by == Rejection::none) {
            stopped_by = submit_window(window, results);
        } else {
            for (Outcome& result : results) {
                result = stopped_by;
                count_rejected(0);
            }
        }
        for (std::size_t i = 0; i < window.size(); ++i) {
            total.count(results[i], from + i);
            if (!outcomes.empty()) { outcomes[from + i] = results[i]; }
        }
    }
    return total;
}

/// Admits all packets of one stripe, under one lock.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::admit_stripe(std::span<Candidate> candidates,
                                                                    std::span<packet_type> packets,
                                                                    std::uint32_t at) {
    StripeType& home = stripe(at);
    Instant due = core::never;
    {
        const Lock lock{home.mutex};
        bool is_full = false;
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            Candidate& candidate = candidates[i];
            if (candidate.stripe != at || candidate.is_answered) { continue; }
            const auto waits_before = [&](const Candidate& earlier) {
                return earlier.hash == candidate.hash && earlier.is_answered && earlier.found_no_room();
            };
            // A packet does not overtake one of its own resource that has to wait.
            if (is_full && std::any_of(candidates.begin(),
                                       candidates.begin() + static_cast<std::ptrdiff_t>(i), waits_before)) {
                candidate.admission = {Rejection::overloaded};
                candidate.is_answered = true;
            } else {
                admit_locked(home, candidate, packets[i]);
            }
            is_full = is_full || candidate.found_no_room();
        }
        due = home.engine.next_check();
    }
    arm(due);
    if (std::any_of(candidates.begin(), candidates.end(),
                    [](const Candidate& each) { return each.admission.grant.has_disturbed; })) {
        progress_.notify();
    }
}

/// Submits a window of packets, one lock a stripe. Where an allocation or the executor fails it stops there and
/// says which; the packets that it did not take are untouched. (Where the executor fails while earlier packets
/// have to wait for room, these are not taken either.)
template <class Transform, class Sink, class Executor, class Traits>
Rejection CollatorState<Transform, Sink, Executor, Traits>::submit_window(
    std::span<packet_type> packets, std::span<Outcome> outcomes) noexcept {
    std::array<Candidate, batch_window> storage;
    Rejection stopped_by = Rejection::none;

    std::size_t examined = 0;
    SHEAF_TRY {
        while (examined < packets.size()) {
            storage[examined] = examine(packets[examined]);
            ++examined;
        }
    }
    SHEAF_CATCH_ALL { stopped_by = Rejection::out_of_memory; }

    const std::span candidates{storage.data(), examined};
    SHEAF_TRY {
        for (Candidate& candidate : candidates) {
            if (!candidate.is_answered) { admit_stripe(candidates, packets, candidate.stripe); }
        }
    }
    SHEAF_CATCH_ALL { stopped_by = Rejection::out_of_memory; }

    // Up to where memory ran out: first all that found room, then those that have to wait for some, because a packet
    // whose transform is not started yet would be waited for.
    const auto first_unanswered = std::find_if(candidates.begin(), candidates.end(),
                                               [](const Candidate& each) { return !each.is_answered; });
    const auto answered = static_cast<std::size_t>(first_unanswered - candidates.begin());
    Rejection failure = Rejection::none;
    SHEAF_TRY {
        // Before anything that may wait: until these receipts are back, `cancel` waits for them.
        for (std::size_t i = 0; i < answered; ++i) {
            if (!candidates[i].admission.release_receipt) { continue; }
            outcomes[i] = conclude(candidates[i], packets[i]);
            candidates[i].is_concluded = true;
        }
        for (const bool waits : {false, true}) {
            for (std::size_t i = 0; i < answered; ++i) {
                Candidate& candidate = candidates[i];
                if (candidate.is_concluded || candidate.found_no_room() != waits) { continue; }
                failure = Rejection::out_of_memory;
                if (waits) { wait_for_room(candidate, packets[i]); }
                failure = Rejection::executor_failed;
                outcomes[i] = conclude(candidate, packets[i]);
                candidate.is_concluded = true;
            }
        }
    }
    SHEAF_CATCH_ALL { stopped_by = failure; }

    // Only after a failure is anything left. What is admitted goes back where that is possible; where it is not, its
    // transform runs here.
    for (std::size_t i = 0; i < packets.size(); ++i) {
        if (i < examined && candidates[i].is_concluded) { continue; }
        const bool is_open = i < examined && candidates[i].is_answered && candidates[i].node;
        const Outcome answer = is_open ? candidates[i].admission.outcome : Outcome{stopped_by};
        if (answer.rejected() || (answer.accepted() && take_back(*candidates[i].node, packets[i]))) {
            outcomes[i] = stopped_by;
            count_rejected(0);
        } else if (answer.accepted()) {
            outcomes[i] = answer;
        } else {
            outcomes[i] = conclude(candidates[i], packets[i]);  // starts nothing, so it cannot fail
        }
    }
    return stopped_by;
}

}  // namespace shell

SHEAF_NAMESPACE_END
