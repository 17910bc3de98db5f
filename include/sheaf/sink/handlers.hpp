#pragma once

#include <sheaf/acknowledgement.hpp>
#include <sheaf/config.hpp>
#include <sheaf/events.hpp>

#include <concepts>
#include <functional>
#include <span>
#include <type_traits>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// Stands for a handler that was not given.
struct NoHandler {};

}  // namespace detail

/// Sink: two callables, one for each terminal event, and if the packets carry receipts a third one for those.
///
///     sheaf::Handlers{[](const sheaf::Completed<>& r) { post(r.id, r.output); },
///                     [](const sheaf::Incomplete<>& r) { alert(r.id, r.missing); }}
///
/// A handler takes its event
/// - as `const&` (or generic, or by value, which copies): returning means delivered, throwing means that the
///   delivery is tried again;
/// - as `&&` or by value, if it is `noexcept`: then it takes the event over, and there is no second attempt;
/// - as `(const&, Acknowledgement)`: then it answers later.
///
/// The third handler takes `std::span<Receipt>`, whose elements it may move from, and must be `noexcept`.
///
/// Thread safety: the handlers are called concurrently for different resources, with no lock held; they must
/// allow that, or stand in a `SerializedSink`.
///
/// Throws: what the handler throws.
template <class OnCompleted, class OnIncomplete, class OnReceipts = detail::NoHandler>
class Handlers {
public:
    /// For packets without receipts.
    Handlers(OnCompleted on_completed, OnIncomplete on_incomplete)
        requires(std::same_as<OnReceipts, detail::NoHandler>)
        : on_completed_{std::move(on_completed)}
        , on_incomplete_{std::move(on_incomplete)} {}

    /// For packets with receipts.
    Handlers(OnCompleted on_completed, OnIncomplete on_incomplete, OnReceipts on_receipts)
        : on_completed_{std::move(on_completed)}
        , on_incomplete_{std::move(on_incomplete)}
        , on_receipts_{std::move(on_receipts)} {}

    /// Calls `on_completed`; the event has arrived when it returns.
    template <class Output, class Id>
        requires(std::invocable<OnCompleted&, const Completed<Output, Id>&>)
    void deliver(const Completed<Output, Id>& event) noexcept(
        std::is_nothrow_invocable_v<OnCompleted&, const Completed<Output, Id>&>) {
        static_cast<void>(std::invoke(on_completed_, event));
    }
    /// Hands the event over to `on_completed`.
    template <class Output, class Id>
        requires std::is_nothrow_invocable_v<OnCompleted&, Completed<Output, Id>>
    void deliver(Completed<Output, Id>&& event) noexcept {
        static_cast<void>(std::invoke(on_completed_, std::move(event)));
    }
    /// Calls `on_completed`, which answers through `handle`.
    template <class Output, class Id>
        requires(std::invocable<OnCompleted&, const Completed<Output, Id>&, Acknowledgement>)
    void deliver(const Completed<Output, Id>& event, Acknowledgement handle) {
        static_cast<void>(std::invoke(on_completed_, event, std::move(handle)));
    }

    /// Calls `on_incomplete`; the event has arrived when it returns.
    template <class Output, class Id, class Chunk>
        requires(std::invocable<OnIncomplete&, const Incomplete<Output, Id, Chunk>&>)
    void deliver(const Incomplete<Output, Id, Chunk>& event) noexcept(
        std::is_nothrow_invocable_v<OnIncomplete&, const Incomplete<Output, Id, Chunk>&>) {
        static_cast<void>(std::invoke(on_incomplete_, event));
    }
    /// Hands the event over to `on_incomplete`.
    template <class Output, class Id, class Chunk>
        requires std::is_nothrow_invocable_v<OnIncomplete&, Incomplete<Output, Id, Chunk>>
    void deliver(Incomplete<Output, Id, Chunk>&& event) noexcept {
        static_cast<void>(std::invoke(on_incomplete_, std::move(event)));
    }
    /// Calls `on_incomplete`, which answers through `handle`.
    template <class Output, class Id, class Chunk>
        requires(std::invocable<OnIncomplete&, const Incomplete<Output, Id, Chunk>&, Acknowledgement>)
    void deliver(const Incomplete<Output, Id, Chunk>& event, Acknowledgement handle) {
        static_cast<void>(std::invoke(on_incomplete_, event, std::move(handle)));
    }

    /// Calls `on_receipts`.
    template <class Receipt>
        requires std::invocable<OnReceipts&, std::span<Receipt>>
    void release(std::span<Receipt> receipts) noexcept {
        static_assert(std::is_nothrow_invocable_v<OnReceipts&, std::span<Receipt>>,
                      "sheaf: the third of the Handlers must be noexcept: receipts cannot be released twice");
        static_cast<void>(std::invoke(on_receipts_, receipts));
    }

private:
    [[no_unique_address]] OnCompleted on_completed_;
    [[no_unique_address]] OnIncomplete on_incomplete_;
    [[no_unique_address]] OnReceipts on_receipts_{};
};

/// Handlers of packets without receipts.
template <class OnCompleted, class OnIncomplete>
Handlers(OnCompleted, OnIncomplete) -> Handlers<OnCompleted, OnIncomplete>;
/// Handlers of packets with receipts.
template <class OnCompleted, class OnIncomplete, class OnReceipts>
Handlers(OnCompleted, OnIncomplete, OnReceipts) -> Handlers<OnCompleted, OnIncomplete, OnReceipts>;

SHEAF_NAMESPACE_END
