#pragma once

#include <sheaf/config.hpp>
#include <sheaf/core/allocated.hpp>
#include <sheaf/core/chunk_slot.hpp>
#include <sheaf/core/deadline_queue.hpp>
#include <sheaf/core/instant.hpp>
#include <sheaf/packet.hpp>
#include <sheaf/shared_payload.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace core {

template <class Traits, class Chunk>
struct Resource;

/// Where a packet stands on its way from payload to chunk.
enum class PacketState : std::uint8_t {
    dispatched,  ///< A call of the transform is queued or running.
    waiting,     ///< Its next attempt waits for a time (backoff), or for a closed gate to open.
    done,        ///< It has its chunk.
    failed,      ///< It will have none: out of attempts, or abandoned by `cancel`.
};

/// The record of one accepted packet, from admission until its chunk has joined the prefix or its resource's
/// event has gone. Its payload is shared by count: with running calls and with `Incomplete` events.
///
/// Everything but the payload's bytes and the count is guarded by the stripe's lock.
template <class Traits, class Chunk>
class PacketNode final : public detail::PayloadOwner, public Timer {
public:
    using receipt_type = typename Traits::receipt;

    PacketNode() noexcept = default;
    ~PacketNode() override = default;

    /// A node that no engine knows yet, without a payload. Throws: `std::bad_alloc`.
    [[nodiscard]] static PacketNode* create() {
        return create_object<PacketNode, Traits::template allocator>();
    }
    /// The same with a copy of what `payload` borrows. Throws: `std::bad_alloc`.
    [[nodiscard]] static PacketNode* create(const Payload& payload) {
        PacketNode* const node = create();
        SHEAF_TRY {
            node->copy(payload);
            return node;
        }
        SHEAF_CATCH_ALL {
            node->release();
            SHEAF_RETHROW;
        }
        return nullptr;  // not covered: one of the two above has left
    }

    /// Copies what `payload` borrows. Throws: `std::bad_alloc`.
    void copy(const Payload& payload) {
        if (payload.is_borrowed()) { copy(payload.bytes()); }
    }
    void copy(std::span<const std::byte> bytes) {
        copy_.assign(bytes.begin(), bytes.end());
        is_copied = true;
    }
    /// The same with memory that is at hand.
    void copy(std::span<const std::byte> bytes, std::vector<std::byte>&& memory) noexcept {
        copy_ = std::move(memory);
        copy(bytes);
    }
    /// Takes over what an accepted packet owns.
    void adopt(Payload& payload) noexcept {
        payload_held = payload.held_bytes();
        if (!payload.is_borrowed()) { payload_ = std::move(payload); }
    }
    /// Gives it back where the admission is undone.
    void give_back(Payload& payload) noexcept {
        if (!payload.is_borrowed()) { payload = std::move(payload_); }
    }
    /// Frees the payload's memory, but for a little that the next packet may use. Precondition: nobody reads it.
    void drop_payload() noexcept {
        if (is_copied) {
            empty_for_reuse(copy_);
        } else {
            payload_ = Payload{};
        }
    }

    /// Becomes the record of an accepted packet, whose first call is on its way. The engine shares it from now on: its
    /// reference, and that of the call. Precondition: nobody else can reach it yet.
    void begin(Resource<Traits, Chunk>& its_resource,
               std::uint64_t its_index,
               bool is_last,
               Instant at) noexcept {
        resource = &its_resource;
        index = its_index;
        last = is_last;
        admitted_at = at;
        attempt = 1;
        calls = 1;
        state = PacketState::dispatched;
        this->set_references(2);
    }

    /// A node that only the engine can reach, as if it had just been created.
    void recycle() noexcept {
        drop_payload();
        is_copied = false;
        resource = nullptr;
        linger_bytes = 0;
        call_began_at.store(0, std::memory_order_relaxed);
        calls = 0;
        lingers = false;
        witnessed = false;
        holds_call = false;
        chunk.reset();
        receipt = receipt_type{};
        this->set_references(1);
    }
    /// The engine can take it back: nobody else holds a reference.
    [[nodiscard]] bool is_only_the_engines() const noexcept { return this->is_held_by(holds_call ? 2 : 1); }
    /// The engine lets go of it.
    void release_all() noexcept {
        if (std::exchange(holds_call, false)) { this->release(); }
        this->release();
    }

    [[nodiscard]] std::span<const std::byte> payload_bytes() const noexcept override {
        return is_copied ? std::span<const std::byte>{copy_} : payload_.bytes();
    }

    // In the order of use: first what is left of a packet that has its chunk.
    PacketState state = PacketState::dispatched;
    bool last = false;
    bool lingers =
        false;  // settled, but a call still runs: it keeps its place among the transforms in flight
    bool witnessed = false;      // an answer was given that relies on this packet: the admission stands
    bool is_copied = false;      // the payload is a copy
    bool holds_call = false;     // the reference of a call that has ended is the engine's, beside its own
    PacketNode* next = nullptr;  // link of the work lists
    std::uint64_t index = 0;
    ChunkSlot<Chunk> chunk{};
    Instant admitted_at{};
    std::size_t payload_held = 0;  // what the payload is booked with
    std::uint32_t attempt = 0;  // number of the current attempt, 1 is the first; results of others are late
    std::uint32_t calls = 0;    // dispatched calls that have not ended: they may read the payload
    std::uint32_t stripe = 0;   // the shell's: whose lock guards this node
    Resource<Traits, Chunk>* resource = nullptr;  // valid while the state is `dispatched` or `waiting`
    std::size_t linger_bytes = 0;                 // what is booked for this node alone, while it lingers
    std::uint64_t digest = 0;                     // of the payload, if the Traits ask for it
    // When the running call began; 0: not begun. Written by the thread that calls the transform, read by
    // explain() and by the report of drain().
    typename Traits::threading::template atomic<Instant::rep> call_began_at{0};
    [[no_unique_address]] receipt_type receipt{};

private:
    void destroy() noexcept override { destroy_object<Traits::template allocator>(this); }

    Payload payload_;              // what the packet owned
    std::vector<std::byte> copy_;  // else
};

/// Owns one reference of a node.
template <class Node>
class NodeReference {
public:
    NodeReference() noexcept = default;
    /// Takes the reference over.
    explicit NodeReference(Node* node) noexcept
        : node_{node} {}
    NodeReference(NodeReference&& other) noexcept
        : node_{std::exchange(other.node_, nullptr)} {}
    NodeReference& operator=(NodeReference&& other) noexcept {
        NodeReference taken{std::move(other)};
        std::swap(node_, taken.node_);
        return *this;
    }
    ~NodeReference() {
        if (node_ != nullptr) { node_->release(); }
    }

    [[nodiscard]] Node* get() const noexcept { return node_; }
    [[nodiscard]] Node& operator*() const noexcept { return *node_; }
    [[nodiscard]] Node* operator->() const noexcept { return node_; }
    [[nodiscard]] explicit operator bool() const noexcept { return node_ != nullptr; }
    [[nodiscard]] Node* detach() noexcept { return std::exchange(node_, nullptr); }

private:
    Node* node_ = nullptr;
};

}  // namespace core

SHEAF_NAMESPACE_END
