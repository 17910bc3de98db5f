#pragma once

#include "event_log.hpp"
#include "life.hpp"
#include "plan.hpp"

#include <sheaf/events.hpp>
#include <sheaf/outcome.hpp>
#include <sheaf/statistics.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace simulation {

/// What the outside world knows for sure, from what it was told: the promises are checked against this and nothing
/// else. It does not say what a collator must answer, only what it may not.
class Ledger {
public:
    Ledger(const Plan& plan, EventLog& log)
        : options_{plan.options}
        , log_{log}
        // An attempt that timed out, or whose task was lost, has failed without the world knowing of it.
        , has_hidden_failures_{plan.options.transform_timeout.count() != 0 || plan.executor_drops != 0 ||
                               plan.executor_refuses != 0} {}

    /// The first broken promise, or empty.
    [[nodiscard]] const std::string& violation() const noexcept { return violation_; }
    void violate(const std::string& what) {
        if (violation_.empty()) {
            violation_ = what;
            log_.close(what);
        }
    }
    void require(bool holds, const char* what) {
        if (!holds) { violate(what); }
    }

    // --- Packets -------------------------------------------------------------------------------------------------

    /// Before `submit`: its events may come before its answer.
    void announce(Submission& submission) {
        submission.intake_was_open = !intake_closed;
        announced_.push_back(&submission);
    }
    void withdraw(const Submission& submission) {
        announced_.erase(std::find(announced_.begin(), announced_.end(), &submission));
    }

    /// After it.
    void answered(Submission& submission, sheaf::Outcome outcome, Instant now) {
        withdraw(submission);
        const auto current = lives_.find(submission.id);
        const bool is_open = current != lives_.end();
        // In a batch the answer may be about a life that has ended since, and another one begun.
        const auto holds_of_a_life = [&](auto&& predicate) {
            const std::vector<Life>& finished = finished_[submission.id];
            const auto candidates =
                submission.in_batch || finished.empty() ? finished.begin() : finished.end() - 1;
            return (is_open && predicate(current->second)) ||
                   std::any_of(candidates, finished.end(), predicate);
        };
        const auto has_it = [&](const Life& life) { return life.packets.contains(submission.index); };
        // Of a finished one with too many gaps only what came before the first is remembered.
        const auto may_lack_it = [&](const Life& life) {
            const bool may_be_forgotten =
                !life.event.empty() && life.gap(options_.first_index) < submission.index;
            return submission.in_batch || !has_it(life) || may_be_forgotten;
        };
        switch (outcome.verdict()) {
        case sheaf::Verdict::accepted:
            if (!submission.entered) { enter(submission, now); }
            return;
        case sheaf::Verdict::duplicate:
            require(holds_of_a_life(has_it), "duplicate of nothing");
            if (!submission.released && is_open) {
                owed_[submission.content] = {submission.id, current->second.number};
            } else if (!submission.released && submission.from_sink) {
                deferred_.insert(submission.content);
            } else {
                require(submission.released,
                        "the receipt of a finished resource's duplicate did not come back at once");
            }
            break;
        case sheaf::Verdict::conflict:
            require(holds_of_a_life([&](const Life& life) {
                        return may_lack_it(life) && life.contradicts(submission.index, submission.last);
                    }),
                    "conflict with nothing");
            break;
        case sheaf::Verdict::late:
            require(
                holds_of_a_life([&](const Life& life) { return may_lack_it(life) && !life.is_completed; }),
                "late for nothing");
            if (is_open && !submission.in_batch) { current->second.answered_late = true; }
            break;
        case sheaf::Verdict::rejected:
            require(outcome.reason() != sheaf::Rejection::none, "rejected without a reason");
            require(outcome.reason() == sheaf::Rejection::shutting_down ? intake_closed || cancelled
                                                                        : submission.intake_was_open,
                    "shutting_down is the answer after drain and cancel, and only then");
            break;
        }
        require(!submission.entered, "in an event, but not accepted");
        require(outcome.verdict() == sheaf::Verdict::duplicate || !submission.released,
                "receipt taken and refused");
    }

    // --- Events --------------------------------------------------------------------------------------------------

