#pragma once

#include "policies.hpp"

#include <sheaf/core/engine.hpp>
#include <sheaf/core/terminal_event.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace simulation {

/// The least shell that an engine can have: no lock, no stripes, one thread. It carries out what the engine says and
/// does nothing else, so what goes wrong in a simulation with it is the engine's doing. It answers like
/// `PacketCollator`.
class MiniCollator {
public:
    using Traits = test::EngineTraits;
    using Engine = sheaf::core::Engine<Traits, Chunk>;
    using Packet = Engine::packet_type;

    explicit MiniCollator(World& world)
        : state_{std::make_shared<State>(world)} {}
    MiniCollator(const MiniCollator&) = delete;
    MiniCollator& operator=(const MiniCollator&) = delete;
    ~MiniCollator() {
        if (state_->callbacks != 0) {
            state_->destroyed = state_;
        } else {
            state_->stop();
        }
    }

    // A callback may destroy this object: the state is kept, and this is not touched again.
    sheaf::Outcome submit(Packet& packet) {
        const Entry entry{state_};
        return entry.state->submit(packet);
    }
    sheaf::BatchOutcome submit(std::span<Packet> packets, std::span<sheaf::Outcome> outcomes) {
        const Entry entry{state_};
        sheaf::BatchOutcome total;
        bool failed = false;
        for (std::size_t i = 0; i < packets.size(); ++i) {
            outcomes[i] = sheaf::Rejection::executor_failed;
            try {
                if (!failed) { outcomes[i] = entry.state->submit(packets[i]); }
            } catch (const ExecutorRefused&) { failed = true; }
            if (failed) { entry.state->engine.count_rejected(); }
            total.count(outcomes[i], i);
        }
        return total;
    }
    sheaf::DrainReport<> drain(std::chrono::nanoseconds) {
        if (state_->callbacks != 0) { return {sheaf::DrainStatus::would_deadlock, statistics(), {}}; }
        const Entry entry{state_};
        return entry.state->drain();
    }
    void cancel() {
        std::shared_ptr<State> { state_ } -> cancel();
    }
    bool evict_oldest() {
        const Entry entry{state_};
        return entry.state->evict_oldest();
    }
    void advance(Instant now) {
        const Entry entry{state_};
        entry.state->advance(now);
    }
    [[nodiscard]] Instant next_deadline() { return state_->engine.next_deadline(); }
    [[nodiscard]] sheaf::Statistics statistics() const { return state_->statistics(); }
    [[nodiscard]] std::string explain(std::uint64_t id) const {
        return to_text(state_->engine.explain(id, State::hash(id), World::now()));
    }

private:
    using Node = Engine::Node;
    using NodeReference = sheaf::core::NodeReference<Node>;
    using Resource = Engine::ResourceType;

    struct State final : std::enable_shared_from_this<State>, sheaf::detail::CompletionTarget<Chunk> {
        explicit State(World& world)
            : options{world.plan.options}
            , budget{options}
            , engine{options, budget, options.seed, options.max_remembered}
            , maker{std::make_shared<const std::string>(options.name), options.first_index}
            , transform{&world}
            , sink{{&world}}
            , executor{&world} {}

        /// A call of the transform in the executor's queue.
        struct Task {
            Task(std::shared_ptr<State> state_, NodeReference node_) noexcept
                : state{std::move(state_)}
                , node{std::move(node_)}
                , attempt{node->attempt} {}
            Task(Task&&) noexcept = default;
            Task& operator=(Task&&) = delete;
            ~Task() {
                if (node && !state->is_refused) { state->fail(*node, attempt, nullptr); }
            }
            void operator()() noexcept {
                const NodeReference taken = std::move(node);
                state->call(*taken, attempt);
            }
            std::shared_ptr<State> state;
            NodeReference node;
            std::uint32_t attempt;
        };

        /// Around a call into the collator, or around user code: what that asks for happens when the outermost frame
        /// has gone.
        struct Frame {
            explicit Frame(State& state_) noexcept
                : state{state_} {
                ++state.frames;
            }
            Frame(const Frame&) = delete;
            Frame& operator=(const Frame&) = delete;
            ~Frame() {
                if (--state.frames != 0) { return; }
                const std::shared_ptr<State> keep = std::move(state.destroyed);
                if (std::exchange(state.cancel_requested, false)) { state.cancel(); }
                if (keep != nullptr) { keep->stop(); }
            }
            State& state;
        };
        struct Callback {
            explicit Callback(State& state) noexcept
                : frame{state} {
                ++state.callbacks;
            }
            Callback(const Callback&) = delete;
            Callback& operator=(const Callback&) = delete;
            ~Callback() { --frame.state.callbacks; }
            Frame frame;
        };

