#include "failure_scenario.hpp"

#include <array>
#include <exception>
#include <new>

namespace test {

namespace {

using sheaf::DrainStatus;
using sheaf::Outcome;
using namespace std::chrono_literals;

[[nodiscard]] sheaf::Options options() {
    const Calm calm;
    const sheaf::Backoff pause{.initial = 1ms, .maximum = 4ms, .multiplier = 2.0, .jitter = 0.2};
    sheaf::Options made;
    made.name = "a collator with a name that is long enough for memory of its own";
    made.gap_timeout = 10s;
    made.transform_timeout = 3s;
    made.transform_attempts = 2;
    made.transform_backoff = pause;
    made.delivery_attempts = 2;
    made.delivery_backoff = pause;
    made.destructor_deadline = 50us;
    made.seed = 42;
    return made;
}

class Scenario {
public:
    Scenario(const FailurePlan& plan, FailureLedger& ledger)
        : ledger_{ledger}
        , subject_{plan.make(ledger, options())} {}

    void play() {
        // Complete, last first; a duplicate before the end and one after it, which gives its receipt back at once.
        submit(1, 2, true);
        submit(1, 2, true);
        submit(1, 0, false);
        submit(1, 1, false);
        run_queued();
        submit(1, 1, false);
        submit(1, 3, false);
        // A gap that its timeout ends, and a latecomer.
        submit(2, 0, false);
        submit(2, 2, false);
        submit(2, 4, true);
        pass(11s);
        submit(2, 1, false);
        // A transform that fails once, and one that fails always.
        submit(3, 1, true, fails_once);
        submit(3, 0, false);
        submit(4, 0, false, fails_always);
        submit(4, 1, false);
        pass(5ms);
        // Calls of the transform that take too long; their answers come when nobody waits for them any more, or, of the
        // second resource, in time.
        submit(13, 0, false);
        submit(13, 1, true, answers_late);
        pass(4s);
        pass(5ms);
        pass(4s);
        submit(14, 0, true, answers_late);
        subject_->answer_transforms();
        // A sink that takes an event at the second attempt, and one that never does: both kinds of events.
        submit(20, 0, false);
        submit(20, 1, true);
        submit(21, 1, true);
        submit(30, 0, true);
        submit(31, 1, true);
        pass(5ms);
        pass(11s);
        pass(5ms);
        batch();
        // Evicted, with a transform that has not run where the queue is manual.
        submit(7, 1, false);
        static_cast<void>(subject_->evict_oldest());
        look();
        run_queued();
        // What is left for the end: with and without a gap, collated and not, running and waiting for another attempt.
        submit(8, 0, false);
        submit(8, 2, true);
        submit(9, 0, false);
        submit(10, 0, true, fails_once);
        run_queued();
        submit(8, 3, true);
        submit(11, 1, false);
        submit(11, 0, false);
        submit(15, 1, true, answers_late);
    }

    void end(Ending ending) {
        subject_->answer_deliveries();
        subject_->answer_at_once();
        const std::uint64_t failures = FailurePoints::failures();
        bool is_finished = false;
        if (ending == Ending::lifted_drain) {
            FailurePoints::lift();
            // Each with little time, because it does not pass by itself: what waits for a pause waits for the next one.
            for (int i = 0; i < 5'000 && !is_finished; ++i) {
                is_finished = drain() == DrainStatus::finished;
            }
            ledger_.expect(is_finished, "with no failure any more drain does not finish");
        } else if (ending == Ending::drain) {
            for (int i = 0; i < 4 && !is_finished; ++i) { is_finished = drain() == DrainStatus::finished; }
        }
        if (ending != Ending::destruction) {
            submit(12, 0, true);
            subject_->cancel();
            subject_->cancel();
            check_statistics();
            const auto statistics = subject_->statistics();
            ledger_.expect(statistics.in_flight.packets == ledger_.outstanding(),
                           "what has not left is not in flight");
            ledger_.expect(statistics.open_resources == 0, "a resource is open after cancel");
            // What waits in a queue still holds its place; running it changes nothing but that.
            run_queued();
            subject_->answer_transforms();
            const auto at_rest = subject_->statistics();
            ledger_.expect(at_rest.transforms_in_flight == 0, "a transform is in flight at the end");
            ledger_.expect((at_rest.undelivered_resources == 0) == (ledger_.outstanding() == 0),
                           "not all that is left is undelivered");
            if (ledger_.outstanding() == 0) {
                ledger_.expect(at_rest.held_bytes == 0 && at_rest.held_packets == 0,
                               "not everything is at rest");
            }
        }
        subject_.reset();
        // The last attempt of an event is made at the end: only what fails there may leave something.
        ledger_.close(FailurePoints::failures() != failures && !is_finished);
    }

private:
    void submit(std::uint64_t id, std::uint64_t index, bool last, char behaviour = ' ') {
        FailingPacket packet = ledger_.packet(id, index, last, behaviour);
        const std::uint64_t number = ledger_.newest();
        // As a source would: what was not taken is sent once more.
        for (int attempt = 0; attempt < 2; ++attempt) {
            try {
                const Outcome outcome = subject_->submit(packet);
                ledger_.settle(number, packet, outcome);
                break;
            } catch (const Failure&) {
                ledger_.check_untouched(number, packet);
            } catch (const std::bad_alloc&) { ledger_.check_untouched(number, packet); }
            check_statistics();
        }
        check_statistics();
    }

