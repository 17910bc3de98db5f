#pragma once

// Part of class CollatorState: submit, many packets.
#include <sheaf/detail/prefetch.hpp>
#include <sheaf/shell/batch_lists.hpp>
#include <sheaf/shell/direct_calls.hpp>
#include <sheaf/shell/intake.hpp>

#include <algorithm>
#include <chrono>
#include <memory>

SHEAF_NAMESPACE_BEGIN

namespace shell {

/// Direct calls are completed together only while they take no longer than this each: what has its chunk waits for the
/// others.
inline constexpr core::Instant quick_call = std::chrono::microseconds{1};

/// Of each payload, how many cache lines are asked for beforehand, at most; the rest follows as it is read.
inline constexpr std::size_t most_prefetched_lines = 4;

/// One call of `submit` for many packets.
///
/// They are looked at in windows. Of a window, the packets of one stripe are taken in groups: admitted under one lock,
/// started, and where these are direct calls, completed under one lock. What finds no room has to wait until all others
/// of the window have been started, because a packet that is not started would be waited for.
///
/// Where an allocation or the executor fails it stops: what it has not taken by then is untouched.
template <class Transform, class Sink, class Executor, class Traits>
class CollatorState<Transform, Sink, Executor, Traits>::Batch {
public:
    Batch(CollatorState& state, std::size_t size) noexcept
        : state_{state}
        , size_{size}
        , is_early_{calls_early && state.stripe(0).engine.takes_chunks()} {
        state_.swap_scratch(scratch_, spares_, size_);
    }
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;
    ~Batch() { state_.swap_scratch(scratch_, spares_, size_); }

    /// Submits a window of it. `outcomes`: one for each packet.
    void submit(std::span<packet_type> packets, std::span<Outcome> outcomes) noexcept {
        packets_ = packets;
        outcomes_ = outcomes;
        std::fill(outcomes.begin(), outcomes.end(), open);
        if (stopped_by_ == Rejection::none) { take_window(); }
        if (stopped_by_ == Rejection::none) { return; }
        for (Outcome& outcome : outcomes) {
            if (outcome != open) { continue; }
            outcome = stopped_by_;
            state_.count_rejected(0);
        }
    }

private:
    using Group = InlineList<Candidate, batch_group>;
    using Calls = InlineList<Candidate*, batch_group>;
    using Lists = StripeLists<stripe_count>;

    // So many packets are left for the next group before this one is complete as it is: a batch of few resources would
    // be looked through for each of its packets.
    static constexpr std::size_t most_skipped = 8;
    // Of a packet that has no answer yet.
    static constexpr Outcome open{Rejection::none};

    void take_window() noexcept {
        lists_.clear();
        waiting_count_ = 0;
        for (std::size_t i = 0; i < packets_.size(); ++i) {
            hashes_[i] = state_.hash_(packets_[i].resource_id);
            lists_.append(stripe_of(hashes_[i]), i);
        }
        // Batches of several threads begin at stripes of their own: else they would meet at each.
        const std::uint32_t begin = packets_.empty() ? 0 : stripe_of(hashes_[0]);
        for (std::uint32_t i = 0; i < stripe_count; ++i) {
            const auto stripe = static_cast<std::uint32_t>((begin + i) % stripe_count);
            waiting_before_ = waiting_count_;
            while (lists_.first(stripe) != Lists::none && stopped_by_ == Rejection::none) {
                take_group(stripe);
            }
        }
        for (std::size_t i = 0; i < waiting_count_ && stopped_by_ == Rejection::none; ++i) {
            wait_for_room(waiting_[i]);
        }
    }

    /// Takes several packets of one stripe off its list.
    void take_group(std::uint32_t stripe) noexcept {
        Group group;
        gather(group, stripe);
        if constexpr (calls_early) {
            if (is_early_) {
                prefetch_resources(group, state_.stripe(stripe));
                call_early(group);
            }
        }
        admit(group, state_.stripe(stripe));
        start(group);
        exchange_spares(state_.stripe(stripe));
        if constexpr (calls_early) {
            // What `append` has only copied, and chunks in vain; no lock is held here.
            for (Candidate& each : group) {
                if (each.has_chunk) { each.scratch->reset(); }
            }
        }
    }

    void gather(Group& group, std::uint32_t stripe) noexcept {
        const std::size_t most = is_early_ ? together_ : batch_group;
        HashSketch gathered;
        std::uint16_t left = Lists::none;  // the last one that stays in the list
        std::size_t skipped = 0;
        std::uint16_t ahead = lists_.first(stripe);
        for (int i = 0; i < 3 && ahead != Lists::none; ++i) { ahead = lists_.after(ahead); }
        SHEAF_TRY {
            for (std::uint16_t at = lists_.first(stripe); at != Lists::none && group.size() < most;) {
                const std::uint16_t next = lists_.after(at);
                // A window of packets does not fit into the first cache.
                if (ahead != Lists::none) {
                    detail::prefetch(&packets_[ahead], 1 + sizeof(packet_type) / 64);
                    ahead = lists_.after(ahead);
                }
                // The next packet of a resource waits until the one before has ended: then it comes in order.
                if (calls_directly && !is_early_ && gathered.may_have(hashes_[at])) {
                    if (++skipped == most_skipped) { break; }
                    left = at;
                } else {
                    prepare(group.emplace_back(), at);
                    gathered.insert(hashes_[at]);
                    lists_.remove_after(left, stripe, next);
                }
                at = next;
            }
        }
        SHEAF_CATCH_ALL {
            group.pop_back();
            stopped_by_ = Rejection::out_of_memory;
        }
    }