        [[nodiscard]] static std::uint64_t hash(std::uint64_t id) noexcept {
            return sheaf::KeyedHash{{3, 4}}(id);
        }

        sheaf::Outcome submit(Packet& packet) {
            NodeReference node{Node::create(packet.payload)};
            Engine::Admission admission{sheaf::Rejection::shutting_down};
            if (packet.index < options.first_index || packet.index > sheaf::max_index) {
                admission = {sheaf::Rejection::index_out_of_range};
            } else if (!intake_closed) {
                admission = engine.admit({hash(packet.resource_id), 0, node.get()}, packet, World::now());
            }
            if (admission.outcome == sheaf::Rejection::overloaded &&
                options.when_full == sheaf::WhenFull::block) {
                admission.outcome =
                    budget.has_work_in_flight() ? sheaf::Rejection::would_block : sheaf::Rejection::stalled;
            }
            if (admission.outcome.accepted()) {
                start(std::move(node), packet);
            } else if (admission.outcome.rejected()) {
                engine.count_rejected();
            } else if (admission.release_receipt) {
                give_back.push_back(packet.receipt);
                deliver_all();
            }
            return admission.outcome;
        }
        void start(NodeReference node, Packet& packet) {
            Node& admitted = *node.get();
            admitted.retain();
            const NodeReference keep{&admitted};
            try {
                place(std::move(node));
            } catch (...) {
                Engine::Work work;
                const bool undone = engine.undo(admitted, packet, World::now(), work);
                carry_out(work);
                if (undone) { throw; }
                call(admitted, 1);
            }
        }
        /// Throws: what the executor throws; then the task is destroyed without counting as lost.
        void place(NodeReference node) {
            Task task{shared_from_this(), std::move(node)};
            try {
                executor.execute(std::move(task));
            } catch (...) {
                is_refused = true;
                { const Task gone{std::move(task)}; }
                is_refused = false;
                throw;
            }
        }
        void call(Node& node, std::uint32_t attempt) {
            if (gate_closed) {
                engine.park(node, attempt, World::now());
            } else if (engine.begin(node, attempt, World::now())) {
                const Callback callback{*this};
                try {
                    transform(node.payload_bytes(),
                              sheaf::Completion<Chunk>{shared_from_this(), node, attempt});
                } catch (const std::exception&) {
                    // The completion was dropped on the way here, and has said so.
                    static_cast<void>(callback);
                }
            }
        }
        void transform_succeeded(sheaf::detail::PayloadOwner& node,
                                 std::uint32_t attempt,
                                 Chunk&& chunk) noexcept override {
            Engine::Work work;
            engine.complete(
                static_cast<Node&>(node), attempt, std::move(chunk), [] { return World::now(); }, work);
            carry_out(work);
        }
        void transform_threw(sheaf::detail::PayloadOwner& node,
                             std::uint32_t attempt,
                             std::exception_ptr error) noexcept override {
            fail(static_cast<Node&>(node), attempt, std::move(error));
        }
        void transform_dropped(sheaf::detail::PayloadOwner& node, std::uint32_t attempt) noexcept override {
            fail(static_cast<Node&>(node), attempt, std::make_exception_ptr(sheaf::BrokenCompletion{}));
        }
        void fail(Node& node, std::uint32_t attempt, std::exception_ptr error) noexcept {
            Engine::Work work;
            engine.fail(node, attempt, std::move(error), World::now(), work);
            carry_out(work);
        }

