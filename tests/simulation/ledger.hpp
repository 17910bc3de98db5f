#pragma once

#include "calls.hpp"
#include "event_log.hpp"
#include "event_rules.hpp"
#include "life.hpp"
#include "plan.hpp"
#include "room_rules.hpp"

#include <sheaf/events.hpp>
#include <sheaf/outcome.hpp>
#include <sheaf/statistics.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace simulation {

/// What the outside world knows for sure, from what it was told: the promises are checked against this and nothing
/// else. It does not say what a collator must answer, only what it may not.
class Ledger {
public:
    Ledger(const Plan& plan, bool has_digest, EventLog& log)
        : calls{plan.options}
        , room{plan.options, calls, plan.executor_drops + plan.executor_refuses != 0}
        , options_{plan.options}
        , log_{log}
        , has_digest_{has_digest}
        , has_hidden_failures_{plan.executor_drops + plan.executor_refuses != 0}
        , must_remember_{plan.options.max_remembered >= 1'000 && plan.packets_per_resource < 10}
        , rules_{options_, calls, has_hidden_failures_} {}

    /// The first broken promise, or empty.
    [[nodiscard]] const std::string& violation() const noexcept { return violation_; }
    void violate(const char* what) {
        if (violation_.empty()) {
            violation_ = what;
            log_.close(what);
        }
    }
    void require(bool holds, const char* what) {
        if (!holds) { violate(what); }
    }
    void require_unbroken(const char* broken) {
        if (broken != nullptr) { violate(broken); }
    }

    // --- Packets -------------------------------------------------------------------------------------------------

    /// Before `submit`: its events may come before its answer.
    void announce(Submission& submission) {
        submission.intake_was_open = !intake_closed;
        announced_.push_back(&submission);
        const auto life = lives_.find(submission.id);
        if (life == lives_.end() || !life->second.packets.contains(submission.index)) {
            calls.forget(submission.content);
        }
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
        const auto holds_of_finished = [&](auto&& predicate) {
            const std::vector<Life>& finished = finished_[submission.id];
            const auto candidates =
                submission.in_batch || finished.empty() ? finished.begin() : finished.end() - 1;
            return std::any_of(candidates, finished.end(), [&](const Life& life) {
                return (submission.in_batch || may_be_remembered(life, now)) && predicate(life);
            });
        };
        const auto holds_of_a_life = [&](auto&& predicate) {
            return (is_open && predicate(current->second)) || holds_of_finished(predicate);
        };
        const auto has_it = [&](const Life& life) { return life.packets.contains(submission.index); };
        const auto has_other_content = [&](const Life& life) {
            return has_digest_ && has_it(life) &&
                   life.packets.at(submission.index).content != submission.content;
        };
        // Of a finished one with too many gaps only what came before the first is remembered.
        const auto may_lack_it = [&](const Life& life) {
            const bool may_be_forgotten =
                !life.event.empty() && life.gap(options_.first_index) < submission.index;
            return submission.in_batch || !has_it(life) || may_be_forgotten;
        };
        const bool is_in_range =
            submission.index >= options_.first_index && submission.index <= sheaf::max_index;
        require((outcome == sheaf::Rejection::index_out_of_range) != is_in_range || failed_before(outcome),
                "index_out_of_range is the answer to an index out of range, and only to that");
        switch (outcome.verdict()) {
        case sheaf::Verdict::accepted:
            if (!submission.entered) { enter(submission, now); }
            return;
        case sheaf::Verdict::duplicate:
            ++duplicates;
            require((is_open && has_it(current->second) && !has_other_content(current->second)) ||
                        holds_of_finished(has_it),
                    "duplicate of nothing");
            if (!submission.released && is_open) {
                owed_[submission.receipt] = {submission.id, current->second.number};
            } else if (!submission.released && submission.from_sink) {
                deferred_.insert(submission.receipt);
            } else {
                require(submission.released,
                        "the receipt of a finished resource's duplicate did not come back at once");
            }
            break;
        case sheaf::Verdict::conflict:
            ++conflicts;
            require(holds_of_a_life([&](const Life& life) {
                        return may_lack_it(life) && life.contradicts(submission.index, submission.last);
                    }) ||
                        (is_open && has_other_content(current->second)) ||
                        (submission.in_batch && holds_of_finished(has_other_content)),
                    "conflict with nothing");
            break;
        case sheaf::Verdict::late:
            ++late;
            require(
                holds_of_a_life([&](const Life& life) { return may_lack_it(life) && !life.is_completed; }),
                "late for nothing");
            if (is_open && !submission.in_batch) { current->second.answered_late = true; }
            break;
        case sheaf::Verdict::rejected:
            ++rejected;
            require(outcome.reason() != sheaf::Rejection::none, "rejected without a reason");
            require(outcome.reason() == sheaf::Rejection::shutting_down
                        ? intake_closed || asked.cancelled
                        : submission.intake_was_open || !is_in_range,
                    "shutting_down is the answer after drain and cancel, and only then");
            break;
        }
        require(!submission.entered, "in an event, but not accepted");
        require(outcome.verdict() == sheaf::Verdict::duplicate || !submission.released,
                "receipt taken and refused");
    }

    /// Whether the id had a life that has ended, as far as the world knows.
    [[nodiscard]] bool has_finished(std::uint64_t id) const {
        const auto found = finished_.find(id);
        return !lives_.contains(id) && found != finished_.end() && !found->second.empty();
    }
    [[nodiscard]] bool has_digest() const noexcept { return has_digest_; }

    // --- Events --------------------------------------------------------------------------------------------------

    template <class Event>
    void arrived(const Event& event, Instant now, bool at_dead_letter = false) {
        require(!quiet, "an event after drain or cancel had returned");
        enter_announced(event, now);
        const auto found = lives_.find(event.id);
        if (found == lives_.end()) {
            violate("an event of a resource that has none to come");
            return;
        }
        Life& life = found->second;
        require(!at_dead_letter || asked.cancelled || life.failed_deliveries >= options_.delivery_attempts,
                "a dead letter before the sink's attempts were used up");
        std::string text = text_of(event);
        if (!life.event.empty()) {
            require(life.event == text, "another attempt brought another event");
            ++repeats;
            return;
        }
        require(delivery_ids_.insert(event.delivery_id()).second, "a delivery id came twice");
        life.event = std::move(text);
        life.is_completed = std::is_same_v<Event, Completed>;
        require(event.packets == life.packets.size(), "the event counts other packets");
        if constexpr (std::is_same_v<Event, Completed>) {
            require_unbroken(rules_.broken_by(event, life));
        } else {
            require_unbroken(rules_.broken_by(event, life, now, asked));
        }
    }

    /// The sink has not taken it.
    void refused(std::uint64_t id) {
        ++delivery_failures;
        const auto found = lives_.find(id);
        if (found != lives_.end()) { ++found->second.failed_deliveries; }
    }

    /// The sink's owner answers that an event has arrived. While nothing may start, that is acted upon later, with the
    /// resource's first receipt; after `cancel` its receipts do not come back.
    void answered(std::uint64_t id, Instant now) {
        if (!quiet) {
            taken(id, false, now);
        } else if (!asked.cancelled) {
            answered_in_quiet_.insert(id);
        } else {
            std::erase_if(owed_, [id](const auto& owed) { return owed.second.first == id; });
            taken(id, false, now);
        }
    }

    /// The sink has taken the event, or the dead letter has.
    void taken(std::uint64_t id, bool dead_lettered, Instant now) {
        const auto found = lives_.find(id);
        if (found == lives_.end()) {
            violate("an event was delivered twice");
            return;
        }
        Life& life = found->second;
        (!dead_lettered && life.is_completed ? delivered : side_channel) += life.volume();
        ++(dead_lettered ? dead_letters : life.is_completed ? completed : incomplete);
        life.finished_at = now;
        finished_[id].push_back(std::move(life));
        lives_.erase(found);
    }

    void released(std::uint32_t receipt, Instant now) {
        require(!quiet, "a receipt after drain or cancel had returned");
        if (deferred_.erase(receipt) != 0) { return; }
        if (const auto owed = owed_.find(receipt); owed != owed_.end()) {
            if (answered_in_quiet_.erase(owed->second.first) != 0) { taken(owed->second.first, false, now); }
            const auto life = lives_.find(owed->second.first);
            require(life == lives_.end() || life->second.number != owed->second.second,
                    "a receipt before its event");
            owed_.erase(owed);
            return;
        }
        for (Submission* const submission : announced_) {
            if (submission->receipt == receipt && !submission->released) {
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
        require(counts.duplicates == duplicates, "duplicates counted");
        require(counts.conflicts == conflicts, "conflicts counted");
        require(counts.late == late, "late packets counted");
        require(counts.rejected == rejected, "rejections counted");
        require(counts.delivery_failures == delivery_failures, "failed deliveries counted");
        require(counts.late_results == calls.late_results, "late results counted");
        if (!has_hidden_failures_) {
            require(counts.transform_failures == calls.failures, "failed transforms counted");
            require(counts.transform_retries == calls.retries, "retried transforms counted");
        }
        // A head packet is granted even where the bound of 1 leaves no reserve.
        require(counts.held_packets <= std::max<std::size_t>(options_.max_packets, 2),
                "more packets than the bound");
        require(counts.transforms_in_flight <= options_.max_transforms, "more transforms than the bound");
        require(counts.open_resources + counts.undelivered_resources <= options_.max_resources,
                "more resources than the bound");
        require(counts.open_resources + counts.undelivered_resources == lives_.size(), "resources counted");
        require_unbroken(room.broken_by(counts, lives_));
    }
    /// Promise 4, between two steps: a resource whose last transform has ended is with the sink, and waits for nothing.
    void check_latency() {
        if (intake_closed) { return; }  // the gate may be closed
        for (const auto& [id, life] : lives_) {
            if (!life.event.empty() || !life.has_all(options_.first_index)) { continue; }
            require(!std::all_of(
                        life.packets.begin(), life.packets.end(),
                        [this](const auto& packet) { return calls.has_succeeded(packet.second.content); }),
                    "all transforms have ended, and the event has not come");
        }
    }
    /// Promise 5, when the collator has seen the time and the executor has nothing to do.
    void check_deadlines(Instant now) {
        if (intake_closed) { return; }
        for (const auto& [id, life] : lives_) {
            require(!rules_.is_overdue(life, now), "a deadline has passed, and the event has not come");
        }
    }
    /// After `cancel`, when all answers have come and all calls have ended: what the sink and the dead letter have
    /// refused to the end is still there, and nothing else.
    void check_cancelled(const sheaf::Statistics& counts) {
        check(counts);
        check_destroyed();
        require(counts.open_resources == 0, "a resource is open after cancel");
        if (lives_.empty()) { check_end(counts); }
    }
    /// After a destruction nobody can ask the collator any more.
    void check_destroyed() {
        for (const auto& [id, life] : lives_) {
            require(!life.event.empty(), "a resource has not ended, and its event has not come");
        }
        require(!lives_.empty() || owed_.empty(), "a receipt did not come back");
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

    Calls calls;
    const RoomRules room;
    Asked asked;
    bool intake_closed = false;
    bool quiet = false;  // drain or cancel has returned: nothing may start
    sheaf::Volume accepted;
    sheaf::Volume delivered;
    sheaf::Volume side_channel;
    std::uint64_t completed = 0;
    std::uint64_t incomplete = 0;
    std::uint64_t dead_letters = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t conflicts = 0;
    std::uint64_t late = 0;
    std::uint64_t rejected = 0;
    std::uint64_t delivery_failures = 0;
    std::uint64_t repeats = 0;

private:
    /// A batch stops where the executor fails; what comes after that is not looked at.
    [[nodiscard]] static bool failed_before(sheaf::Outcome outcome) noexcept {
        return outcome == sheaf::Rejection::executor_failed;
    }
    [[nodiscard]] bool may_be_remembered(const Life& life, Instant now) const {
        return options_.remember_for.count() != 0 && life.finished_at + options_.remember_for > now;
    }

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
        const std::vector<Life>& finished = finished_[submission.id];
        Life& life = lives_[submission.id];
        require(!must_remember_ || !life.packets.empty() || finished.empty() ||
                    !may_be_remembered(finished.back(), now),
                "a finished id was forgotten too early");
        require(submission.intake_was_open, "accepted after the intake was closed");
        require(life.event.empty(), "accepted after the event had come");
        require(!life.answered_late, "accepted after another packet was late");
        require(!life.packets.contains(submission.index), "accepted twice");
        require(!life.contradicts(submission.index, submission.last), "accepted in spite of a contradiction");
        life.packets[submission.index] = {submission.content, submission.last, now};
        accepted += {1, test::payload_of(submission.content).size()};
        if (life.number == 0) { life.number = ++lives_begun_; }
        owed_[submission.receipt] = {submission.id, life.number};
        submission.entered = true;
    }

    const sheaf::Options options_;
    EventLog& log_;
    const bool has_digest_;
    const bool has_hidden_failures_;  // what the executor loses, nobody out here knows of
    const bool must_remember_;        // no id is forgotten for want of room
    const EventRules rules_;
    std::string violation_;
    std::vector<Submission*> announced_;
    std::map<std::uint64_t, Life> lives_;  // not delivered yet
    std::map<std::uint64_t, std::vector<Life>> finished_;
    std::map<std::uint32_t, std::pair<std::uint64_t, std::uint64_t>> owed_;  // receipts: of which id and life
    std::set<std::uint32_t> deferred_;           // receipts of duplicates that a sink has submitted
    std::set<std::uint64_t> answered_in_quiet_;  // ids of events that arrived, but nobody has acted upon it
    std::uint64_t lives_begun_ = 0;
    std::set<std::string> delivery_ids_;
};

}  // namespace simulation
