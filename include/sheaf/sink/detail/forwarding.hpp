#pragma once

#include <sheaf/acknowledgement.hpp>
#include <sheaf/concepts.hpp>
#include <sheaf/config.hpp>

#include <exception>
#include <span>
#include <type_traits>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// An event type that a parameter `Event&&` takes over, and does not just refer to.
template <class Event>
concept OwnedEvent = !std::is_reference_v<Event> && !std::is_const_v<Event>;

/// The base of sinks that wrap one other: has each capability that the wrapped sink has, in the same form,
/// and no others. A wrapper hides the members that it replaces.
///
/// `Sink` may be a `std::reference_wrapper`, which lends the wrapped sink.
template <class Sink>
class ForwardingSink {
public:
    explicit ForwardingSink(Sink sink) noexcept(std::is_nothrow_move_constructible_v<Sink>)
        : sink_{std::move(sink)} {}

    template <class Event>
        requires SynchronousSinkFor<unwrapped_t<Sink>, Event>
    void deliver(const Event& event) noexcept(noexcept(std::declval<unwrapped_t<Sink>&>().deliver(event))) {
        unwrap(sink_).deliver(event);
    }
    template <OwnedEvent Event>
        requires ConsumingSinkFor<unwrapped_t<Sink>, Event>
    void deliver(Event&& event) noexcept {
        unwrap(sink_).deliver(std::move(event));
    }
    template <class Event>
        requires AsynchronousSinkFor<unwrapped_t<Sink>, Event>
    void deliver(const Event& event, Acknowledgement handle) {
        unwrap(sink_).deliver(event, std::move(handle));
    }
    template <class Event>
        requires DeadLetterSinkFor<unwrapped_t<Sink>, Event>
    void dead_letter(const Event& event, std::exception_ptr error) {
        unwrap(sink_).dead_letter(event, std::move(error));
    }
    template <class Receipt>
        requires ReleasesReceipts<unwrapped_t<Sink>, Receipt>
    void release(std::span<Receipt> receipts) noexcept {
        unwrap(sink_).release(receipts);
    }

private:
    [[no_unique_address]] Sink sink_;
};

}  // namespace detail

SHEAF_NAMESPACE_END