    void prepare(Candidate& candidate, std::uint16_t at) {
        candidate.position = at;
        candidate.hash = hashes_[at];
        candidate.stripe = stripe_of(candidate.hash);
        const std::span<const std::byte> payload = packets_[at].payload.bytes();
        detail::prefetch(payload.data(), (std::min)(1 + payload.size() / 64, most_prefetched_lines));
        state_.examine(candidate, packets_[at]);
    }

    /// Calls the transform for all of the group.
    void call_early(Group& group) noexcept {
        const Scope scope{state_, FrameKind::callback};
        pace_began_ = Threading::clock::now();
        std::size_t i = 0;
        for (Candidate& each : group) {
            each.scratch = &scratch_[i++];
            state_.call_early(each, packets_[each.position]);
        }
        keep_pace(group.size());
    }

    /// Groups whose calls are made together grow while these are quick.
    void keep_pace(std::size_t calls) noexcept {
        // By the clock of waits: that of the Traits may stand still while a host does not advance it.
        const auto end = Threading::clock::now();
        const bool is_quick = end - pace_began_ <= quick_call * static_cast<Instant::rep>(calls);
        together_ = is_quick ? (std::min)(2 * together_, scratch_slots) : 1;
        pace_began_ = end;
    }

    void admit(Group& group, StripeType& home) noexcept {
        Work work;
        Instant due = core::never;
        bool has_disturbed = false;
        began_ = now();
        {
            const Lock lock{home.mutex};
            home.engine.exchange_spares(spares_);
            if (!is_early_) { prefetch_resources(group, home.engine); }
            prefetch_activities(group, home.engine);
            SHEAF_TRY {
                for (Candidate& each : group) {
                    if (has_to_wait(each.hash)) {
                        each.admission = {Rejection::overloaded};
                        each.is_answered = true;
                    } else {
                        state_.admit_locked(home, each, packets_[each.position], began_, work);
                    }
                    if (each.found_no_room()) { waiting_[waiting_count_++] = each.position; }
                    has_disturbed = has_disturbed || each.admission.grant.has_disturbed;
                }
            }
            SHEAF_CATCH_ALL {
                stopped_by_ = Rejection::out_of_memory;
                has_disturbed = true;  // what was taken for it, and given back
            }
            due = home.engine.next_check();
        }
        state_.arm(due);
        if (has_disturbed || is_early_) { state_.progress_.notify(); }
        state_.carry_out(work);
    }

    /// What this batch has used again and again so far stays with it; the stripe has its own back.
    void exchange_spares(StripeType& home) noexcept {
        const Lock lock{home.mutex};
        home.engine.exchange_spares(spares_);
    }

    /// Asks for the memory that admission will read, of all of the group at a time.
    static void prefetch_resources(Group& group, Engine& engine) noexcept {
        for (const Candidate& each : group) { engine.prefetch_slot(each.hash); }
        for (const Candidate& each : group) { engine.prefetch_resource(each.hash); }
    }
    /// The same under a lock of its own, so that it comes while the transforms are being called.
    static void prefetch_resources(Group& group, StripeType& home) noexcept {
        const Lock lock{home.mutex};
        prefetch_resources(group, home.engine);
    }

    /// Asks for the rest of it: for packets out of their turn that is the place among the pending ones, too.
    void prefetch_activities(Group& group, Engine& engine) const noexcept {
        std::array<const typename Engine::ResourceType::Pending*, batch_group> pending;
        std::size_t i = 0;
        for (const Candidate& each : group) { pending[i++] = engine.prefetch_activity(each.hash); }
        const auto for_each_pending = [&](auto&& ask) {
            std::size_t at = 0;
            for (const Candidate& each : group) {
                if (pending[at] != nullptr) { ask(*pending[at], packets_[each.position].index); }
                ++at;
            }
        };
        for_each_pending([](const auto& sequence, std::uint64_t index) { sequence.prefetch(index); });
        for_each_pending([](const auto& sequence, std::uint64_t index) { sequence.prefetch_further(index); });
    }

    /// A packet does not overtake one of its own resource that has to wait.
    [[nodiscard]] bool has_to_wait(std::uint64_t hash) const noexcept {
        for (std::size_t i = waiting_before_; i < waiting_count_; ++i) {
            if (hashes_[waiting_[i]] == hash) { return true; }
        }
        return false;
    }

