#pragma once

#include "counting_allocator.hpp"

#include <sheaf/core/engine.hpp>
#include <sheaf/core/terminal_event.hpp>
#include <sheaf/traits.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace test {

using sheaf::core::Instant;
using Chunk = std::vector<std::uint32_t>;

/// What tests submit: the payload is a number in decimal, so that an output shows which submission it came from.
[[nodiscard]] inline std::string payload_of(std::uint32_t content) { return std::to_string(content); }
[[nodiscard]] inline std::uint32_t content_of(std::span<const std::byte> payload) {
    std::uint32_t content = 0;
    for (const std::byte digit : payload) {
        content = content * 10 + (std::to_integer<std::uint32_t>(digit) - '0');
    }
    return content;
}
/// From here on some numbers make large chunks: more than an engine keeps the memory of.
inline constexpr std::uint32_t large_contents = 1'000'000;
/// The transform: the number, once to four times, or for every fifth number not at all.
[[nodiscard]] inline Chunk chunk_of(std::uint32_t content) {
    const bool is_large = content >= large_contents && content % 16 == 0;
    return Chunk(is_large ? sheaf::core::kept_bytes / sizeof(content) + 1 : content % 5, content);
}

/// The library's defaults, with memory that is counted. Without receipts a resource rests where it has nothing to do.
struct RestingTraits : sheaf::DefaultTraits {
    template <class T>
    using allocator = CountingAllocator<T>;
};
/// The same with receipts: plain numbers.
struct EngineTraits : RestingTraits {
    using receipt = std::uint32_t;
};

/// An engine, and what a shell would keep beside it: the calls of the transform that have not ended, and the ended
/// resources whose event is in nobody's hands. Nothing happens by itself; the test says what happens when.
template <class Traits = EngineTraits, class ChunkType = Chunk>
class EngineBench {
public:
    using Engine = sheaf::core::Engine<Traits, ChunkType>;
    using Maker = sheaf::core::EventMaker<Traits, ChunkType>;
    using Node = typename Engine::Node;
    using Resource = typename Engine::ResourceType;
    using Packet = typename Engine::packet_type;
    using Completed = typename Maker::completed_type;
    using Incomplete = typename Maker::incomplete_type;

    /// The record of a direct call, with the payload that it borrows.
    struct DirectCall {
        std::string payload;
        typename Engine::DirectCallType record;
    };

    /// One call of the transform that the engine has asked for.
    struct Call {
        sheaf::core::NodeReference<Node> node;  // null: a direct call
        std::uint32_t attempt = 1;
        std::uint64_t id = 0;
        std::uint64_t incarnation = 0;
        std::uint64_t index = 0;
        std::uint32_t content = 0;
        bool begun = false;
        bool is_borrowed = false;  // the packet's payload was
        std::unique_ptr<DirectCall> direct{};

        /// The packet's node, if it has one by now.
        [[nodiscard]] const Node* any_node() const noexcept {
            return direct != nullptr ? direct->record.node.load() : node.get();
        }
    };

    /// `block`: how much of the budget the engine may keep spare.
    explicit EngineBench(sheaf::Options options_,
                         std::uint64_t incarnation_seed = 1,
                         std::size_t remember_limit = 1'000,
                         const sheaf::core::Charge& block = {})
        : options{std::move(options_)}
        , budget{options}
        , engine{options, budget, incarnation_seed, remember_limit, block}
        , maker{std::make_shared<const std::string>(options.name), options.first_index} {}

    [[nodiscard]] static Packet packet(std::uint64_t id,
                                       std::uint64_t index,
                                       bool last,
                                       std::uint32_t content) {
        Packet made;
        made.resource_id = id;
        made.index = index;
        made.payload = sheaf::Payload{payload_of(content)};
        made.last = last;
        if constexpr (Engine::has_receipts) { made.receipt = content; }
        return made;
    }