    template <class Event>
    void arrived(const Event& event, Instant now) {
        require(!quiet, "an event after drain or cancel had returned");
        constexpr bool is_completed = std::is_same_v<Event, Completed>;
        enter_announced(event, now);
        const auto found = lives_.find(event.id);
        if (found == lives_.end()) {
            violate("an event of a resource that has none to come");
            return;
        }
        Life& life = found->second;
        std::string text = text_of(event);
        if (!life.event.empty()) {
            require(life.event == text, "another attempt brought another event");
            ++repeats;
            return;
        }
        require(delivery_ids_.insert(event.delivery_id()).second, "a delivery id came twice");
        life.event = std::move(text);
        life.is_completed = is_completed;
        require(event.packets == life.packets.size(), "the event counts other packets");
        if constexpr (is_completed) {
            check_completed(event, life);
        } else {
            check_incomplete(event, life, now);
        }
    }

    /// The sink's owner answers that an event has arrived. While nothing may start, that is acted upon later, with the
    /// resource's first receipt; after `cancel` its receipts do not come back.
    void answered(std::uint64_t id) {
        if (!quiet) {
            taken(id, false);
        } else if (!cancelled) {
            answered_in_quiet_.insert(id);
        } else {
            std::erase_if(owed_, [id](const auto& owed) { return owed.second.first == id; });
            taken(id, false);
        }
    }

    /// The sink has taken the event, or the dead letter has.
    void taken(std::uint64_t id, bool dead_lettered) {
        const auto found = lives_.find(id);
        if (found == lives_.end()) {
            violate("an event was delivered twice");
            return;
        }
        Life& life = found->second;
        (!dead_lettered && life.is_completed ? delivered : side_channel) += life.volume();
        ++(dead_lettered ? dead_letters : life.is_completed ? completed : incomplete);
        finished_[id].push_back(std::move(life));
        lives_.erase(found);
    }

    void released(std::uint32_t receipt) {
        require(!quiet, "a receipt after drain or cancel had returned");
        if (deferred_.erase(receipt) != 0) { return; }
        if (const auto owed = owed_.find(receipt); owed != owed_.end()) {
            if (answered_in_quiet_.erase(owed->second.first) != 0) { taken(owed->second.first, false); }
            const auto life = lives_.find(owed->second.first);
            require(life == lives_.end() || life->second.number != owed->second.second,
                    "a receipt before its event");
            owed_.erase(owed);
            return;
        }
        for (Submission* const submission : announced_) {
            if (submission->content == receipt && !submission->released) {
                submission->released = true;
                return;
            }
        }
        violate("a receipt came back twice, or was never given");
    }

    // --- At any moment -------------------------------------------------------------------------------------------

    void check(const sheaf::Statistics& counts) {
        require(deferred_.empty(), "the receipt of a duplicate did not come back when the sink had returned");
        require(counts.accepted == counts.delivered + counts.side_channel + counts.in_flight, "conservation");
        require(counts.accepted == accepted, "accepted counts other packets");
        require(counts.delivered == delivered, "delivered counts other packets");
        require(counts.side_channel == side_channel, "side_channel counts other packets");
        require(counts.completed == completed && counts.incomplete == incomplete, "events counted");
        require(counts.dead_lettered == dead_letters, "dead letters counted");
        // A head packet is granted even where the bound of 1 leaves no reserve.
        require(counts.held_packets <= std::max<std::size_t>(options_.max_packets, 2),
                "more packets than the bound");
        require(counts.transforms_in_flight <= options_.max_transforms, "more transforms than the bound");
        require(counts.open_resources + counts.undelivered_resources <= options_.max_resources,
                "more resources than the bound");
        require(counts.open_resources + counts.undelivered_resources == lives_.size(), "resources counted");
    }
    /// Promise 4, between two steps: a resource whose last transform has ended is with the sink, and waits for nothing.
    void check_latency() {
        if (intake_closed || has_hidden_failures_) {
            return;  // the gate may be closed; what the world takes for a success may have come too late
        }
        for (const auto& [id, life] : lives_) {
            const bool is_ready =
                life.has_all(options_.first_index) &&
                std::all_of(life.packets.begin(), life.packets.end(), [this](const auto& packet) {
                    return transformed.contains(packet.second.content);
                });
            require(!is_ready || !life.event.empty(),
                    "all transforms have ended, and the event has not come");
        }
    }
    /// After `cancel`, when all answers have come and all calls have ended: what the sink and the dead letter have
    /// refused to the end is still there, and nothing else.
    void check_cancelled(const sheaf::Statistics& counts) {
        check(counts);
        for (const auto& [id, life] : lives_) {
            require(!life.event.empty(), "a resource has not ended, and its event has not come");
        }
        require(counts.open_resources == 0, "a resource is open after cancel");
        if (lives_.empty()) { check_end(counts); }
    }
    /// When the last event has been delivered.
    void check_end(const sheaf::Statistics& counts) {
        check(counts);
        require(lives_.empty(), "a resource has not ended");
        require(owed_.empty(), "a receipt did not come back");
        require(counts.in_flight == sheaf::Volume{}, "in flight at the end");
        require(counts.held_packets == 0 && counts.held_bytes == 0 && counts.transforms_in_flight == 0,
                "the budget is not empty at the end");
    }

