#pragma once

#include "plan_text.hpp"
#include "result.hpp"
#include "senders.hpp"
#include "world.hpp"

#include "counting_allocator.hpp"

#include <sheaf/statistics.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

namespace simulation {

/// Drives one collator through a history, in one thread: senders, the executor's queue, time, what hangs; then stops it
/// in one of three ways, unless a callback has destroyed it before. After every step the ledger is asked whether all
/// promises were kept.
///
/// `Collator`: made by `make`, which is `std::unique_ptr<Collator>(World&)`.
template <class Collator>
class Scenario final : Host {
public:
    struct Ways {
        bool has_digest = false;
        bool keeps_text = false;
        Plant plant = Plant::none;
    };

    template <class Make>
    Scenario(Tape tape, const Ways& ways, Make&& make)
        : world_{std::move(tape), ways.has_digest, ways.keeps_text, ways.plant}
        , senders_{world_}
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
            world_.happens(plan().batch) ? senders_.submit_batch(*collator_)
                                         : senders_.submit_next(*collator_);
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

    // --- Inside callbacks --------------------------------------------------------------------------------------------

    bool submit_in_callback() override {
        // In a batch nobody could say yet which of its packets this one meets.
        const bool can = collator_ != nullptr && !senders_.is_in_batch();
        if (can) {
            world_.log.note("in that callback:");
            senders_.submit_next(*collator_);
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
        if (senders_.take_stalled() || world_.happens(plan().evict * 20)) {
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
        if (world_.tasks.empty()) { ledger().check_deadlines(World::now()); }
        constexpr std::uint64_t seldom = 8;  // for the sake of time
        if (++checks_ % seldom != 0) { return; }
        for (const auto& [id, life] : ledger().lives()) {
            if (collator_->explain(id).empty()) { ledger().violate("explain says nothing"); }
        }
    }

    World world_;
    Senders senders_;
    std::unique_ptr<Collator> collator_;
    std::uint64_t checks_ = 0;
};

}  // namespace simulation
