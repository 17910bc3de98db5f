#pragma once

#include <sheaf/collation/concatenate.hpp>
#include <sheaf/config.hpp>
#include <sheaf/keyed_hash.hpp>
#include <sheaf/packet.hpp>
#include <sheaf/threading.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <ranges>
#include <span>
#include <type_traits>

SHEAF_NAMESPACE_BEGIN

/// Timer policy: the collator runs a thread of its own that sleeps until the next deadline.
struct OwnTimer {};

/// Timer policy: the host asks `next_deadline()` and calls `advance(now)`; no thread is started.
struct HostTimer {};

/// A mutex that does nothing: the single-threaded mode. It requires `HostTimer` and an executor that runs tasks
/// on the host's thread.
struct NullMutex {
    /// Does nothing.
    void lock() noexcept {}
    /// Does nothing.
    void unlock() noexcept {}
    /// Does nothing, and says that it holds the lock.
    [[nodiscard]] bool try_lock() noexcept { return true; }
};

/// Digest policy: the contents of duplicates are not compared.
struct NoDigest {};

/// Digest policy: a duplicate of an open resource whose payload differs from the accepted one is a `conflict`; of a
/// finished resource nothing is kept to compare. Costs 8 bytes a packet of an open resource and one pass over each
/// payload.
struct PayloadDigest {
    /// SipHash-1-3 of the bytes, keyed like the ids.
    [[nodiscard]] static std::uint64_t of(std::span<const std::byte> bytes, SipKey key) noexcept {
        return detail::sip_hash(bytes, key);
    }
};

/// What is fixed at compile time. To change one thing, inherit and shadow it, and pass the type as a tag:
///
///     struct MyTraits : sheaf::DefaultTraits { using resource_id = std::string; };
///     sheaf::PacketCollator collator{transform, sink, executor, options, sheaf::traits<MyTraits>};
///
/// One optional member is not here: `static std::uint64_t source_position(const receipt&) noexcept`, where the receipt
/// knows the place of its packet in the source. Then that of a resource's first packet is its incarnation, so a
/// delivery id is the same after a restart that reads the source again.
struct DefaultTraits {
    /// What names a resource: default constructible, copyable, equality comparable, hashable by `hash`. Copying may
    /// throw; comparing and moving must not, because they run under a stripe's lock.
    using resource_id = std::uint64_t;

    /// What a source wants back after delivery: nothrow default constructible and movable, may be move-only. With any
    /// other type than `NoReceipt` the sink needs `release(std::span<receipt>)`.
    using receipt = NoReceipt;

    /// The keyed hash of ids: constructed from a `SipKey`, called as `std::uint64_t operator()(const id&) const
    /// noexcept`. It runs under no lock; an unkeyed one opens the table to chosen collisions. Its low 32 bits count.
    using hash = KeyedHash;

    /// How the chunks of a resource become one output; see `collation/`.
    using collation = Concatenate;

    /// Gives the time: a static `now()`, steady. Only the concurrent shell asks it; the engine is told.
    using clock = std::chrono::steady_clock;

    /// The lock of a stripe: `std::mutex`, `NullMutex`, or one of the host's with `lock` and `unlock`.
    using mutex = std::mutex;

    /// The other primitives by which threads meet; for schedulers of tests.
    using threading = StandardThreading;

    /// `OwnTimer` or `HostTimer`.
    using timer = OwnTimer;

    /// `NoDigest` or `PayloadDigest`.
    using digest = NoDigest;

    /// Allocator of the collator's internal state, rebound as needed; stateless. Outputs and payload buffers do
    /// not come from it.
    template <class T>
    using allocator = std::allocator<T>;

    /// How many stripes share the resources: a power of two. (`statistics` holds all their locks at once, and thread
    /// sanitizers cannot follow a thread that holds more than 63.)
    static constexpr std::size_t stripe_count = 32;

    /// Bytes that a chunk or output holds beyond its own object, for `Options::max_bytes`. The default knows
    /// contiguous containers; shadow it for chunks that own memory in another way.
    template <class T>
    [[nodiscard]] static std::size_t held_bytes(const T& value) noexcept {
        if constexpr (requires {
                          { value.capacity() } -> std::convertible_to<std::size_t>;
                          *value.data();
                      }) {
            return value.capacity() * sizeof(*value.data());
        } else if constexpr (std::ranges::sized_range<const T>) {
            return std::ranges::size(value) * sizeof(std::ranges::range_value_t<const T>);
        } else {
            return 0;
        }
    }
};

/// Carries a traits type to the constructor, because class template arguments cannot be deduced in part.
template <class Traits>
struct TraitsTag {};
/// The last argument of the constructor: `sheaf::traits<MyTraits>`.
template <class Traits>
inline constexpr TraitsTag<Traits> traits{};

SHEAF_NAMESPACE_END