    typename Engine::Admission submit(Packet& packet) {
        const std::uint32_t content = content_of(packet.payload.bytes());
        // Every other packet comes with a node of its own, as large ones do.
        sheaf::core::NodeReference<Node> node;
        if (content % 2 == 0) { node = sheaf::core::NodeReference<Node>{Node::create(packet.payload)}; }
        const auto admission =
            engine.admit({hash(packet.resource_id), digest_of(packet), node.get()}, packet, now);
        if (admission.node != nullptr && !node) { node = sheaf::core::NodeReference<Node>{admission.node}; }
        if (admission.outcome.accepted()) {
            Resource& resource = *node->resource;
            const bool is_borrowed = node->is_copied;
            calls.push_back({std::move(node), 1, resource.id, resource.incarnation, packet.index, content,
                             false, is_borrowed, nullptr});
        }
        return admission;
    }
    /// The same as a direct call, or with the chunk at hand: then an accepted packet without a node is complete.
    typename Engine::Admission submit_directly(Packet& packet, bool with_chunk)
        requires Engine::allows_direct_calls
    {
        auto direct = std::make_unique<DirectCall>();
        const std::uint32_t content = content_of(packet.payload.bytes());
        direct->payload = payload_of(content);
        packet.payload = sheaf::Payload{std::string_view{direct->payload}};
        const typename Engine::Arrival arrival{hash(packet.resource_id), 0, nullptr};
        typename Engine::Work work;
        typename Engine::Admission admission;
        if (with_chunk && engine.takes_chunks()) {
            ChunkType chunk = chunk_of(content);
            admission = engine.admit_with_chunk(arrival, packet, now, direct->record, 0, chunk, work);
        } else {
            admission = engine.admit_direct(arrival, packet, now, direct->record);
        }
        collect(work);
        sheaf::core::NodeReference<Node> node{admission.node};
        Resource* const resource = node ? node->resource : direct->record.resource;
        if (resource != nullptr) {
            if (node) { direct.reset(); }
            calls.push_back({std::move(node), 1, resource->id, resource->incarnation, packet.index, content,
                             false, true, std::move(direct)});
        }
        return admission;
    }
    sheaf::Outcome submit(std::uint64_t id, std::uint64_t index, bool last, std::uint32_t content) {
        Packet made = packet(id, index, last, content);
        return submit(made).outcome;
    }
    /// The same with a payload that the packet only borrows.
    sheaf::Outcome submit_borrowed(std::uint64_t id, std::uint64_t index, bool last, std::uint32_t content) {
        Packet made = packet(id, index, last, content);
        const std::string text = payload_of(content);
        made.payload = sheaf::Payload{text};
        return submit(made).outcome;
    }

    [[nodiscard]] static std::uint64_t digest_of(const Packet& packet) {
        if constexpr (Engine::has_digest) {
            return Traits::digest::of(packet.payload.bytes(), sheaf::SipKey{});
        } else {
            static_cast<void>(packet);
            return 0;
        }
    }

    [[nodiscard]] Call take_call(std::size_t position = 0) {
        Call call = std::move(calls[position]);
        calls.erase(calls.begin() + static_cast<std::ptrdiff_t>(position));
        return call;
    }
    [[nodiscard]] bool begin(Call& call) {
        if (call.direct != nullptr && call.any_node() == nullptr) {
            call.direct->record.begin(now);
            call.begun = true;
            return true;
        }
        become_ordinary(call);
        call.begun = engine.begin(*call.node, call.attempt, now);
        return call.begun;
    }
    /// Ends a call that has begun (or begins it, if need be) with its chunk.
    void complete(Call call) { complete(std::move(call), chunk_of(call.content)); }
    void complete(Call call, ChunkType chunk) {
        if (!call.begun && !begin(call)) { return; }
        typename Engine::Work work;
        const auto at = [this] { return now; };
        if constexpr (Engine::allows_direct_calls) {
            if (call.direct != nullptr) {
                engine.complete_direct(call.direct->record, 0, chunk, at, work);
                collect(work);
                return;
            }
        }
        // In each of the ways that shells have: the call's reference stays with the caller, goes along with the chunk,
        // or with a chunk that was made in place.
        constexpr bool can_fill = std::copyable<ChunkType> && std::default_initializable<ChunkType>;
        const bool may_fill = can_fill && options.transform_timeout == Instant::zero();
        if (call.content % 3 == 0) {
            engine.complete(*call.node, call.attempt, std::move(chunk), at, work);
        } else if (!may_fill || call.content % 3 == 1) {
            engine.complete(call.node, call.attempt, std::move(chunk), at, work);
        } else if constexpr (can_fill) {
            call.node->chunk.storage() = chunk;
            engine.complete(call.node, call.attempt, at, work);
        }
        collect(work);
    }
    void fail(Call call, const char* what = "transform") {
        fail(std::move(call), std::make_exception_ptr(std::runtime_error{what}));
    }
    void fail(Call call, std::exception_ptr error) {
        if (!call.begun && !begin(call)) { return; }
        become_ordinary(call);
        typename Engine::Work work;
        engine.fail(*call.node, call.attempt, std::move(error), now, work);
        collect(work);
    }
    void park(Call call) {
        become_ordinary(call);
        engine.park(*call.node, call.attempt, now);
    }
    /// The executor has refused the call.
    [[nodiscard]] bool undo(Call& call, Packet& packet) {
        typename Engine::Work work;
        const bool undone = engine.undo(*call.node, packet, now, work);
        collect(work);
        return undone;
    }
    /// Completes all calls, oldest first, until there are none.
    void complete_all() {
        while (!calls.empty()) { complete(take_call()); }
    }

