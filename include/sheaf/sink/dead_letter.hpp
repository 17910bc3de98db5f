#pragma once

#include <sheaf/concepts.hpp>
#include <sheaf/config.hpp>
#include <sheaf/sink/detail/forwarding.hpp>

#include <exception>
#include <utility>

SHEAF_NAMESPACE_BEGIN

/// Sink: delivers to the first sink; events that it could not take in `Options::delivery_attempts` attempts
/// go to the second one.
///
///     sheaf::WithDeadLetter{webhook, sheaf::DirectorySink{"undelivered"}}
///
/// The second sink must be synchronous. Where it throws too, the collator keeps the event. All else that
/// the first sink can do (consuming or asynchronous delivery, receipts) it still can; a `dead_letter` of
/// its own is replaced. Both may be given by `std::ref`.
///
/// Thread safety: that of the two sinks; both are called concurrently for different resources, with no lock
/// held. Throws: what they throw.
template <class Sink, class DeadLetterSink>
class WithDeadLetter : public detail::ForwardingSink<Sink> {
public:
    /// Holds both by value, or what `std::ref` lends.
    WithDeadLetter(Sink sink, DeadLetterSink dead_letter_sink)
        : detail::ForwardingSink<Sink>{std::move(sink)}
        , dead_letter_sink_{std::move(dead_letter_sink)} {}

    /// Delivers the event to the second sink.
    template <class Event>
        requires SynchronousSinkFor<detail::unwrapped_t<DeadLetterSink>, Event>
    void dead_letter(const Event& event, const std::exception_ptr& /*error*/) {
        detail::unwrap(dead_letter_sink_).deliver(event);
    }

private:
    [[no_unique_address]] DeadLetterSink dead_letter_sink_;
};

SHEAF_NAMESPACE_END