        void carry_out(Engine::Work& work) {
            while (Node* const node = work.dispatch.pop()) {
                node->retain();
                const NodeReference keep{node};
                const std::uint32_t attempt = node->attempt;
                try {
                    place(NodeReference{node});
                } catch (...) { fail(*node, attempt, std::current_exception()); }
            }
            while (Resource* const resource = work.deliver.pop()) { ready.push_back(resource); }
            deliver_all();
        }
        /// One loop at a time: a sink that submits does not recurse, and calls of it do not nest.
        void deliver_all() {
            if (is_delivering) { return; }
            is_delivering = true;
            const Callback callback{*this};
            while (!give_back.empty() || !ready.empty()) {
                if (!give_back.empty()) {
                    std::uint32_t receipt = give_back.back();
                    give_back.pop_back();
                    sink.release({&receipt, 1});
                } else {
                    Resource& resource = *ready.front();
                    ready.erase(ready.begin());
                    deliver(resource);
                }
            }
            is_delivering = false;
        }
        void deliver(Resource& resource) {
            if (gate_closed) {
                engine.postpone(resource, World::now());
                return;
            }
            if (resource.activity->prepared == nullptr) {
                resource.activity->prepared = maker.make(resource);
            }
            auto& event = resource.activity->prepared->event;
            try {
                std::visit([this](const auto& e) { sink.deliver(e); }, event);
                retire(resource, Engine::Departure::delivered);
            } catch (const std::exception&) {
                if (engine.not_delivered(resource, World::now(), is_final)) { bury(resource); }
            }
        }
        void bury(Resource& resource) {
            try {
                std::visit([this](const auto& e) { sink.dead_letter(e, nullptr); },
                           resource.activity->prepared->event);
            } catch (const std::exception&) {
                engine.keep_undelivered(resource);
                return;
            }
            retire(resource, Engine::Departure::dead_lettered);
        }
        void retire(Resource& resource, Engine::Departure departure) {
            engine.retire(resource, departure, World::now());
            auto& activity = *resource.activity;
            activity.for_each_node(
                [&](std::uint64_t, Node* node) { activity.receipts.push_back(node->receipt); });
            sink.release(activity.receipts);
            static_cast<void>(engine.forget(resource));
        }

        void advance(Instant now) {
            if (!gate_closed) {
                Engine::Work work;
                engine.expire(now, work);
                carry_out(work);
            }
        }
        sheaf::DrainReport<> drain() {
            intake_closed = true;
            gate_closed = is_final;
            Engine::Work work;
            if (!is_final) { engine.close_unfillable(World::now(), work); }
            carry_out(work);
            advance(World::now());
            while (!is_final && executor.run_one()) { advance(World::now()); }
            gate_closed = true;
            const bool finished = budget.resources() == 0;
            return {finished ? sheaf::DrainStatus::finished : sheaf::DrainStatus::deadline, statistics(), {}};
        }
        void stop() {
            static_cast<void>(drain());
            cancel();
        }
        void cancel() {
            if (callbacks != 0) {
                cancel_requested = true;
                return;
            }
            if (is_final) { return; }
            intake_closed = true;
            is_final = true;
            gate_closed = false;
            Engine::Work work;
            engine.abandon(World::now(), work);
            carry_out(work);
            gate_closed = true;
        }
        bool evict_oldest() {
            Resource* const resource = engine.oldest();
            if (resource != nullptr) {
                Engine::Work work;
                engine.evict(*resource, World::now(), work);
                carry_out(work);
            }
            return resource != nullptr;
        }
        [[nodiscard]] sheaf::Statistics statistics() const {
            sheaf::Statistics counts = engine.statistics();
            counts.held_packets = budget.packets();
            counts.held_bytes = budget.bytes();
            counts.transforms_in_flight = budget.transforms();
            return counts;
        }

        const sheaf::Options options;
        sheaf::core::Budget<> budget;
        Engine engine;
        sheaf::core::EventMaker<Traits, Chunk> maker;
        CompletingTransform transform;
        ReturningSink sink;
        UnreliableExecutor executor;
        std::vector<Resource*> ready;
        std::vector<std::uint32_t> give_back;  // receipts of duplicates
        bool intake_closed = false;
        bool gate_closed = false;
        bool is_final = false;
        bool is_delivering = false;
        bool is_refused = false;
        bool cancel_requested = false;
        std::shared_ptr<State> destroyed;  // this object, where a callback has destroyed the collator
        int frames = 0;
        int callbacks = 0;
    };

    struct Entry {
        explicit Entry(const std::shared_ptr<State>& state_) noexcept
            : state{state_}
            , frame{*state} {}
        std::shared_ptr<State> state;
        typename State::Frame frame;
    };

    std::shared_ptr<State> state_;
};

}  // namespace simulation