    void advance_to(Instant later) {
        now = later;
        typename Engine::Work work;
        engine.expire(now, work);
        collect(work);
    }
    void close_unfillable() {
        typename Engine::Work work;
        engine.close_unfillable(now, work);
        collect(work);
    }
    void abandon() {
        typename Engine::Work work;
        engine.abandon(now, work);
        collect(work);
    }
    void evict(Resource& resource) {
        typename Engine::Work work;
        engine.evict(resource, now, work);
        collect(work);
    }

    [[nodiscard]] Resource& take_ready(std::size_t position = 0) {
        Resource& resource = *ready[position];
        ready.erase(ready.begin() + static_cast<std::ptrdiff_t>(position));
        return resource;
    }
    /// The event of a resource out of `ready`; made once.
    [[nodiscard]] sheaf::core::TerminalEvent<Traits, ChunkType>& event_of(Resource& resource) {
        if (resource.activity->prepared == nullptr) { resource.activity->prepared = maker.make(resource); }
        return resource.activity->prepared->event;
    }
    /// The event has left. Gives back the receipts of the resource's packets.
    std::vector<typename Traits::receipt> retire(
        Resource& resource, typename Engine::Departure departure = Engine::Departure::delivered) {
        engine.retire(resource, departure, now);
        std::vector<typename Traits::receipt> receipts;
        if constexpr (Engine::has_receipts) {
            receipts = std::move(resource.activity->receipts);
            resource.activity->for_each_node(
                [&receipts](std::uint64_t, Node* node) { receipts.push_back(std::move(node->receipt)); });
        }
        static_cast<void>(engine.forget(resource));
        return receipts;
    }

    [[nodiscard]] static std::uint64_t hash(std::uint64_t id) noexcept {
        return sheaf::KeyedHash{{1, 2}}(id);
    }
    /// What is taken from the budget and in use.
    [[nodiscard]] sheaf::core::Charge held() const noexcept {
        sheaf::core::Charge taken{budget.packets(), budget.bytes(), budget.resources(), budget.transforms()};
        return taken -= engine.spare();
    }
    [[nodiscard]] bool budget_is_empty() const noexcept {
        return budget.packets() == 0 && budget.bytes() == 0 && budget.resources() == 0 &&
               budget.transforms() == 0 && budget.deliveries() == 0;
    }
    [[nodiscard]] bool is_conserved() const noexcept {
        const sheaf::Statistics counts = engine.statistics();
        return counts.accepted == counts.delivered + counts.side_channel + counts.in_flight;
    }

    const sheaf::Options options;
    sheaf::core::Budget<> budget;
    Engine engine;
    Maker maker;
    Instant now{std::chrono::hours{1}};
    std::vector<Call> calls;
    std::vector<Resource*> ready;

private:
    /// A direct call that does not end as is the rule.
    void become_ordinary(Call& call) {
        if constexpr (Engine::allows_direct_calls) {
            if (call.direct == nullptr) { return; }
            call.node = engine.node_of(call.direct->record, 0);
            // The node has a copy of the payload; what it had been given is gone.
            call.direct.reset();
        }
    }

    void collect(typename Engine::Work& work) {
        while (Node* const node = work.dispatch.pop()) {
            calls.push_back({sheaf::core::NodeReference<Node>{node}, node->attempt, node->resource->id,
                             node->resource->incarnation, node->index, content_of(node->payload_bytes()),
                             false, node->is_copied, nullptr});
        }
        while (Resource* const resource = work.deliver.pop()) { ready.push_back(resource); }
    }
};

}  // namespace test