    /// Starts the transforms of those that were accepted.
    void start(Group& group) noexcept {
        // Before anything that may wait: until these receipts are back, `cancel` waits for them.
        for (Candidate& each : group) {
            if (Engine::has_receipts && each.admission.release_receipt) { conclude(each); }
        }
        Calls calls;
        for (Candidate& each : group) {
            if (!each.is_answered || each.is_concluded || each.found_no_room()) { continue; }
            if (each.has_chunk && each.admission.outcome.accepted() && !each.node) {
                outcomes_[each.position] = each.admission.outcome;
            } else if (calls_directly && each.is_direct()) {
                outcomes_[each.position] = each.admission.outcome;
                calls.emplace_back() = &each;
            } else if (stopped_by_ == Rejection::executor_failed) {
                take_back(each);
            } else {
                conclude(each);
            }
        }
        if constexpr (calls_directly) { call(calls); }
    }

    void conclude(Candidate& candidate) noexcept {
        SHEAF_TRY {
            outcomes_[candidate.position] = state_.conclude(candidate, packets_[candidate.position]);
            candidate.is_concluded = true;
        }
        SHEAF_CATCH_ALL { stopped_by_ = Rejection::executor_failed; }
    }

    /// What is admitted goes back where that is possible; where it is not, its transform runs here.
    void take_back(Candidate& candidate) noexcept {
        packet_type& packet = packets_[candidate.position];
        if (!candidate.admission.outcome.accepted()) {
            conclude(candidate);  // starts nothing, so it cannot fail
        } else if (!state_.take_back(*candidate.node, packet)) {
            outcomes_[candidate.position] = candidate.admission.outcome;
        }
    }

    /// Makes the direct calls of a group, as many together as pays: more from time to time while they are quick, one by
    /// one when they are not.
    void call(Calls& calls) noexcept {
        pace_began_ = Threading::clock::now();
        for (Candidate** at = calls.begin(); at != calls.end();) {
            const auto count = (std::min)(together_, static_cast<std::size_t>(calls.end() - at));
            for (std::size_t i = 0; i < count; ++i) { at[i]->scratch = &scratch_[i]; }
            state_.call_directly(std::span<Candidate* const>{at, count}, began_);
            keep_pace(count);
            began_ = now();
            at += count;
        }
    }

    void wait_for_room(std::uint16_t at) noexcept {
        Candidate candidate;
        if constexpr (calls_directly) { candidate.scratch = scratch_.data(); }
        Rejection failure = Rejection::out_of_memory;
        SHEAF_TRY {
            prepare(candidate, at);
            state_.wait_for_room(candidate, packets_[at]);
            failure = Rejection::executor_failed;
            outcomes_[at] = state_.conclude(candidate, packets_[at]);
        }
        SHEAF_CATCH_ALL { stopped_by_ = failure; }
    }

    CollatorState& state_;
    std::size_t size_;
    std::span<packet_type> packets_{};
    std::span<Outcome> outcomes_{};
    Rejection stopped_by_ = Rejection::none;
    bool is_early_;             // transforms are called before admission
    std::size_t together_ = 1;  // direct calls that are completed together
    Deadline pace_began_{};
    Instant began_{};
    std::size_t waiting_count_ = 0;
    std::size_t waiting_before_ = 0;  // of earlier stripes
    Scratch scratch_;
    Spares spares_;
    Lists lists_;
    std::array<std::uint64_t, batch_window> hashes_;   // these two: as far as they are needed
    std::array<std::uint16_t, batch_window> waiting_;  // packets for which there was no room
};

template <class Transform, class Sink, class Executor, class Traits>
BatchOutcome CollatorState<Transform, Sink, Executor, Traits>::submit(std::span<packet_type> packets,
                                                                      std::span<Outcome> outcomes) {
    SHEAF_ASSERT(outcomes.empty() || outcomes.size() >= packets.size(), "sheaf: one Outcome for each packet");
    const Scope scope{*this, FrameKind::entry};
    BatchOutcome total;
    total.first_rejected = packets.size();
    Batch batch{*this, packets.size()};
    std::array<Outcome, batch_window> storage;
    for (std::size_t from = 0; from < packets.size(); from += batch_window) {
        const auto window = packets.subspan(from, (std::min)(batch_window, packets.size() - from));
        const std::span results = outcomes.empty() ? std::span{storage}.first(window.size())
                                                   : outcomes.subspan(from, window.size());
        batch.submit(window, results);
        for (std::size_t i = 0; i < window.size(); ++i) { total.count(results[i], from + i); }
    }
    return total;
}

/// Takes the memory for the chunks of so many direct calls, and what is spare of former batches, and gives it back.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::swap_scratch(Scratch& scratch,
                                                                    Spares& spares,
                                                                    std::size_t packets) noexcept {
    const Lock lock{stripe(0).mutex};
    spares.swap(spares_);
    if constexpr (calls_directly) {
        const std::size_t count = (std::min)(packets, scratch.size());
        std::swap_ranges(scratch.data(), scratch.data() + count, scratch_.data());
    } else {
        static_cast<void>(scratch);
        static_cast<void>(packets);
    }
}

}  // namespace shell

SHEAF_NAMESPACE_END
