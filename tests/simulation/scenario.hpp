#pragma once

#include "world.hpp"

#include "counting_allocator.hpp"

#include <sheaf/outcome.hpp>
#include <sheaf/packet.hpp>
#include <sheaf/statistics.hpp>

#include <algorithm>
#include <array>
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

/// How one seed went.
struct Result {
    std::string violation;  // empty: every promise was kept
    std::string log;        // where text was asked for
    std::uint64_t hash = 0;
    std::size_t events = 0;
    std::array<std::uint64_t, static_cast<std::size_t>(Fault::count_)> faults{};
};

/// Drives one collator through what the plan of its seed says, in one thread: senders, the executor's queue, time,
/// what hangs; then stops it in one of three ways. After every step the ledger is asked whether all promises were kept.
///
/// `Target` has a `collator_type` and `static std::unique_ptr<collator_type> make(World&)`.
template <class Target>
class Scenario {
public:
    using Packet = sheaf::Packet<std::uint64_t, std::uint32_t>;

    Scenario(std::uint64_t seed, bool keeps_text)
        : traffic_{seed}
        , world_{Plan{traffic_}, seed, keeps_text}
        , collator_{Target::make(world_)} {
        world_.submit_from_sink = [this] {
            if (!in_batch_) {  // nobody could say yet which of the batch's packets it meets
                submit_next();
            }
        };
        world_.cancel_from_sink = [this] {
            ledger().cancelled = true;
            collator_->cancel();  // only a request here; carried out when the callback has returned
        };
    }

    [[nodiscard]] Result run() {
        for (unsigned step = 0; step < plan().steps && world_.ledger.violation().empty(); ++step) {
            random_step();
            check();
        }
        world_.faults_on = world_.random.chance(20);  // else they stop, and everything must come to its end
        stop();
        Result result{world_.ledger.violation(), world_.log.text(), world_.log.hash(), world_.log.size(),
                      world_.counts};
        return result;
    }

private:
    [[nodiscard]] const Plan& plan() const noexcept { return world_.plan; }
    Ledger& ledger() noexcept { return world_.ledger; }