    [[nodiscard]] const std::map<std::uint64_t, Life>& lives() const noexcept { return lives_; }

    bool intake_closed = false;
    bool quiet = false;  // drain or cancel has returned: nothing may start
    bool evicted = false;
    bool drained = false;
    bool cancelled = false;
    sheaf::Volume accepted;
    sheaf::Volume delivered;
    sheaf::Volume side_channel;
    std::uint64_t completed = 0;
    std::uint64_t incomplete = 0;
    std::uint64_t dead_letters = 0;
    std::uint64_t repeats = 0;
    std::map<std::uint32_t, unsigned> transform_failures;  // that the world knows of, by content
    std::set<std::uint32_t> transformed;

private:
    /// An event may come before the answers to the packets in it: those are accepted then.
    template <class Event>
    void enter_announced(const Event& event, Instant now) {
        for (Submission* const submission : announced_) {
            if (submission->id != event.id || submission->entered) { continue; }
            const auto life = lives_.find(event.id);
            const bool is_new = life == lives_.end() || !life->second.packets.contains(submission->index);
            if (is_new && is_in(event, submission->index)) { enter(*submission, now); }
        }
    }
    [[nodiscard]] bool is_in(const Completed& event, std::uint64_t index) const {
        return index - options_.first_index < event.packets;
    }
    [[nodiscard]] bool is_in(const Incomplete& event, std::uint64_t index) const {
        const auto has_index = [index](const auto& part) { return part.index == index; };
        return index - options_.first_index < event.collated ||
               std::any_of(event.chunks.begin(), event.chunks.end(), has_index) ||
               std::any_of(event.payloads.begin(), event.payloads.end(), has_index);
    }

    void enter(Submission& submission, Instant now) {
        Life& life = lives_[submission.id];
        require(submission.intake_was_open, "accepted after the intake was closed");
        require(life.event.empty(), "accepted after the event had come");
        require(!life.answered_late, "accepted after another packet was late");
        require(!life.packets.contains(submission.index), "accepted twice");
        require(!life.contradicts(submission.index, submission.last), "accepted in spite of a contradiction");
        life.packets[submission.index] = {submission.content, submission.last, now};
        accepted += {1, test::payload_of(submission.content).size()};
        if (life.number == 0) { life.number = ++lives_begun_; }
        owed_[submission.content] = {submission.id, life.number};
        submission.entered = true;
    }

    void check_completed(const Completed& event, const Life& life) {
        require(life.has_all(options_.first_index), "Completed, but a packet is missing");
        require(!life.answered_late, "Completed, but a packet was late");
        Chunk expected;
        for (const auto& [index, entry] : life.packets) {
            const Chunk chunk = test::chunk_of(entry.content);
            expected.insert(expected.end(), chunk.begin(), chunk.end());
            require(transformed.contains(entry.content), "Completed, but a transform has not succeeded");
        }
        require(event.output == expected, "the output is not the chunks in index order");
    }

