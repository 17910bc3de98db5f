#pragma once

#include "event_log.hpp"
#include "ledger.hpp"
#include "plan.hpp"
#include "random.hpp"

#include <sheaf/acknowledgement.hpp>
#include <sheaf/completion.hpp>
#include <sheaf/executor/manual_executor.hpp>
#include <sheaf/traits.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <span>
#include <stdexcept>
#include <string_view>
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

/// Faults and other remarkable things, to see that each of them happens often enough.
enum class Fault : std::uint8_t {
    transform_threw,
    transform_dropped,
    transform_hung,
    sink_failed,
    sink_answered_later,
    dead_letter_failed,
    sink_submitted,
    sink_cancelled,
    executor_refused,
    executor_dropped,
    duplicate,
    conflict,
    late,
    rejected,
    evicted,
    count_,
};

struct ExecutorRefused : std::runtime_error {
    ExecutorRefused()
        : std::runtime_error{"the executor refuses"} {}
};

/// Everything that is not the collator: how transforms, sinks and the executor behave, as the plan and the seed say.
/// One thread; what a callback finds out goes to the ledger.
class World {
public:
    World(Plan plan_, std::uint64_t seed, bool keeps_text)
        : plan{std::move(plan_)}
        , random{seed ^ 0x5bf0'3635'dcd1'a4e5U}
        , log{keeps_text}
        , ledger{plan, log}
        , executor{random() | 1U} {
        SimulatedClock::current = std::chrono::hours{1};
    }

    [[nodiscard]] static Instant now() noexcept { return SimulatedClock::current; }
    [[nodiscard]] bool happens(unsigned percent) { return faults_on && random.chance(percent); }
    void count(Fault fault) { ++counts[static_cast<std::size_t>(fault)]; }

    // --- The transform ---------------------------------------------------------------------------------------------

    enum class Fate : std::uint8_t { succeeds, throws, drops, hangs };

    [[nodiscard]] Fate fate_of_call(std::uint32_t content) {
        ledger.require(!ledger.quiet, "a transform began after drain or cancel had returned");
        Fate fate = Fate::succeeds;
        if (happens(plan.transform_throws)) {
            fate = Fate::throws;
            count(Fault::transform_threw);
        } else if (happens(plan.transform_drops)) {
            fate = Fate::drops;
            count(Fault::transform_dropped);
        } else if (happens(plan.transform_hangs)) {
            fate = Fate::hangs;
            count(Fault::transform_hung);
        }
        log.note("transform", content, static_cast<std::uint64_t>(fate));
        if (fate == Fate::throws || fate == Fate::drops) { ++ledger.transform_failures[content]; }
        return fate;
    }

    // --- The sink --------------------------------------------------------------------------------------------------

    /// Called by the sinks. False: the sink fails.
    template <class Event>
    [[nodiscard]] bool event_arrives(const Event& event) {
        log.note("event", event.id, event.incarnation, event.packets);
        ledger.arrived(event, now());
        if (in_sink == 0 && happens(plan.sink_submits) && submit_from_sink) {
            count(Fault::sink_submitted);
            ++in_sink;
            submit_from_sink();
            --in_sink;
        }
        if (happens(plan.sink_cancels) && cancel_from_sink) {
            count(Fault::sink_cancelled);
            cancel_from_sink();
        }
        const bool fails = happens(plan.sink_fails);
        if (fails) { count(Fault::sink_failed); }
        return !fails;
    }
    void event_taken(std::uint64_t id, bool dead_lettered = false) {
        log.note(dead_lettered ? "dead letter" : "taken", id);
        ledger.taken(id, dead_lettered);
    }
    void receipts_return(std::span<std::uint32_t> receipts) {
        for (const std::uint32_t receipt : receipts) {
            log.note("receipt", receipt);
            ledger.released(receipt);
        }
    }

    // --- What hangs ------------------------------------------------------------------------------------------------

    struct HangingCall {
        sheaf::Completion<Chunk> completion;
        std::span<const std::byte> payload;  // valid as long as the completion exists
        std::uint32_t content = 0;
    };
    struct HangingAnswer {
        sheaf::Acknowledgement acknowledgement;
        std::uint64_t id = 0;
    };

    /// One of the hanging calls ends.
    void end_hanging_call() {
        HangingCall call = random.take(hanging_calls);
        ledger.require(test::content_of(call.payload) == call.content,
                       "a payload went while a call was reading it");
        const bool fails = happens(plan.transform_throws);
        log.note("hanging call ends", call.content, fails ? 1 : 0);
        if (fails) {
            ++ledger.transform_failures[call.content];
            call.completion.fail(std::make_exception_ptr(std::runtime_error{"in the end"}));
        } else {
            ledger.transformed.insert(call.content);
            call.completion.complete(test::chunk_of(call.content));
        }
    }
    void give_hanging_answer() {
        HangingAnswer answer = random.take(hanging_answers);
        if (happens(plan.sink_fails)) {
            count(Fault::sink_failed);
            log.note("sink answers: failed", answer.id);
            answer.acknowledgement.failed(std::make_exception_ptr(std::runtime_error{"later"}));
        } else {
            log.note("sink answers: delivered", answer.id);
            ledger.answered(answer.id);
            answer.acknowledgement.delivered();
        }
    }

    const Plan plan;
    test::Random random;
    EventLog log;
    Ledger ledger;
    sheaf::ManualExecutor executor;
    std::vector<HangingCall> hanging_calls;
    std::vector<HangingAnswer> hanging_answers;
    bool faults_on = true;
    int in_sink = 0;
    std::function<void()> submit_from_sink;
    std::function<void()> cancel_from_sink;
    std::array<std::uint64_t, static_cast<std::size_t>(Fault::count_)> counts{};
};

/// An executor that refuses or loses tasks.
struct UnreliableExecutor {
    static constexpr bool is_manual = true;