    void random_step() {
        const std::uint64_t dice = world_.random.below(100);
        if (dice < 40) {
            world_.random.chance(plan().batch) ? submit_batch() : submit_next();
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

    /// The next packet of the traffic: mostly in order, each resource from its first packet to its last.
    Submission next_packet() {
        if (waiting_.empty() || (waiting_.size() < 100 && traffic_.chance(20))) {
            const std::uint64_t id = traffic_.below(plan().resources);
            const std::uint64_t count = traffic_.between(1, plan().packets_per_resource);
            for (std::uint64_t i = 0; i < count; ++i) {
                if (!traffic_.chance(plan().drop)) {
                    waiting_.push_back({id, plan().options.first_index + i, i + 1 == count});
                }
            }
            if (waiting_.empty()) { waiting_.push_back({id, plan().options.first_index, true}); }
        }
        const std::size_t position = traffic_.chance(plan().reorder) ? traffic_.below(waiting_.size()) : 0;
        Submission submission = waiting_[position];
        if (!traffic_.chance(plan().duplicate)) {
            waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(position));
        }
        if (traffic_.chance(plan().wrong_last)) { submission.last = !submission.last; }
        submission.content = ++contents_;
        return submission;
    }

    [[nodiscard]] static Packet packet_of(const Submission& submission,
                                          bool borrows,
                                          const std::string& text) {
        Packet packet;
        packet.resource_id = submission.id;
        packet.index = submission.index;
        packet.payload = borrows ? sheaf::Payload{text} : sheaf::Payload{std::string{text}};
        packet.last = submission.last;
        packet.receipt = submission.content;
        return packet;
    }

    void submit_next() {
        Submission submission = next_packet();
        submission.from_sink = world_.in_sink != 0;
        const std::string text = test::payload_of(submission.content);
        Packet packet = packet_of(submission, submission.content % 2 == 0, text);
        ledger().announce(submission);
        sheaf::Outcome outcome;
        try {
            outcome = collator_->submit(packet);
        } catch (const ExecutorRefused&) {
            ledger().withdraw(submission);
            ledger().require(!submission.entered, "submit threw, but the packet is in an event");
            check_untouched(submission, packet);
            world_.log.note("submit threw", submission.content);
            return;
        }
        conclude(submission, packet, outcome);
    }

    void conclude(Submission& submission, const Packet& packet, sheaf::Outcome outcome) {
        world_.log.note(to_string(outcome.verdict()), submission.id, submission.index, submission.content);
        ledger().answered(submission, outcome, World::now());
        switch (outcome.verdict()) {
        case sheaf::Verdict::accepted: return;
        case sheaf::Verdict::duplicate: world_.count(Fault::duplicate); return;
        case sheaf::Verdict::conflict: world_.count(Fault::conflict); break;
        case sheaf::Verdict::late: world_.count(Fault::late); break;
        case sheaf::Verdict::rejected:
            world_.count(Fault::rejected);
            world_.log.note(to_string(outcome.reason()));
            stalled_ = outcome.reason() == sheaf::Rejection::stalled;
            break;
        }
        check_untouched(submission, packet);
    }

    void check_untouched(const Submission& submission, const Packet& packet) {
        const bool untouched = packet.receipt == submission.content &&
                               test::content_of(packet.payload.bytes()) == submission.content;
        ledger().require(untouched, "a packet that was not accepted is not as it was");
    }

    void submit_batch() {
        std::size_t size = static_cast<std::size_t>(traffic_.between(1, 150));
        std::vector<Submission> submissions;
        std::vector<std::string> texts;
        submissions.reserve(size);
        texts.reserve(size);
        std::vector<Packet> packets;
        // Where an event may come in the middle of a batch, no index is in it twice: nobody could say which it was.
        const bool may_repeat = plan().executor_refuses + plan().executor_drops == 0;
        std::set<std::pair<std::uint64_t, std::uint64_t>> used;
        while (submissions.size() < size) {
            Submission submission = next_packet();
            submission.in_batch = true;
            if (used.emplace(submission.id, submission.index).second || may_repeat) {
                submissions.push_back(submission);
                texts.push_back(test::payload_of(submission.content));
            } else {
                --size;
            }
        }
        const std::size_t count = submissions.size();
        for (std::size_t i = 0; i < count; ++i) {
            packets.push_back(packet_of(submissions[i], i % 2 == 0, texts[i]));
        }
        std::vector<sheaf::Outcome> outcomes(count);
        for (Submission& submission : submissions) { ledger().announce(submission); }
        in_batch_ = true;
        const sheaf::BatchOutcome total = collator_->submit(std::span{packets}, std::span{outcomes});
        in_batch_ = false;
        // The accepted ones first: one that found no room at once may be answered after packets behind it.
        std::size_t accepted = 0;
        for (const bool is_accepted : {true, false}) {
            for (std::size_t i = 0; i < count; ++i) {
                if (outcomes[i].accepted() == is_accepted) {
                    accepted += is_accepted ? 1U : 0U;
                    conclude(submissions[i], packets[i], outcomes[i]);
                }
            }
        }
        ledger().require(total.accepted == accepted, "the batch counts other packets");
        const std::size_t sum =
            total.accepted + total.duplicate + total.conflict + total.late + total.rejected;
        ledger().require(sum == count, "the batch's counts are not its size");
    }

    // --- The rest of the world ---------------------------------------------------------------------------------------

    void run_tasks() {
        for (std::uint64_t n = world_.random.between(1, 8); n != 0 && world_.executor.run_one(); --n) {}
    }

    void end_something_that_hangs() {
        if (!world_.hanging_answers.empty() && world_.random.chance(60)) {
            world_.give_hanging_answer();
        } else if (!world_.hanging_calls.empty()) {
            world_.end_hanging_call();
        }
    }

    void pass_time() {
        // To a deadline, to just before it, or somewhere.
        const Instant due = collator_->next_deadline();
        Instant later = World::now() + std::chrono::milliseconds{world_.random.below(5'000)};
        if (due != Instant::max() && world_.random.chance(70)) {
            later = world_.random.chance(30) ? due - Instant{1} : due;
        } else if (world_.random.chance(5)) {
            later += std::chrono::hours{2};
        }
        advance_to(std::max(later, World::now()));
    }
    void advance_to(Instant later) {
        SimulatedClock::current = later;
        world_.log.note("time", static_cast<std::uint64_t>(later.count()));
        collator_->advance(later);
    }

    void intervene() {
        if (world_.random.chance(plan().evict * 20) || stalled_) {
            stalled_ = false;
            ledger().evicted = true;
            const bool evicted = collator_->evict_oldest();
            world_.log.note("evict", evicted ? 1 : 0);
            world_.count(Fault::evicted);
        } else if (world_.random.chance(plan().drain * 10)) {
            drain();
        } else if (world_.random.chance(plan().cancel * 10)) {
            cancel();
        }
    }

    // --- Stopping ----------------------------------------------------------------------------------------------------

    sheaf::DrainStatus drain() {
        ledger().drained = true;
        ledger().intake_closed = true;
        ledger().quiet = false;
        world_.log.note("drain");
        const auto report = collator_->drain(std::chrono::hours{1});
        ledger().quiet = true;
        world_.log.note("drain ends", static_cast<std::uint64_t>(report.status),
                        report.statistics.in_flight.packets);
        ledger().require((report.status == sheaf::DrainStatus::finished) ==
                             (report.statistics.in_flight.packets == 0),
                         "the report says finished, and something is in flight");
        return report.status;
    }
    void cancel() {
        ledger().cancelled = true;
        ledger().intake_closed = true;
        ledger().quiet = false;
        world_.log.note("cancel");
        collator_->cancel();
        ledger().quiet = true;
        world_.log.note("cancel ends");
    }

    void stop() {
        switch (plan().end) {
        case Plan::End::drain: stop_by_drain(); break;
        case Plan::End::cancel: stop_by_cancel(); break;
        case Plan::End::destroy: break;
        }
        destroy();
    }

    /// What nobody ends by himself is ended, and time passes, until `drain` says that nothing is left.
    void stop_by_drain() {
        for (int round = 0; round < 500 && drain() != sheaf::DrainStatus::finished; ++round) {
            world_.faults_on = world_.faults_on && round < 5;
            check();
            if (ledger().cancelled) {
                stop_by_cancel();  // the sink has asked for it; a cancelled collator does not drain
                return;
            }
            while (!world_.hanging_calls.empty() || !world_.hanging_answers.empty()) {
                end_something_that_hangs();
            }
            const Instant due =
                collator_->next_deadline();  // none, where the collator says that drain has returned
            advance_to(due != Instant::max() ? std::max(due, World::now())
                                             : World::now() + std::chrono::hours{1});
        }
        check();
        end_calls();
        ledger().check_end(collator_->statistics());
        ledger().require(collator_->next_deadline() == Instant::max(), "a timer is left at the end");
    }

    void stop_by_cancel() {
        cancel();
        check();
        while (!world_.hanging_answers.empty()) {
            ledger().quiet = true;
            world_.give_hanging_answer();
        }
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
        while (world_.executor.run_one()) {}
    }

    /// The destructor, whatever has happened before; then what still hangs ends, and nobody must notice.
    void destroy() {
        while (!world_.hanging_answers.empty()) { world_.give_hanging_answer(); }
        world_.faults_on = false;
        ledger().drained = true;
        ledger().intake_closed = true;
        const bool was_cancelled = std::exchange(ledger().cancelled, true);
        ledger().quiet = was_cancelled;
        world_.log.note("destruction");
        collator_.reset();
        ledger().quiet = true;
        ledger().require(was_cancelled || ledger().lives().empty(), "a resource outlived the collator");
        while (world_.random.chance(50) && world_.executor.run_one()) {}
        end_calls();
        ledger().require(test::allocated_bytes() == 0, "memory is left");
    }

    void check() {
        if (ledger().cancelled) {  // perhaps by the sink, in this step
            ledger().intake_closed = true;
            ledger().quiet = true;
        }
        ledger().check(collator_->statistics());
        ledger().check_latency();
        for (const auto& [id, life] : ledger().lives()) {
            if (collator_->explain(id).empty()) { ledger().violate("explain says nothing"); }
        }
    }

    test::Random traffic_;
    World world_;
    std::unique_ptr<typename Target::collator_type> collator_;
    std::vector<Submission> waiting_;
    std::uint32_t contents_ = 0;
    bool stalled_ = false;
    bool in_batch_ = false;
};

}  // namespace simulation
