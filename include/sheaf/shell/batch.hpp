#pragma once

// Part of class CollatorState: submit, many packets.
#include <sheaf/detail/prefetch.hpp>
#include <sheaf/shell/direct_calls.hpp>
#include <sheaf/shell/intake.hpp>

#include <algorithm>
#include <chrono>
#include <memory>

SHEAF_NAMESPACE_BEGIN

namespace shell {

/// How many packets are looked at together: enough that a stripe gets many of them, whose memory is asked for at a
/// time.
inline constexpr std::size_t batch_window = 1024;

/// Direct calls are completed together only while they take no longer than this each: what has its chunk waits for the
/// others.
inline constexpr core::Instant quick_call = std::chrono::microseconds{1};

/// Of each payload, how many cache lines are asked for beforehand, at most; the rest follows as it is read.
inline constexpr std::size_t most_prefetched_lines = 4;

/// Up to `Capacity` objects; those that are not needed are not made.
template <class T, std::size_t Capacity>
class InlineList {
public:
    InlineList() noexcept {}  // leaves the memory alone
    InlineList(const InlineList&) = delete;
    InlineList& operator=(const InlineList&) = delete;
    ~InlineList() { std::destroy_n(begin(), size_); }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] T* begin() noexcept { return objects_; }
    [[nodiscard]] T* end() noexcept { return begin() + size_; }
    [[nodiscard]] T& emplace_back() noexcept { return *std::construct_at(begin() + size_++); }
    void pop_back() noexcept { std::destroy_at(begin() + --size_); }

private:
    union {
        T objects_[Capacity];
    };
    std::size_t size_ = 0;
};

/// The packets of one window, stripe by stripe: a list for each stripe, in the order of the window.
template <std::size_t StripeCount>
class StripeLists {
public:
    static constexpr std::uint16_t none = 0xffff;

    StripeLists() noexcept { clear(); }

    void clear() noexcept { first_.fill(none); }
    void append(std::uint32_t stripe, std::size_t position) noexcept {
        const auto place = static_cast<std::uint16_t>(position);
        (first_[stripe] == none ? first_[stripe] : next_[last_[stripe]]) = place;
        last_[stripe] = place;
        next_[position] = none;
    }
    /// The first packet of a stripe, or `none`.
    [[nodiscard]] std::uint16_t first(std::uint32_t stripe) const noexcept { return first_[stripe]; }
    /// The one after `position` in the same stripe, or `none`.
    [[nodiscard]] std::uint16_t after(std::uint16_t position) const noexcept { return next_[position]; }

private:
    std::array<std::uint16_t, StripeCount> first_;
    std::array<std::uint16_t, StripeCount> last_;
    std::array<std::uint16_t, batch_window> next_;
};

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
        , size_{size} {
        state_.swap_scratch(scratch_, size_);
    }
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;
    ~Batch() { state_.swap_scratch(scratch_, size_); }

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

    // Of a packet that has no answer yet.
    static constexpr Outcome open{Rejection::none};

    void take_window() noexcept {
        lists_.clear();
        waiting_count_ = 0;
        for (std::size_t i = 0; i < packets_.size(); ++i) {
            hashes_[i] = state_.hash_(packets_[i].resource_id);
            lists_.append(stripe_of(hashes_[i]), i);
        }
        for (std::uint32_t stripe = 0; stripe < stripe_count; ++stripe) {
            waiting_before_ = waiting_count_;
            std::uint16_t at = lists_.first(stripe);
            while (at != Lists::none && stopped_by_ == Rejection::none) { at = take_group(stripe, at); }
        }
        for (std::size_t i = 0; i < waiting_count_ && stopped_by_ == Rejection::none; ++i) {
            wait_for_room(waiting_[i]);
        }
    }

    /// Takes several packets of one stripe, from `at` on. Returns the first one that it did not look at.
    [[nodiscard]] std::uint16_t take_group(std::uint32_t stripe, std::uint16_t at) noexcept {
        Group group;
        at = gather(group, at);
        admit(group, state_.stripe(stripe));
        start(group);
        return at;
    }

    [[nodiscard]] std::uint16_t gather(Group& group, std::uint16_t at) noexcept {
        SHEAF_TRY {
            for (; at != Lists::none && group.size() < batch_group; at = lists_.after(at)) {
                // The next packet of a resource can be a direct call when the one before has ended.
                if (calls_directly && has_resource(group, hashes_[at])) { break; }
                Candidate& candidate = group.emplace_back();
                prepare(candidate, at);
            }
            return at;
        }
        SHEAF_CATCH_ALL {
            group.pop_back();
            stopped_by_ = Rejection::out_of_memory;
        }
        return Lists::none;
    }

    [[nodiscard]] static bool has_resource(Group& group, std::uint64_t hash) noexcept {
        bool has = false;
        for (const Candidate& each : group) { has |= each.hash == hash; }
        return has;
    }

    void prepare(Candidate& candidate, std::uint16_t at) {
        candidate.position = at;
        candidate.hash = hashes_[at];
        candidate.stripe = stripe_of(candidate.hash);
        const std::span<const std::byte> payload = packets_[at].payload.bytes();
        detail::prefetch(payload.data(), (std::min)(1 + payload.size() / 64, most_prefetched_lines));
        state_.examine(candidate, packets_[at]);
    }

    void admit(Group& group, StripeType& home) noexcept {
        Instant due = core::never;
        bool has_disturbed = false;
        began_ = now();
        {
            const Lock lock{home.mutex};
            for (const Candidate& each : group) { home.engine.prefetch_slot(each.hash); }
            for (const Candidate& each : group) { home.engine.prefetch_resource(each.hash); }
            SHEAF_TRY {
                for (Candidate& each : group) {
                    if (has_to_wait(each.hash)) {
                        each.admission = {Rejection::overloaded};
                        each.is_answered = true;
                    } else {
                        state_.admit_locked(home, each, packets_[each.position], began_);
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
        if (has_disturbed) { state_.progress_.notify(); }
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
            if (calls_directly && each.is_direct()) {
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
        // By the clock of waits: that of the Traits may stand still while a host does not advance it.
        auto begin = Threading::clock::now();
        for (Candidate** at = calls.begin(); at != calls.end();) {
            const auto count = (std::min)(together_, static_cast<std::size_t>(calls.end() - at));
            for (std::size_t i = 0; i < count; ++i) { at[i]->scratch = &scratch_[i]; }
            state_.call_directly(std::span<Candidate* const>{at, count}, began_);
            const auto end = Threading::clock::now();
            const bool is_quick = end - begin <= quick_call * static_cast<Instant::rep>(count);
            together_ = is_quick ? (std::min)(2 * together_, scratch_slots) : 1;
            begin = end;
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
    std::size_t together_ = 1;  // direct calls that are completed together
    Instant began_{};
    std::size_t waiting_count_ = 0;
    std::size_t waiting_before_ = 0;  // of earlier stripes
    Scratch scratch_;
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

/// Takes the memory for the chunks of so many direct calls, and gives it back.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::swap_scratch(Scratch& scratch,
                                                                    std::size_t packets) noexcept {
    if constexpr (calls_directly) {
        const std::size_t count = (std::min)(packets, scratch.size());
        const Lock lock{stripe(0).mutex};
        std::swap_ranges(scratch.data(), scratch.data() + count, scratch_.data());
    } else {
        static_cast<void>(scratch);
        static_cast<void>(packets);
    }
}

}  // namespace shell

SHEAF_NAMESPACE_END
