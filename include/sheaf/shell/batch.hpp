#pragma once

// Part of class CollatorState: submit, many packets.
#include <sheaf/shell/intake.hpp>

#include <algorithm>
#include <memory>

SHEAF_NAMESPACE_BEGIN

namespace shell {

/// How many packets are looked at together: enough that a stripe gets several of them, whose memory is asked for at a
/// time.
inline constexpr std::size_t batch_window = 256;

/// How many calls of the transform may share one look at the clock for when they began.
inline constexpr std::size_t calls_between_clocks = 8;

/// Up to `batch_window` objects; those that are not needed are not made.
template <class T>
class Window {
public:
    Window() noexcept {}  // leaves the memory alone
    Window(const Window&) = delete;
    Window& operator=(const Window&) = delete;
    ~Window() { std::destroy_n(begin(), size_); }

    [[nodiscard]] T& emplace_back() noexcept { return *std::construct_at(begin() + size_++); }
    void pop_back() noexcept { std::destroy_at(begin() + --size_); }
    [[nodiscard]] std::span<T> all() noexcept { return {begin(), size_}; }

private:
    [[nodiscard]] T* begin() noexcept { return objects_; }

    union {
        T objects_[batch_window];
    };
    std::size_t size_ = 0;
};

/// The packets of one window, stripe by stripe: a list for each stripe, in the order of the window.
template <std::size_t StripeCount>
class StripeLists {
public:
    static constexpr std::uint16_t none = 0xffff;

