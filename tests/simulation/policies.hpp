#pragma once

#include "world.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <stdexcept>
#include <utility>

namespace simulation {

struct ExecutorRefused : std::runtime_error {
    ExecutorRefused()
        : std::runtime_error{"the executor refuses"} {}
};

/// An executor that refuses or loses tasks, and runs them when the world says so.
struct UnreliableExecutor {
    static constexpr bool is_manual = true;

    template <class Task>
    void execute(Task&& task) {
        if (world->happens(world->plan.executor_refuses)) {
            world->count(Fault::executor_refused);
            world->log.note("the executor refuses a task");
            throw ExecutorRefused{};
        }
        if (world->happens(world->plan.executor_drops)) {
            world->count(Fault::executor_dropped);
            world->log.note("the executor drops a task");
            [[maybe_unused]] const auto lost = std::forward<Task>(task);
            return;
        }
        world->tasks.emplace_back(std::forward<Task>(task));
    }
    bool run_one() const { return world->run_one(); }

    World* world;
};

/// Answers by returning.
struct ReturningTransform {
    Chunk operator()(std::span<const std::byte> payload) const {
        const std::uint32_t content = test::content_of(payload);
        const World::Call call = world->call_begins(content);
        // Nothing to hang with: then it throws.
        const bool succeeds = call.fate == World::Fate::succeeds;
        world->call_ends(call.number, succeeds);
        if (!succeeds) { throw std::runtime_error{"transform"}; }
        return test::chunk_of(content);
    }

    World* world;
};

/// Answers through a completion: now, later, never.
struct CompletingTransform {
    using chunk_type = Chunk;

    void operator()(std::span<const std::byte> payload, sheaf::Completion<Chunk> completion) const {
        const std::uint32_t content = test::content_of(payload);
        const World::Call call = world->call_begins(content);
        if (call.fate == World::Fate::hangs) {
            world->hanging_calls.push_back({std::move(completion), payload, content, call.number});
            return;
        }
        world->call_ends(call.number, call.fate == World::Fate::succeeds);
        if (call.fate == World::Fate::succeeds) { completion.complete(test::chunk_of(content)); }
        if (call.fate == World::Fate::throws) { throw std::runtime_error{"transform"}; }
    }

    World* world;
};

/// What the sinks share: a dead letter and receipts.
struct SinkBase {
    template <class Event>
    void dead_letter(const Event& event, const std::exception_ptr&) {
        const std::uint64_t id = event.id;
        if (!world->dead_letter_arrives(event)) { throw std::runtime_error{"dead letter"}; }
        world->event_taken(id, true);
    }
    void release(std::span<std::uint32_t> receipts) noexcept { world->receipts_return(receipts); }

    World* world;
};

/// Answers by returning.
struct ReturningSink : SinkBase {
    template <class Event>
    void deliver(const Event& event) {
        if (world->plant == Plant::loses_events_of_three && event.packets == 3) { return; }
        world->event_arrives(event);
        if (world->sink_fails()) {
            world->event_refused(event.id);
            throw std::runtime_error{"sink"};
        }
        world->event_taken(event.id);
    }
};

/// Answers through an acknowledgement: now, later, or by dropping it.
struct AcknowledgingSink : SinkBase {
    template <class Event>
    void deliver(const Event& event, sheaf::Acknowledgement acknowledgement) {
        const std::uint64_t id = event.id;
        world->event_arrives(event);
        if (world->happens(world->plan.sink_answers_late)) {
            world->count(Fault::sink_answered_later);
            world->log.note("the sink will answer later");
            world->hanging_answers.push_back({std::move(acknowledgement), id});
        } else if (!world->sink_fails()) {
            world->event_taken(id);
            acknowledgement.delivered();
        } else {
            world->event_refused(id);  // by dropping the acknowledgement
            if (world->tape.chance(50)) { throw std::runtime_error{"sink"}; }
        }
    }
};

/// Takes a `Completed` over, and answers for an `Incomplete` through an acknowledgement.
struct ConsumingSink : AcknowledgingSink {
    using AcknowledgingSink::deliver;

    void deliver(Completed&& event) noexcept {
        const Completed mine = std::move(event);
        world->event_arrives(mine);
        world->event_taken(mine.id);
    }
};

}  // namespace simulation
