#pragma once

#include "policies.hpp"
#include "traffic.hpp"
#include "world.hpp"

#include <sheaf/outcome.hpp>
#include <sheaf/packet.hpp>

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace simulation {

/// Those who submit: one packet, or many at once. They tell the ledger before and after, and see to what is still theirs.
class Senders {
public:
    explicit Senders(World& world) noexcept
        : world_{world}
        , traffic_{world.plan, world.tape} {}

    template <class Collator>
    void submit_next(Collator& collator) {
        Submission submission = traffic_.next();
        submission.from_sink = world_.in_sink != 0;
        std::string text = test::payload_of(submission.content);
        Packet packet = packet_of(submission, text);
        const bool had_finished = world_.ledger.has_finished(submission.id);
        world_.ledger.announce(submission);
        sheaf::Outcome outcome;
        try {
            outcome = collator.submit(packet);
        } catch (const ExecutorRefused&) {
            world_.ledger.withdraw(submission);
            world_.ledger.require(!submission.entered, "submit threw, but the packet is in an event");
            check_untouched(submission, packet);
            world_.log.note("submit threw, receipt #", submission.receipt);
            return;
        }
        conclude(submission, packet, outcome, had_finished);
        // (Where it was not refused, what it has set off may have destroyed the collator.)
        if (outcome.rejected()) {
            world_.ledger.require_unbroken(world_.ledger.room.broken_by(
                outcome, collator.statistics(), world_.moment(), world_.ledger.lives()));
        }
        overwrite(text);
    }

    template <class Collator>
    void submit_batch(Collator& collator) {
        const std::size_t size = static_cast<std::size_t>(world_.tape.between(1, 150));
        std::vector<Submission> submissions;
        std::vector<std::string> texts;
        // Where an event may come in the middle of a batch, no index is in it twice: nobody could say which it was.
        const bool may_repeat = world_.plan.executor_refuses + world_.plan.executor_drops +
                                    world_.plan.callback_cancels + world_.plan.callback_destroys ==
                                0;
        std::set<std::pair<std::uint64_t, std::uint64_t>> used;
        for (std::size_t i = 0; i < size; ++i) {
            Submission submission = traffic_.next();
            submission.in_batch = true;
            if (may_repeat || used.emplace(submission.id, submission.index).second) {
                submissions.push_back(submission);
                texts.push_back(test::payload_of(submission.content));
            }
        }
        const std::size_t count = submissions.size();
        std::vector<Packet> packets;
        packets.reserve(count);
        for (std::size_t i = 0; i < count; ++i) { packets.push_back(packet_of(submissions[i], texts[i])); }
        std::vector<sheaf::Outcome> outcomes(count);
        for (Submission& submission : submissions) { world_.ledger.announce(submission); }
        world_.log.note("a batch of # packets", count);
        in_batch_ = true;
        const sheaf::BatchOutcome total = collator.submit(std::span{packets}, std::span{outcomes});
        in_batch_ = false;
        // The accepted ones first: one that found no room at once may be answered after packets behind it.
        std::size_t accepted = 0;
        for (const bool is_accepted : {true, false}) {
            for (std::size_t i = 0; i < count; ++i) {
                if (outcomes[i].accepted() == is_accepted) {
                    accepted += is_accepted ? 1U : 0U;
                    conclude(submissions[i], packets[i], outcomes[i], false);
                }
            }
        }
        for (std::string& text : texts) { overwrite(text); }
        world_.ledger.require(total.accepted == accepted, "the batch counts other packets");
        const std::size_t sum =
            total.accepted + total.duplicate + total.conflict + total.late + total.rejected;
        world_.ledger.require(sum == count, "the batch's counts are not its size");
    }

    [[nodiscard]] bool is_in_batch() const noexcept { return in_batch_; }
    /// Whether the last refusal said `stalled`; once.
    [[nodiscard]] bool take_stalled() noexcept { return std::exchange(is_stalled_, false); }

private:
    using Packet = sheaf::Packet<std::uint64_t, std::uint32_t>;

    [[nodiscard]] static Packet packet_of(const Submission& submission, const std::string& text) {
        const bool borrows = submission.receipt % 2 == 0;
        Packet packet;
        packet.resource_id = submission.id;
        packet.index = submission.index;
        packet.payload = borrows ? sheaf::Payload{text} : sheaf::Payload{std::string{text}};
        packet.last = submission.last;
        packet.receipt = submission.receipt;
        return packet;
    }
    /// What was borrowed is only lent until `submit` returns.
    static void overwrite(std::string& text) { text.assign(text.size(), '?'); }

    void conclude(Submission& submission, const Packet& packet, sheaf::Outcome outcome, bool had_finished) {
        note_answer(submission, outcome);
        world_.ledger.answered(submission, outcome, World::now());
        switch (outcome.verdict()) {
        case sheaf::Verdict::accepted:
            if (had_finished) { world_.count(Fault::forgotten_id); }
            return;
        case sheaf::Verdict::duplicate:
            world_.count(Fault::duplicate);
            if (had_finished) { world_.count(Fault::duplicate_of_finished); }
            return;
        case sheaf::Verdict::conflict: {
            world_.count(Fault::conflict);
            const auto life = world_.ledger.lives().find(submission.id);
            if (world_.ledger.has_digest() && life != world_.ledger.lives().end() &&
                life->second.packets.contains(submission.index)) {
                world_.count(Fault::conflict_of_content);
            }
            break;
        }
        case sheaf::Verdict::late: world_.count(Fault::late); break;
        case sheaf::Verdict::rejected:
            world_.count(Fault::rejected);
            is_stalled_ = outcome.reason() == sheaf::Rejection::stalled;
            if (is_stalled_) { world_.count(Fault::stalled); }
            if (outcome.reason() == sheaf::Rejection::index_out_of_range) {
                world_.count(Fault::wrong_index);
            }
            break;
        }
        check_untouched(submission, packet);
    }

    void note_answer(const Submission& submission, sheaf::Outcome outcome) {
        std::string words;
        if (world_.log.keeps_text()) {
            words = "submit of resource #, index #" + std::string{submission.last ? ", last" : ""} +
                    ", content " + std::to_string(submission.content) +
                    ", receipt #: " + std::string{to_string(outcome.verdict())};
            if (outcome.rejected()) { words += " (" + std::string{to_string(outcome.reason())} + ')'; }
        }
        const auto answer = static_cast<std::uint64_t>(outcome.verdict()) * 100 +
                            static_cast<std::uint64_t>(outcome.reason());
        world_.log.note(words, submission.id, submission.index, submission.receipt, answer);
    }

    void check_untouched(const Submission& submission, const Packet& packet) {
        const bool untouched = packet.receipt == submission.receipt &&
                               test::content_of(packet.payload.bytes()) == submission.content;
        world_.ledger.require(untouched, "a packet that was not accepted is not as it was");
    }

    World& world_;
    Traffic traffic_;
    bool is_stalled_ = false;
    bool in_batch_ = false;
};

}  // namespace simulation