    StripeLists() noexcept { first_.fill(none); }

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

template <class Transform, class Sink, class Executor, class Traits>
BatchOutcome CollatorState<Transform, Sink, Executor, Traits>::submit(std::span<packet_type> packets,
                                                                      std::span<Outcome> outcomes) {
    SHEAF_ASSERT(outcomes.empty() || outcomes.size() >= packets.size(), "sheaf: one Outcome for each packet");
    const Scope scope{*this, FrameKind::entry};
    core::ChunkSlot<chunk_type> scratch;
    swap_scratch(scratch);
    BatchOutcome total;
    total.first_rejected = packets.size();
    Rejection stopped_by = Rejection::none;
    for (std::size_t from = 0; from < packets.size(); from += batch_window) {
        const auto window = packets.subspan(from, (std::min)(batch_window, packets.size() - from));
        std::array<Outcome, batch_window> storage;
        const std::span results{storage.data(), window.size()};
        if (stopped_by == Rejection::none) {
            stopped_by = submit_window(window, results, scratch);
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
    swap_scratch(scratch);
    return total;
}

/// Takes the first stripe's memory for chunks of direct calls, and gives it back.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::swap_scratch(
    core::ChunkSlot<chunk_type>& scratch) noexcept {
    if constexpr (calls_directly) {
        const Lock lock{stripe(0).mutex};
        std::swap(scratch, stripe(0).scratch);
    } else {
        static_cast<void>(scratch);
    }
}

/// Admits the packets of one stripe, from `first` on, under one lock.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::admit_stripe(std::span<Candidate> candidates,
                                                                    std::span<packet_type> packets,
                                                                    const Lists& lists,
                                                                    std::uint16_t first,
                                                                    Instant at) {
    StripeType& home = stripe(candidates[first].stripe);
    Instant due = core::never;
    bool has_disturbed = false;
    {
        const Lock lock{home.mutex};
        for (auto i = first; i != Lists::none; i = lists.after(i)) {
            home.engine.prefetch_slot(candidates[i].hash);
        }
        for (auto i = first; i != Lists::none; i = lists.after(i)) {
            home.engine.prefetch_resource(candidates[i].hash);
        }
        bool is_full = false;
        for (auto i = first; i != Lists::none; i = lists.after(i)) {
            Candidate& candidate = candidates[i];
            // A packet does not overtake one of its own resource that has to wait.
            const auto has_to_wait = [&] {
                for (auto k = first; k != i; k = lists.after(k)) {
                    if (candidates[k].hash == candidate.hash && candidates[k].found_no_room()) {
                        return true;
                    }
                }
                return false;
            };
            if (is_full && has_to_wait()) {
                candidate.admission = {Rejection::overloaded};
                candidate.is_answered = true;
            } else {
                admit_locked(home, candidate, packets[i], at);
            }
            is_full = is_full || candidate.found_no_room();
            has_disturbed = has_disturbed || candidate.admission.grant.has_disturbed;
        }
        due = home.engine.next_check();
    }
    arm(due);
    if (has_disturbed) { progress_.notify(); }
}

/// Submits a window of packets, one lock a stripe. Where an allocation or the executor fails it stops there and
/// says which; the packets that it did not take are untouched. (Where the executor fails while earlier packets
/// have to wait for room, these are not taken either.)
template <class Transform, class Sink, class Executor, class Traits>
Rejection CollatorState<Transform, Sink, Executor, Traits>::submit_window(
    std::span<packet_type> packets,
    std::span<Outcome> outcomes,
    core::ChunkSlot<chunk_type>& scratch) noexcept {
    Window<Candidate> window;
    Rejection stopped_by = Rejection::none;

    SHEAF_TRY {
        for (const packet_type& packet : packets) {
            Candidate& candidate = window.emplace_back();
            candidate.scratch = &scratch;
            examine(candidate, packet);
        }
    }
    SHEAF_CATCH_ALL {
        window.pop_back();
        stopped_by = Rejection::out_of_memory;
    }

    const std::span candidates = window.all();
    const std::size_t examined = candidates.size();
    Lists lists;
    for (std::size_t i = 0; i < examined; ++i) { lists.append(candidates[i].stripe, i); }
    SHEAF_TRY {
        const Instant at = now();
        for (std::uint32_t i = 0; i < stripe_count; ++i) {
            if (lists.first(i) != Lists::none) {
                admit_stripe(candidates, packets, lists, lists.first(i), at);
            }
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
        for (std::size_t i = 0; Engine::has_receipts && i < answered; ++i) {
            if (!candidates[i].admission.release_receipt) { continue; }
            outcomes[i] = conclude(candidates[i], packets[i]);
            candidates[i].is_concluded = true;
        }
        std::size_t waiting = 0;
        Instant began = now();
        failure = Rejection::executor_failed;
        for (std::size_t i = 0; i < answered; ++i) {
            Candidate& candidate = candidates[i];
            if (candidate.is_concluded) { continue; }
            if (candidate.found_no_room()) {
                ++waiting;
                continue;
            }
            if (calls_directly && i % calls_between_clocks == calls_between_clocks - 1) { began = now(); }
            candidate.admitted_at = began;
            outcomes[i] = conclude(candidate, packets[i]);
            candidate.is_concluded = true;
        }
        for (std::size_t i = 0; waiting != 0 && i < answered; ++i) {
            Candidate& candidate = candidates[i];
            if (candidate.is_concluded) { continue; }
            failure = Rejection::out_of_memory;
            wait_for_room(candidate, packets[i]);
            failure = Rejection::executor_failed;
            outcomes[i] = conclude(candidate, packets[i]);
            candidate.is_concluded = true;
            --waiting;
        }
    }
    SHEAF_CATCH_ALL { stopped_by = failure; }

    // Only after a failure is anything left. What is admitted goes back where that is possible; where it is not, its
    // transform runs here.
    for (std::size_t i = 0; i < packets.size(); ++i) {
        if (i < examined && candidates[i].is_concluded) { continue; }
        // Without its node an accepted packet is the one whose start has failed.
        const bool is_open = i < examined && candidates[i].is_answered &&
                             (candidates[i].node || candidates[i].direct.resource != nullptr ||
                              !candidates[i].admission.outcome.accepted());
        const Outcome answer = is_open ? candidates[i].admission.outcome : Outcome{stopped_by};
        if (answer.rejected() || (answer.accepted() && take_back(candidates[i], packets[i]))) {
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
