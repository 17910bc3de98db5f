#pragma once

#include <sheaf/config.hpp>
#include <sheaf/fwd.hpp>
#include <sheaf/shared_payload.hpp>

#include <charconv>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

SHEAF_NAMESPACE_BEGIN

/// The text of a resource id in delivery ids, file names and messages. Integers and everything that converts
/// to `std::string_view` have one; for an id type of your own, provide `std::string id_text(const MyId&)` in its
/// namespace. It must be injective: distinct ids, distinct texts.
template <std::integral Id>
[[nodiscard]] std::string id_text(const Id& id) {
    return std::to_string(id);
}
/// The text that the id converts to.
template <class Id>
    requires std::convertible_to<const Id&, std::string_view>
[[nodiscard]] std::string id_text(const Id& id) {
    return std::string{std::string_view{id}};
}

/// A closed range of indices.
struct IndexRange {
    /// The lowest index.
    std::uint64_t first = 0;
    /// The highest index; it is part of the range.
    std::uint64_t last = 0;
    /// The same indices.
    friend bool operator==(const IndexRange&, const IndexRange&) = default;
};

/// A chunk that could not join the collated prefix, with its place.
template <class Chunk>
struct IndexedChunk {
    /// The place of its packet in the resource.
    std::uint64_t index = 0;
    /// What the transform made of the payload.
    Chunk chunk{};
};

/// The payload of a packet without a chunk, with its place.
struct IndexedPayload {
    /// The place of its packet in the resource.
    std::uint64_t index = 0;
    /// Its `bytes()` stay as they are for as long as any copy of it exists.
    SharedPayload payload{};
};

/// What ended a resource before it was complete.
enum class IncompleteReason : std::uint8_t {
    gap_timeout,       ///< The gap that the head waited for was open for `Options::gap_timeout`.
    inactivity,        ///< No packet of the resource came for `Options::inactivity_timeout`.
    total_age,         ///< The resource was open for `Options::total_age`.
    transform_failed,  ///< A transform threw, timed out or was dropped, on its last attempt.
    collation_failed,  ///< All chunks were there, and making the output of them threw.
    evicted,           ///< `evict_oldest` ended it to make room.
    drained,           ///< `drain`: nothing that could fill its gaps can come any more.
    cancelled,         ///< `cancel`.
};

/// The enumerator's own name, as it appears in results.
[[nodiscard]] constexpr std::string_view to_string(IncompleteReason reason) noexcept {
    switch (reason) {
    case IncompleteReason::gap_timeout: return "gap_timeout";
    case IncompleteReason::inactivity: return "inactivity";
    case IncompleteReason::total_age: return "total_age";
    case IncompleteReason::transform_failed: return "transform_failed";
    case IncompleteReason::collation_failed: return "collation_failed";
    case IncompleteReason::evicted: return "evicted";
    case IncompleteReason::drained: return "drained";
    case IncompleteReason::cancelled: return "cancelled";
    }
    return "unknown";
}

/// What both terminal events say of their resource.
template <class Id = std::uint64_t>
struct EventHeader {
    /// What names the resource.
    Id id{};
    /// Tells one life of an id from the next; the same on every attempt to deliver this event.
    std::uint64_t incarnation = 0;
    /// `Options::name` of the collator.
    std::shared_ptr<const std::string> name{};
    /// How many packets of the resource were accepted.
    std::uint64_t packets = 0;
    /// When its first packet was accepted, since the epoch of the collator's clock.
    std::chrono::nanoseconds opened_at{};
    /// When its last outstanding transform ended (or what else ended it happened), on the same clock.
    std::chrono::nanoseconds settled_at{};

    /// The stable delivery id, `<name>/<id>/<incarnation in hexadecimal>`: by it a receiver recognises a
    /// repeated delivery.
    ///
    /// Throws: `std::bad_alloc`.
    [[nodiscard]] std::string delivery_id() const {
        char digits[16];
        const auto end = std::to_chars(digits, digits + sizeof digits, incarnation, 16).ptr;
        std::string text = name ? *name : std::string{};
        text += '/';
        text += id_text(id);
        text += '/';
        text.append(digits, end);
        return text;
    }
};

/// Terminal event: all packets from the first index to the last were accepted and transformed; `output` is
/// their collation in index order.
///
/// Thread safety: a plain value.
template <class Output, class Id>
struct Completed : EventHeader<Id> {
    /// The collation of all chunks.
    Output output{};
};

/// Terminal event: the resource ended without being complete. Nothing that was accepted is missing in it:
/// each accepted packet is in `output`, in `chunks` or in `payloads`, and exactly once.
///
/// Thread safety: a plain value. The payloads are immutable and shared with calls that still read them.
template <class Output, class Id, class Chunk>
struct Incomplete : EventHeader<Id> {
    /// What ended the resource.
    IncompleteReason reason = IncompleteReason::cancelled;
    /// The collation of the prefix: all chunks from the first index up to the first one that lacks.
    Output output{};
    /// How many packets `output` holds: their indices are `first_index` to `first_index + collated - 1`.
    std::uint64_t collated = 0;
    /// The chunks beyond, ascending.
    std::vector<IndexedChunk<Chunk>> chunks{};
    /// The packets that have no chunk (failed, or not transformed in time), ascending.
    std::vector<IndexedPayload> payloads{};
    /// Indices never accepted, below the highest accepted one, ascending. Where `last_index` is unknown the
    /// resource lacks its tail too.
    std::vector<IndexRange> missing{};
    /// The last index, if its packet was accepted.
    std::optional<std::uint64_t> last_index{};
    /// What the transform or the collation threw, if that is the reason.
    std::exception_ptr error{};
};

SHEAF_NAMESPACE_END
