#pragma once

#include "plan_text.hpp"
#include "policies.hpp"
#include "result.hpp"
#include "traffic.hpp"
#include "world.hpp"

#include "counting_allocator.hpp"

#include <sheaf/outcome.hpp>
#include <sheaf/packet.hpp>
#include <sheaf/statistics.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace simulation {

/// Drives one collator through a history, in one thread: senders, the executor's queue, time, what hangs; then stops it
/// in one of three ways, unless a callback has destroyed it before. After every step the ledger is asked whether all
/// promises were kept.
///
/// `Collator`: made by `make`, which is `std::unique_ptr<Collator>(World&)`.
template <class Collator>
class Scenario final : Host {
public:
    using Packet = sheaf::Packet<std::uint64_t, std::uint32_t>;
    struct Ways {
        bool has_digest = false;
        bool keeps_text = false;
        Plant plant = Plant::none;
    };

    template <class Make>
    Scenario(Tape tape, const Ways& ways, Make&& make)
        : world_{std::move(tape), ways.has_digest, ways.keeps_text, ways.plant}
        , traffic_{world_.plan, world_.tape}
        , collator_{make(world_)} {
        world_.host = this;
    }
    Scenario(const Scenario&) = delete;
    Scenario& operator=(const Scenario&) = delete;
    ~Scenario() = default;

    [[nodiscard]] Result run() {
        while (world_.tape.has_step(plan().steps) && is_going_on()) {
            world_.tape.begin_step();
            random_step();
            check();
        }
        world_.tape.begin_end();
        if (collator_ != nullptr) {
            world_.faults_on = world_.tape.chance(20);  // else they stop, and everything must come to its end
            stop();
        } else {
            end_destroyed();
        }
        Result result{world_.ledger.violation(), {}, {}, world_.log.hash(), world_.log.size(), world_.counts};
        if (world_.log.keeps_text()) { result.log = text_of(plan()) + world_.log.text(); }
        if (!result.violation.empty() || world_.log.keeps_text()) { result.choices = world_.tape.choices(); }
        return result;
    }

private:
    [[nodiscard]] const Plan& plan() const noexcept { return world_.plan; }
    Ledger& ledger() noexcept { return world_.ledger; }
    [[nodiscard]] bool is_going_on() const {
        return collator_ != nullptr && world_.ledger.violation().empty();
    }

    void random_step() {
        const std::uint64_t dice = world_.tape.below(100);
        if (dice < 40) {
            world_.happens(plan().batch) ? submit_batch() : submit_next();
        } else if (dice < 75) {
            run_tasks();
        } else if (dice < 83) {
            end_something_that_hangs();
        } else if (dice < 97) {
            pass_time();
        } else {
            intervene();
        }
    }

    // --- Senders -----------------------------------------------------------------------------------------------------

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

    void submit_next() {
        Submission submission = traffic_.next();
        submission.from_sink = world_.in_sink != 0;
        std::string text = test::payload_of(submission.content);
        Packet packet = packet_of(submission, text);
        const bool had_finished = ledger().has_finished(submission.id);
        ledger().announce(submission);
        sheaf::Outcome outcome;
        try {
            outcome = collator_->submit(packet);
        } catch (const ExecutorRefused&) {
            ledger().withdraw(submission);
            ledger().require(!submission.entered, "submit threw, but the packet is in an event");
            check_untouched(submission, packet);
            world_.log.note("submit threw, receipt #", submission.receipt);
            return;
        }
        conclude(submission, packet, outcome, had_finished);
        overwrite(text);
    }

