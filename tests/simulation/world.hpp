#pragma once

#include "event_log.hpp"
#include "fault.hpp"
#include "ledger.hpp"
#include "plan.hpp"
#include "plant.hpp"
#include "tape.hpp"

#include <sheaf/acknowledgement.hpp>
#include <sheaf/completion.hpp>
#include <sheaf/detail/unique_task.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace simulation {

/// The time of the simulation; the scenario moves it.
struct SimulatedClock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<SimulatedClock>;
    static constexpr bool is_steady = true;

    [[nodiscard]] static time_point now() noexcept { return time_point{current}; }
    inline static Instant current{};
};

/// What user code can ask of the collator from inside a callback. False: nothing was asked.
class Host {
public:
    virtual bool submit_in_callback() = 0;
    virtual bool look_in_callback() = 0;
    virtual bool cancel_in_callback() = 0;
    virtual bool destroy_in_callback() = 0;

protected:
    ~Host() = default;
};

/// Everything that is not the collator: how transforms, sinks and the executor behave, as plan and tape say. One
/// thread; what a callback finds out goes to the ledger.
class World {
public:
    World(Tape tape_, bool has_digest, bool keeps_text, Plant plant_)
        : tape{std::move(tape_)}
        , plan{tape}
        , log{keeps_text}
        , ledger{plan, has_digest, log}
        , plant{plant_} {
        SimulatedClock::current = std::chrono::hours{1};
    }

    [[nodiscard]] static Instant now() noexcept { return SimulatedClock::current; }
    [[nodiscard]] bool happens(unsigned percent) { return percent != 0 && faults_on && tape.chance(percent); }
    void count(Fault fault) { ++counts[static_cast<std::size_t>(fault)]; }

    [[nodiscard]] RoomRules::Moment moment() const noexcept { return {!tasks.empty(), depth_ != 0}; }

    // --- Any user code ---------------------------------------------------------------------------------------------

    /// User code does to the collator what is legal there.
    void reenter(Place place) {
        constexpr int deep_enough = 2;
        if (depth_ == deep_enough) { return; }
        ++depth_;
        in_sink += place != Place::transform ? 1 : 0;
        ask(plan.callback_submits, Fault::sink_submitted, place, &Host::submit_in_callback);
        ask(plan.callback_looks, Fault::callback_drained, Place{}, &Host::look_in_callback);
        if (place == plan.place) {
            ask(plan.callback_cancels, Fault::sink_cancelled, place, &Host::cancel_in_callback);
            ask(plan.callback_destroys, Fault::sink_destroyed, place, &Host::destroy_in_callback);
        }
        in_sink -= place != Place::transform ? 1 : 0;
        --depth_;
    }

    // --- The transform ---------------------------------------------------------------------------------------------

    enum class Fate : std::uint8_t { succeeds, throws, drops, hangs };
    struct Call {
        Fate fate = Fate::succeeds;
        std::uint64_t number = 0;
    };

    [[nodiscard]] Call call_begins(std::uint32_t content) {
        ledger.require(!ledger.quiet, "a transform began after drain or cancel had returned");
        Call call{Fate::succeeds, ledger.calls.began(content, now())};
        if (happens(plan.transform_throws)) {
            call.fate = Fate::throws;
            count(Fault::transform_threw);
        } else if (happens(plan.transform_drops)) {
            call.fate = Fate::drops;
            count(Fault::transform_dropped);
        } else if (happens(plan.transform_hangs)) {
            call.fate = Fate::hangs;
            count(Fault::transform_hung);
        }
        constexpr std::string_view words[] = {"transform of content # begins and succeeds",
                                              "transform of content # begins and throws",
                                              "transform of content # begins and drops its completion",
                                              "transform of content # begins and hangs"};
        log.note(words[static_cast<std::size_t>(call.fate)], content, static_cast<std::uint64_t>(call.fate));
        reenter(Place::transform);
        return call;
    }
    void call_ends(std::uint64_t number, bool successfully) {
        if (ledger.calls.ended(number, successfully)) { count(Fault::late_result); }
    }
    /// The collator looks at the time.
    void time_is_seen() {
        const std::uint64_t given_up = ledger.calls.expire(now());
        counts[static_cast<std::size_t>(Fault::transform_timed_out)] += given_up;
        if (given_up != 0) { log.note("# calls have timed out", given_up); }
    }

    // --- The sink --------------------------------------------------------------------------------------------------