    /// Two resources, one with a gap, a duplicate and a conflict among them.
    void batch() {
        const std::uint64_t first = ledger_.newest() + 1;
        std::array<FailingPacket, 7> packets{
            ledger_.packet(5, 1, false), ledger_.packet(6, 1, false), ledger_.packet(5, 0, false, fails_once),
            ledger_.packet(5, 1, false), ledger_.packet(5, 2, true),  ledger_.packet(5, 3, true),
            ledger_.packet(6, 0, false),
        };
        std::array<Outcome, packets.size()> outcomes;
        static_cast<void>(subject_->submit(packets, outcomes));
        for (std::size_t i = 0; i < packets.size(); ++i) {
            ledger_.settle(first + i, packets[i], outcomes[i]);
            check_statistics();
            if (!outcomes[i].rejected()) { continue; }
            // As a source would: what was refused is sent once more.
            static_cast<void>(subject_->submit(std::span{&packets[i], 1}, std::span{&outcomes[i], 1}));
            ledger_.settle(first + i, packets[i], outcomes[i]);
        }
        pass(5ms);
    }

    void run_queued() {
        while (subject_->run_queued()) {}
        subject_->answer_deliveries();
        check_statistics();
    }
    void pass(std::chrono::nanoseconds span) {
        run_queued();
        FailureClock::at += span;
        subject_->advance();
        run_queued();
    }
    [[nodiscard]] DrainStatus drain() {
        FailureClock::at += 11s;
        auto status = DrainStatus::deadline;
        try {
            status = subject_->drain(50us);
        } catch (const Failure&) {
        } catch (const std::bad_alloc&) {}
        check_statistics();
        return status;
    }
    void look() {
        FailingId id = [] {
            const Calm calm;
            return FailingId{7};
        }();
        try {
            static_cast<void>(subject_->explain(id));
        } catch (const std::bad_alloc&) {}
    }
    void check_statistics() {
        const auto s = subject_->statistics();
        ledger_.expect(s.accepted == s.delivered + s.side_channel + s.in_flight, "packets are not conserved");
    }

    FailureLedger& ledger_;
    std::unique_ptr<FailureSubject> subject_;
};

}  // namespace

ScenarioResult play_scenario(
    const FailurePlan& plan, Ending ending, Hook hook, std::uint64_t at, Failing how) {
    const std::ptrdiff_t blocks = FailurePoints::live_blocks();
    const std::ptrdiff_t values = Alive::count();
    ScenarioResult result;
    {
        FailureLedger ledger;
        FailurePoints::arm(hook, at, how);
        try {
            Scenario scenario{plan, ledger};
            result.has_constructed = true;
            scenario.play();
            result.calls_before_end = FailurePoints::calls();
            scenario.end(ending);
        } catch (const Failure&) {
            ledger.expect(!result.has_constructed, "a failure has come out");
        } catch (const std::bad_alloc&) { ledger.expect(!result.has_constructed, "bad_alloc has come out"); }
        result.failures = FailurePoints::failures();
        FailurePoints::lift();
        ledger.expect(Alive::count() == values, "a value is still alive");
        result.findings = ledger.findings();
        result.first_finding = ledger.first_finding();
    }
    if (FailurePoints::live_blocks() != blocks) {
        if (result.findings++ == 0) { result.first_finding = "memory has leaked"; }
    }
    return result;
}

}  // namespace test