    void conclude(Submission& submission, const Packet& packet, sheaf::Outcome outcome, bool had_finished) {
        note_answer(submission, outcome);
        ledger().answered(submission, outcome, World::now());
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
            const auto life = ledger().lives().find(submission.id);
            if (ledger().has_digest() && life != ledger().lives().end() &&
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
        ledger().require(untouched, "a packet that was not accepted is not as it was");
    }

    void submit_batch() {
        const std::size_t size = static_cast<std::size_t>(world_.tape.between(1, 150));
        std::vector<Submission> submissions;
        std::vector<std::string> texts;
        // Where an event may come in the middle of a batch, no index is in it twice: nobody could say which it was.
        const bool may_repeat = plan().executor_refuses + plan().executor_drops + plan().callback_cancels +
                                    plan().callback_destroys ==
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
        for (Submission& submission : submissions) { ledger().announce(submission); }
        world_.log.note("a batch of # packets", count);
        in_batch_ = true;
        const sheaf::BatchOutcome total = collator_->submit(std::span{packets}, std::span{outcomes});
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
        ledger().require(total.accepted == accepted, "the batch counts other packets");
        const std::size_t sum =
            total.accepted + total.duplicate + total.conflict + total.late + total.rejected;
        ledger().require(sum == count, "the batch's counts are not its size");
    }

    // --- Inside callbacks --------------------------------------------------------------------------------------------

    bool submit_in_callback() override {
        // In a batch nobody could say yet which of its packets this one meets.
        const bool can = collator_ != nullptr && !in_batch_;
        if (can) {
            world_.log.note("in that callback:");
            submit_next();
        }
        return can;
    }
    bool look_in_callback() override {
        if (collator_ == nullptr) { return false; }
        const auto report = collator_->drain(std::chrono::hours{1});
        ledger().require(report.status == sheaf::DrainStatus::would_deadlock, "drain inside a callback");
        const sheaf::Statistics counts = collator_->statistics();
        ledger().require(counts.accepted == counts.delivered + counts.side_channel + counts.in_flight,
                         "conservation inside a callback");
        ledger().require(!collator_->explain(0).empty(), "explain says nothing inside a callback");
        return true;
    }
    // These two are only requests here, carried out when the outermost callback has returned.
    bool cancel_in_callback() override {
        if (collator_ == nullptr) { return false; }
        world_.log.note("that callback cancels");
        ledger().asked.cancelled = true;
        collator_->cancel();
        return true;
    }
    bool destroy_in_callback() override {
        if (collator_ == nullptr) { return false; }
        world_.log.note("that callback destroys the collator");
        ledger().asked.drained = true;
        ledger().asked.cancelled = true;
        collator_.reset();
        return true;
    }

    // --- The rest of the world ---------------------------------------------------------------------------------------

    void run_tasks() {
        for (std::uint64_t n = world_.tape.between(1, 8); n != 0 && world_.run_one(); --n) {
            if (ledger().asked.cancelled) { return; }  // perhaps in this one
        }
    }

    void end_something_that_hangs() {
        if (!world_.hanging_answers.empty() && (world_.hanging_calls.empty() || !world_.tape.chance(40))) {
            world_.give_hanging_answer();
        } else if (!world_.hanging_calls.empty()) {
            world_.end_hanging_call();
        }
        notice_requests();
    }

    void pass_time() {
        // To a deadline, to just before it, or somewhere.
        const Instant due = collator_->next_deadline();
        Instant later = World::now();
        if (due != Instant::max() && !world_.tape.chance(30)) {
            later = world_.tape.chance(30) ? due - Instant{1} : due;
        } else if (world_.tape.chance(5)) {
            later += std::chrono::hours{2};
        } else {
            later += std::chrono::milliseconds{world_.tape.below(5'000)};
        }
        advance_to(std::max(later, World::now()));
    }
    void advance_to(Instant later) {
        world_.log.note("# ns pass", static_cast<std::uint64_t>((later - SimulatedClock::current).count()));
        SimulatedClock::current = later;
        if (!ledger().quiet) { world_.time_is_seen(); }
        collator_->advance(later);
    }

    void intervene() {
        if (is_stalled_ || world_.happens(plan().evict * 20)) {
            is_stalled_ = false;
            ledger().asked.evicted = true;
            world_.log.note("evict the oldest");
            const bool evicted = collator_->evict_oldest();
            world_.log.note(evicted ? "evicted" : "there was none", evicted ? 1 : 0);
            world_.count(Fault::evicted);
        } else if (world_.happens(plan().drain * 10)) {
            static_cast<void>(drain());
        } else if (world_.happens(plan().cancel * 10)) {
            cancel();
        }
    }

    // --- Stopping ----------------------------------------------------------------------------------------------------

    sheaf::DrainStatus drain() {
        const bool was_cancelled = ledger().asked.cancelled;
        ledger().asked.drained = true;
        ledger().intake_closed = true;
        ledger().quiet = was_cancelled;
        world_.log.note("drain");
        if (!was_cancelled) { world_.time_is_seen(); }
        const auto report = collator_->drain(std::chrono::hours{1});
        ledger().quiet = true;
        world_.log.note("drain returns, status #, # packets in flight",
                        static_cast<std::uint64_t>(report.status), report.statistics.in_flight.packets);
        ledger().require((report.status == sheaf::DrainStatus::finished) ==
                             (report.statistics.in_flight.packets == 0),
                         "the report says finished, and something is in flight");
        return report.status;
    }
    void cancel() {
        ledger().quiet = ledger().asked.cancelled;  // once is enough
        ledger().asked.cancelled = true;
        ledger().intake_closed = true;
        world_.log.note("cancel");
        collator_->cancel();
        ledger().quiet = true;
        ledger().calls.give_up_all();
        world_.log.note("cancel returns");
    }

    void stop() {
        switch (plan().end) {
        case Plan::End::drain: stop_by_drain(); break;
        case Plan::End::cancel: stop_by_cancel(); break;
        case Plan::End::destroy: break;
        }
        collator_ != nullptr ? destroy() : end_destroyed();
    }

    /// What nobody ends by himself is ended, and time passes, until `drain` says that nothing is left.
    void stop_by_drain() {
        for (int round = 0; round < 500 && drain() != sheaf::DrainStatus::finished; ++round) {
            if (collator_ == nullptr) { return; }
            world_.faults_on = world_.faults_on && round < 5;
            check();
            if (ledger().asked.cancelled) {
                stop_by_cancel();  // the sink has asked for it; a cancelled collator does not drain
                return;
            }
            while (collator_ != nullptr &&
                   !(world_.hanging_calls.empty() && world_.hanging_answers.empty())) {
                end_something_that_hangs();
            }
            if (collator_ == nullptr) { return; }
            const Instant due =
                collator_->next_deadline();  // none, where the collator says that drain has returned
            advance_to(due != Instant::max() ? std::max(due, World::now())
                                             : World::now() + std::chrono::hours{1});
            if (collator_ == nullptr) { return; }
        }
        if (collator_ == nullptr) { return; }
        check();
        end_calls();
        ledger().check_end(collator_->statistics());
        ledger().require(collator_->next_deadline() == Instant::max(), "a timer is left at the end");
    }

    void stop_by_cancel() {
        cancel();
        if (collator_ == nullptr) { return; }
        check();
        while (!world_.hanging_answers.empty()) { world_.give_hanging_answer(); }
        end_calls();
        ledger().check_cancelled(collator_->statistics());
        const std::uint64_t repeats = ledger().repeats;
        cancel();
        ledger().require(ledger().repeats == repeats, "a second cancel has started something");
        ledger().check_cancelled(collator_->statistics());
    }

    /// Calls that were given up keep their place until they end.
    void end_calls() {
        while (!world_.hanging_calls.empty()) { world_.end_hanging_call(); }
        while (world_.run_one()) {}
    }

    /// The destructor, whatever has happened before; then what still hangs ends, and nobody must notice.
    void destroy() {
        while (collator_ != nullptr && !world_.hanging_answers.empty()) {
            world_.give_hanging_answer();
            notice_requests();
        }
        world_.faults_on = false;
        ledger().asked.drained = true;
        const bool was_cancelled = std::exchange(ledger().asked.cancelled, true);
        ledger().intake_closed = true;
        ledger().quiet = was_cancelled;
        world_.log.note("destruction");
        if (!was_cancelled) { world_.time_is_seen(); }
        collator_.reset();
        ledger().quiet = true;
        ledger().require(was_cancelled || ledger().lives().empty(), "a resource outlived the collator");
        end_destroyed();
    }

    /// It is gone, by whoever's hand; what is left must not need it.
    void end_destroyed() {
        ledger().intake_closed = true;
        ledger().quiet = true;
        while (!world_.hanging_answers.empty()) { world_.give_hanging_answer(); }
        while (world_.tape.chance(50) && world_.run_one()) {}
        end_calls();
        ledger().check_destroyed();
        ledger().require(test::allocated_bytes() == 0, "memory is left");
    }

    /// What a callback has asked for has been carried out when the outermost one has returned.
    void notice_requests() {
        if (!ledger().asked.cancelled) { return; }
        ledger().intake_closed = true;
        ledger().quiet = true;
        ledger().calls.give_up_all();
    }

    void check() {
        notice_requests();
        if (collator_ == nullptr) { return; }
        ledger().check(collator_->statistics());
        ledger().check_latency();
        constexpr std::uint64_t seldom = 8;  // for the sake of time
        if (++checks_ % seldom != 0) { return; }
        for (const auto& [id, life] : ledger().lives()) {
            if (collator_->explain(id).empty()) { ledger().violate("explain says nothing"); }
        }
    }

    World world_;
    Traffic traffic_;
    std::unique_ptr<Collator> collator_;
    std::uint64_t checks_ = 0;
    bool is_stalled_ = false;
    bool in_batch_ = false;
};

}  // namespace simulation