    template <class Event>
    void event_arrives(const Event& event) {
        sink_is_called(event, std::is_same_v<Event, Completed>
                                  ? "the sink is called: Completed, resource #, incarnation #, # packets"
                                  : "the sink is called: Incomplete, resource #, incarnation #, # packets");
        ledger.arrived(event, now());
        reenter(Place::deliver);
    }
    [[nodiscard]] bool sink_fails() {
        const bool fails = happens(plan.sink_fails);
        if (fails) { count(Fault::sink_failed); }
        return fails;
    }
    void event_taken(std::uint64_t id, bool dead_lettered = false) {
        log.note(dead_lettered ? "the dead letter takes resource #" : "the sink takes resource #", id);
        ledger.taken(id, dead_lettered, now());
    }
    void event_refused(std::uint64_t id) {
        log.note("the sink refuses resource #", id);
        ledger.refused(id);
    }
    /// False: the dead letter fails.
    template <class Event>
    [[nodiscard]] bool dead_letter_arrives(const Event& event) {
        count(Fault::dead_letter);
        sink_is_called(event, "the dead letter is called: resource #, incarnation #, # packets");
        ledger.arrived(event, now(), true);
        reenter(Place::dead_letter);
        if (!happens(plan.dead_letter_fails)) { return true; }
        count(Fault::dead_letter_failed);
        log.note("the dead letter refuses resource #", event.id);
        return false;
    }
    void receipts_return(std::span<std::uint32_t> receipts) {
        if (plant == Plant::loses_receipts_of_late_answers && is_answering) { return; }
        ledger.require(in_sink == 0, "a call of the sink within another one");
        for (const std::uint32_t receipt : receipts) {
            log.note("receipt # comes back", receipt);
            ledger.released(receipt, now());
        }
        reenter(Place::release);
    }

    // --- What hangs ------------------------------------------------------------------------------------------------

    struct HangingCall {
        sheaf::Completion<Chunk> completion;
        std::span<const std::byte> payload;  // valid as long as the completion exists
        std::uint32_t content = 0;
        std::uint64_t number = 0;
    };
    struct HangingAnswer {
        sheaf::Acknowledgement acknowledgement;
        std::uint64_t id = 0;
    };

    /// One of the hanging calls ends.
    void end_hanging_call() {
        HangingCall call = tape.take(hanging_calls);
        ledger.require(test::content_of(call.payload) == call.content,
                       "a payload went while a call was reading it");
        const bool fails = happens(plan.transform_throws);
        log.note(fails ? "the hanging transform of content # fails"
                       : "the hanging transform of content # succeeds",
                 call.content, fails ? 1 : 0);
        call_ends(call.number, !fails);
        if (fails) {
            call.completion.fail(std::make_exception_ptr(std::runtime_error{"in the end"}));
        } else {
            call.completion.complete(test::chunk_of(call.content));
        }
    }
    void give_hanging_answer() {
        HangingAnswer answer = tape.take(hanging_answers);
        is_answering = true;
        if (sink_fails()) {
            event_refused(answer.id);
            answer.acknowledgement.failed(std::make_exception_ptr(std::runtime_error{"later"}));
        } else {
            log.note("the sink answers at last that it has taken resource #", answer.id);
            ledger.answered(answer.id, now());
            answer.acknowledgement.delivered();
        }
        is_answering = false;
    }

    // --- The executor ----------------------------------------------------------------------------------------------

    /// Runs one of the tasks that wait, as the tape says. False where there is none.
    bool run_one() {
        if (tasks.empty()) { return false; }
        sheaf::detail::UniqueTask task = tape.take(tasks);
        task();
        return true;
    }

    Tape tape;
    const Plan plan;
    EventLog log;
    Ledger ledger;
    const Plant plant;
    Host* host = nullptr;
    std::vector<sheaf::detail::UniqueTask> tasks;
    std::vector<HangingCall> hanging_calls;
    std::vector<HangingAnswer> hanging_answers;
    bool faults_on = true;
    bool is_answering = false;
    int in_sink = 0;  // calls of the sink that are under way
    FaultCounts counts{};

private:
    void ask(unsigned percent, Fault first, Place place, bool (Host::*what)()) {
        if (!happens(percent) || !(host->*what)()) { return; }
        ++counts[static_cast<std::size_t>(first) + static_cast<std::size_t>(place)];
    }
    template <class Event>
    void sink_is_called(const Event& event, std::string_view words) {
        ledger.require(in_sink == 0, "a call of the sink within another one");
        log.note(words, event.id, event.incarnation, event.packets);
    }

    int depth_ = 0;
};

}  // namespace simulation