    template <class Task>
    void execute(Task&& task) {
        if (world->happens(world->plan.executor_refuses)) {
            world->count(Fault::executor_refused);
            throw ExecutorRefused{};
        }
        if (world->happens(world->plan.executor_drops)) {
            world->count(Fault::executor_dropped);
            [[maybe_unused]] const auto lost = std::forward<Task>(task);
            return;
        }
        world->executor.execute(std::forward<Task>(task));
    }
    bool run_one() const { return world->executor.run_one(); }

    World* world;
};

/// Answers by returning.
struct ReturningTransform {
    Chunk operator()(std::span<const std::byte> payload) const {
        const std::uint32_t content = test::content_of(payload);
        const World::Fate fate = world->fate_of_call(content);
        if (fate == World::Fate::hangs) {
            ++world->ledger.transform_failures[content];  // nothing to hang with: it throws
        }
        if (fate != World::Fate::succeeds) { throw std::runtime_error{"transform"}; }
        world->ledger.transformed.insert(content);
        return test::chunk_of(content);
    }

    World* world;
};

/// Answers through a completion: now, later, never.
struct CompletingTransform {
    using chunk_type = Chunk;

    void operator()(std::span<const std::byte> payload, sheaf::Completion<Chunk> completion) const {
        const std::uint32_t content = test::content_of(payload);
        switch (world->fate_of_call(content)) {
        case World::Fate::succeeds:
            world->ledger.transformed.insert(content);
            completion.complete(test::chunk_of(content));
            return;
        case World::Fate::throws: throw std::runtime_error{"transform"};
        case World::Fate::drops: return;
        case World::Fate::hangs:
            world->hanging_calls.push_back({std::move(completion), payload, content});
            return;
        }
    }

    World* world;
};

/// What both sinks share: a dead letter and receipts.
struct SinkBase {
    template <class Event>
    void dead_letter(const Event& event, const std::exception_ptr&) {
        world->ledger.arrived(event, World::now());
        if (world->happens(world->plan.dead_letter_fails)) {
            world->count(Fault::dead_letter_failed);
            throw std::runtime_error{"dead letter"};
        }
        world->event_taken(event.id, true);
    }
    void release(std::span<std::uint32_t> receipts) noexcept { world->receipts_return(receipts); }

    World* world;
};

/// Answers by returning.
struct ReturningSink : SinkBase {
    template <class Event>
    void deliver(const Event& event) {
        if (!world->event_arrives(event)) { throw std::runtime_error{"sink"}; }
        world->event_taken(event.id);
    }
};

/// Answers through an acknowledgement: now, later, or by dropping it.
struct AcknowledgingSink : SinkBase {
    template <class Event>
    void deliver(const Event& event, sheaf::Acknowledgement acknowledgement) {
        const std::uint64_t id = event.id;
        const bool succeeds = world->event_arrives(event);
        if (world->happens(world->plan.sink_answers_late)) {
            world->count(Fault::sink_answered_later);
            world->hanging_answers.push_back({std::move(acknowledgement), id});
        } else if (succeeds) {
            world->event_taken(id);
            acknowledgement.delivered();
        } else if (world->random.chance(50)) {
            throw std::runtime_error{"sink"};  // drops the acknowledgement
        }
    }
};

}  // namespace simulation
