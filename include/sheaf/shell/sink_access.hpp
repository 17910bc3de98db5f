#pragma once

#include <sheaf/concepts.hpp>
#include <sheaf/config.hpp>

#include <exception>
#include <span>
#include <type_traits>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace shell {

/// Which form of `deliver` is used for an event: taking it over without failing, else answering by returning,
/// else answering by an acknowledgement.
template <class Sink, class Event>
inline constexpr bool consumes = ConsumingSinkFor<Sink, Event>;
template <class Sink, class Event>
inline constexpr bool answers_later = !consumes<Sink, Event> && !SynchronousSinkFor<Sink, Event>;

/// Calls a sink that answers by returning. Throws: what it throws; the event is unchanged then.
template <class Sink, class Event>
void deliver_now(Sink& sink, Event& event) {
    if constexpr (consumes<Sink, Event>) {
        sink.deliver(std::move(event));
    } else {
        sink.deliver(std::as_const(event));
    }
}

/// The receipt type's `release`, where the sink has one.
template <class Sink, class Receipt>
void release_receipts(Sink& sink, std::span<Receipt> receipts) noexcept {
    if constexpr (ReleasesReceipts<Sink, Receipt>) {
        if (!receipts.empty()) { sink.release(receipts); }
    }
}

}  // namespace shell

SHEAF_NAMESPACE_END