    void check_incomplete(const Incomplete& event, const Life& life, Instant now) {
        // Exactly once each, in one of the three places.
        Chunk expected;
        std::vector<sheaf::IndexRange> missing;
        std::uint64_t next = options_.first_index;
        auto chunk = event.chunks.begin();
        auto payload = event.payloads.begin();
        bool failed = false;
        for (const auto& [index, entry] : life.packets) {
            if (index != next) { missing.push_back({next, index - 1}); }
            next = index + 1;
            if (index - options_.first_index < event.collated) {
                const Chunk part = test::chunk_of(entry.content);
                expected.insert(expected.end(), part.begin(), part.end());
                require(transformed.contains(entry.content), "collated without a transform");
            } else if (chunk != event.chunks.end() && chunk->index == index) {
                require(chunk->chunk == test::chunk_of(entry.content), "another packet's chunk");
                require(transformed.contains(entry.content), "a chunk without a transform");
                ++chunk;
            } else if (payload != event.payloads.end() && payload->index == index) {
                require(test::content_of(payload->payload.bytes()) == entry.content,
                        "another packet's payload");
                require(options_.transform_timeout.count() != 0 || !transformed.contains(entry.content),
                        "a payload although the transform has succeeded");
                const auto failures = transform_failures.find(entry.content);
                failed = failed || (failures != transform_failures.end() &&
                                    failures->second >= options_.transform_attempts);
                ++payload;
            } else {
                violate("an accepted packet is not in the event");
            }
        }
        require(chunk == event.chunks.end() && payload == event.payloads.end(),
                "more in the event than was accepted");
        require(event.output == expected, "the output is not the prefix in index order");
        require(event.missing == missing, "missing names other ranges");
        require(event.last_index == life.last(), "last_index");
        check_reason(event, life, now, failed || has_hidden_failures_);
    }

    void check_reason(const Incomplete& event, const Life& life, Instant now, bool failed) {
        Instant newest{};
        Instant oldest = Instant::max();
        Instant first_sight = Instant::max();
        std::uint64_t gap = options_.first_index;
        for (const auto& [index, entry] : life.packets) {
            gap += index == gap ? 1 : 0;
            newest = std::max(newest, entry.at);
            oldest = std::min(oldest, entry.at);
            if (index > gap) { first_sight = std::min(first_sight, entry.at); }
        }
        const auto is_over = [now](Instant start, Instant span) {
            return span.count() != 0 && start != Instant::max() && start + span <= now;
        };
        bool holds = false;
        switch (event.reason) {
        case IncompleteReason::gap_timeout: holds = is_over(first_sight, options_.gap_timeout); break;
        case IncompleteReason::inactivity: holds = is_over(newest, options_.inactivity_timeout); break;
        case IncompleteReason::total_age: holds = is_over(oldest, options_.total_age); break;
        case IncompleteReason::transform_failed: holds = failed; break;
        case IncompleteReason::collation_failed: break;
        case IncompleteReason::evicted: holds = evicted; break;
        case IncompleteReason::drained: holds = drained; break;
        case IncompleteReason::cancelled: holds = cancelled; break;
        }
        require(holds, "the reason does not hold");
        require(event.reason == IncompleteReason::transform_failed || event.error == nullptr,
                "an error for no reason");
        const bool may_be_whole = event.reason == IncompleteReason::cancelled || !event.payloads.empty();
        require(may_be_whole || !life.has_all(options_.first_index), "Incomplete, but nothing is missing");
    }

    const sheaf::Options options_;
    EventLog& log_;
    const bool has_hidden_failures_;
    std::string violation_;
    std::vector<Submission*> announced_;
    std::map<std::uint64_t, Life> lives_;  // not delivered yet
    std::map<std::uint64_t, std::vector<Life>> finished_;
    std::map<std::uint32_t, std::pair<std::uint64_t, std::uint64_t>> owed_;  // receipts: of which id and life
    std::set<std::uint32_t> deferred_;  // receipts of duplicates that a sink has submitted
    std::set<std::uint64_t>
        answered_in_quiet_;  // ids of events that were delivered, but nobody has acted upon it
    std::uint64_t lives_begun_ = 0;
    std::set<std::string> delivery_ids_;
};

}  // namespace simulation
