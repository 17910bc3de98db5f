#pragma once

#include <sheaf/acknowledgement.hpp>
#include <sheaf/concepts.hpp>
#include <sheaf/config.hpp>
#include <sheaf/sink/detail/forwarding.hpp>

#include <exception>
#include <mutex>
#include <span>
#include <type_traits>
#include <utility>

SHEAF_NAMESPACE_BEGIN

/// Sink: calls the wrapped one by one thread at a time. For sinks that are not made for concurrent calls (a
/// stream, a connection); a slow one holds up all resources.
///
///     sheaf::SerializedSink{sheaf::OstreamSink{std::cout}}
///
/// Has each capability of the wrapped sink and no others. Of an asynchronous delivery only the call is
/// serialized, not the time until it is acknowledged. The wrapped sink may be given by `std::ref`.
///
/// Thread safety: all members may be called concurrently; construction and move must not overlap them.
///
/// Locks: the wrapped sink is called with this object's own mutex held, so it must not deliver to this object
/// itself; it may submit to the collator.
///
/// Throws: what the wrapped sink throws.
template <class Sink>
class SerializedSink {
    using Wrapped = detail::unwrapped_t<Sink>;

public:
    /// Holds the sink by value, or what `std::ref` lends.
    explicit SerializedSink(Sink sink)
        : sink_{std::move(sink)} {}

    /// Moves the wrapped sink; the mutex stays behind, because nobody may be holding it.
    SerializedSink(SerializedSink&& other) noexcept(std::is_nothrow_move_constructible_v<Sink>)
        : sink_{std::move(other.sink_)} {}
    /// Moves the wrapped sink; each object keeps its mutex.
    SerializedSink& operator=(SerializedSink&& other) noexcept(std::is_nothrow_move_assignable_v<Sink>) {
        sink_ = std::move(other.sink_);
        return *this;
    }
    ~SerializedSink() = default;

    /// Calls `deliver` of the wrapped sink under the mutex.
    template <class Event>
        requires SynchronousSinkFor<Wrapped, Event>
    void deliver(const Event& event) noexcept(noexcept(std::declval<Wrapped&>().deliver(event))) {
        const std::lock_guard lock{mutex_};
        detail::unwrap(sink_).deliver(event);
    }
    /// The same for a sink that takes the event over.
    template <detail::OwnedEvent Event>
        requires ConsumingSinkFor<Wrapped, Event>
    void deliver(Event&& event) noexcept {
        const std::lock_guard lock{mutex_};
        detail::unwrap(sink_).deliver(std::move(event));
    }
    /// The same for a sink that answers later, through `handle`.
    template <class Event>
        requires AsynchronousSinkFor<Wrapped, Event>
    void deliver(const Event& event, Acknowledgement handle) {
        const std::lock_guard lock{mutex_};
        detail::unwrap(sink_).deliver(event, std::move(handle));
    }
    /// Calls `dead_letter` of the wrapped sink under the mutex.
    template <class Event>
        requires DeadLetterSinkFor<Wrapped, Event>
    void dead_letter(const Event& event, std::exception_ptr error) {
        const std::lock_guard lock{mutex_};
        detail::unwrap(sink_).dead_letter(event, std::move(error));
    }
    /// Calls `release` of the wrapped sink under the mutex.
    template <class Receipt>
        requires ReleasesReceipts<Wrapped, Receipt>
    void release(std::span<Receipt> receipts) noexcept {
        const std::lock_guard lock{mutex_};
        detail::unwrap(sink_).release(receipts);
    }

private:
    std::mutex mutex_;
    [[no_unique_address]] Sink sink_;
};

SHEAF_NAMESPACE_END
