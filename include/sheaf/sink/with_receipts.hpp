#pragma once

#include <sheaf/config.hpp>
#include <sheaf/sink/detail/forwarding.hpp>

#include <concepts>
#include <functional>
#include <span>
#include <type_traits>
#include <utility>

SHEAF_NAMESPACE_BEGIN

/// Sink: delivers to `sink` and hands receipts to `on_receipts(std::span<Receipt>)`, which may move from
/// them.
///
///     sheaf::WithReceipts{sheaf::DirectorySink{"out"}, [&](std::span<Offset> done) noexcept { commit(done); }}
///
/// The callable must be `noexcept`. All else that the sink can do it still can; a `release` of its own is
/// replaced. The sink may be given by `std::ref`.
///
/// Thread safety: that of the two; both are called concurrently for different resources, with no lock held.
template <class Sink, class OnReceipts>
class WithReceipts : public detail::ForwardingSink<Sink> {
public:
    /// Holds both by value, or the sink that `std::ref` lends.
    WithReceipts(Sink sink, OnReceipts on_receipts)
        : detail::ForwardingSink<Sink>{std::move(sink)}
        , on_receipts_{std::move(on_receipts)} {}

    /// Calls `on_receipts`.
    template <class Receipt>
        requires std::invocable<OnReceipts&, std::span<Receipt>>
    void release(std::span<Receipt> receipts) noexcept {
        static_assert(
            std::is_nothrow_invocable_v<OnReceipts&, std::span<Receipt>>,
            "sheaf: the callable of WithReceipts must be noexcept: receipts cannot be released twice");
        static_cast<void>(std::invoke(on_receipts_, receipts));
    }

private:
    [[no_unique_address]] OnReceipts on_receipts_;
};

SHEAF_NAMESPACE_END
