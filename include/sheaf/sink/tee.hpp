#pragma once

#include <sheaf/acknowledgement.hpp>
#include <sheaf/concepts.hpp>
#include <sheaf/config.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// Answers the acknowledgement of a `Tee` once all of its sinks have answered theirs.
class TeeJoin final : public AcknowledgementTarget {
public:
    /// One answer more than there are sinks is awaited, the one of `Tee::deliver` itself, so that no sink can
    /// settle the delivery while others have not been called.
    TeeJoin(Acknowledgement handle, std::size_t sinks) noexcept
        : handle_{std::move(handle)}
        , outstanding_{sinks + 1} {}

    void sink_answered(bool delivered, std::exception_ptr error) noexcept override {
        std::unique_lock lock{mutex_};
        if (!delivered) { note_failure(std::move(error)); }
        if (--outstanding_ > 0) { return; }
        lock.unlock();
        // The last answer: nobody else looks at the members any more.
        if (failed_) {
            handle_.failed(std::move(error_));
        } else {
            handle_.delivered();
        }
    }

    [[nodiscard]] bool has_failed() noexcept {
        const std::lock_guard lock{mutex_};
        return failed_;
    }

    /// A sink threw. Its handle has answered while the exception passed, with a less telling error; `had_failed`:
    /// before that sink was called.
    void sink_threw(std::exception_ptr error, bool had_failed) noexcept {
        const std::lock_guard lock{mutex_};
        if (!had_failed) { error_ = std::move(error); }
        failed_ = true;
    }

private:
    void note_failure(std::exception_ptr error) noexcept {
        if (!failed_) { error_ = std::move(error); }
        failed_ = true;
    }

    std::mutex mutex_;
    Acknowledgement handle_;
    std::size_t outstanding_;
    std::exception_ptr error_;
    bool failed_ = false;
};

}  // namespace detail

/// Sink: delivers each event to all of its sinks, one after the other.
///
///     sheaf::Tee{sheaf::DirectorySink{"out"}, webhook, std::ref(collecting)}
///
/// Each sink is tried in each attempt, also where one before it has failed; then the attempt as a whole has
/// failed, with the first error, and in the next one those that had taken the event see it again. So each
/// sink gets the event at least once, with the same delivery id, by which it can tell. One that keeps
/// failing keeps none of the others from the event.
///
/// The form of delivery is the strongest that all can: synchronous (noexcept if all are), or asynchronous
/// if one of them is nothing else; then the delivery is acknowledged when all have acknowledged it. A sink
/// that only takes events over (`&&`) cannot be in a `Tee`. `dead_letter` goes to all sinks that have it.
/// Receipts can only be given back once: `release` exists where exactly one sink has it.
///
/// Thread safety: that of the sinks; they are called concurrently for different resources, with no lock held.
///
/// Throws: the first exception among those of its sinks, after all have been called.
template <class... Sinks>
class Tee {
    static_assert(sizeof...(Sinks) > 0, "sheaf: a Tee needs at least one sink");

    template <class Event>
    static constexpr bool all_synchronous = (... && SynchronousSinkFor<detail::unwrapped_t<Sinks>, Event>);
    template <class Event>
    static constexpr bool all_take = (... && (SynchronousSinkFor<detail::unwrapped_t<Sinks>, Event> ||
                                              AsynchronousSinkFor<detail::unwrapped_t<Sinks>, Event>));
    template <class Event>
    static constexpr bool all_noexcept =
        (... &&
         bool{noexcept(std::declval<detail::unwrapped_t<Sinks>&>().deliver(std::declval<const Event&>()))});
    template <class Event>
    static constexpr bool any_dead_letter = (... || DeadLetterSinkFor<detail::unwrapped_t<Sinks>, Event>);
    template <class Receipt>
    static constexpr std::size_t releasing =
        (std::size_t{0} + ... + (ReleasesReceipts<detail::unwrapped_t<Sinks>, Receipt> ? 1U : 0U));

public:
    /// Holds the sinks by value, or what `std::ref` lends, in the order in which they are called.
    explicit Tee(Sinks... sinks)
        : sinks_{std::move(sinks)...} {}

    /// Calls each sink. Throws: the first exception among theirs, after all have been called.
    template <class Event>
        requires all_synchronous<Event>
    void deliver(const Event& event) noexcept(all_noexcept<Event>) {
        for_each([&](auto& sink) noexcept(all_noexcept<Event>) { sink.deliver(event); });
    }

    /// Calls each sink; `handle` answers when all of them have answered.
    template <class Event>
        requires(all_take<Event> && !all_synchronous<Event>)
    void deliver(const Event& event, Acknowledgement handle) {
        const auto join = std::make_shared<detail::TeeJoin>(std::move(handle), sizeof...(Sinks));
        std::apply([&](auto&... sinks) { (start(detail::unwrap(sinks), event, join), ...); }, sinks_);
        join->sink_answered(true, nullptr);
    }

    /// Calls each sink that has a `dead_letter`. Throws: the first exception among theirs, after all have been called.
    template <class Event>
        requires any_dead_letter<Event>
    void dead_letter(const Event& event, const std::exception_ptr& error) {
        for_each([&](auto& sink) {
            if constexpr (DeadLetterSinkFor<std::remove_reference_t<decltype(sink)>, Event>) {
                sink.dead_letter(event, error);
            }
        });
    }

    /// Calls the one sink that gives receipts back.
    template <class Receipt>
        requires(releasing<Receipt> == 1)
    void release(std::span<Receipt> receipts) noexcept {
        const auto release = [&](auto& sink) noexcept {
            if constexpr (ReleasesReceipts<std::remove_reference_t<decltype(sink)>, Receipt>) {
                sink.release(receipts);
            }
        };
        std::apply([&](auto&... sinks) noexcept { (release(detail::unwrap(sinks)), ...); }, sinks_);
    }

private:
    /// Calls `function` with each sink, then rethrows the first exception.
    template <class Function>
    void for_each(const Function& function) {
        std::exception_ptr first_error;
        const auto call = [&](auto& sink) {
            SHEAF_TRY { function(sink); }
            SHEAF_CATCH_ALL {
                if (first_error == nullptr) { first_error = std::current_exception(); }
            }
        };
        std::apply([&](auto&... sinks) { (call(detail::unwrap(sinks)), ...); }, sinks_);
        if (first_error != nullptr) { std::rethrow_exception(first_error); }
    }

    /// Calls one sink in the form that it has.
    template <class Sink, class Event>
    static void start(Sink& sink, const Event& event, const std::shared_ptr<detail::TeeJoin>& join) {
        const bool had_failed = join->has_failed();
        Acknowledgement handle{join};
        SHEAF_TRY {
            if constexpr (AsynchronousSinkFor<Sink, Event>) {
                sink.deliver(event, std::move(handle));
            } else {
                sink.deliver(event);
                handle.delivered();
            }
        }
        SHEAF_CATCH_ALL { join->sink_threw(std::current_exception(), had_failed); }
    }

    std::tuple<Sinks...> sinks_;
};

/// A `Tee` of all its arguments.
template <class... Sinks>
Tee(Sinks...) -> Tee<Sinks...>;

SHEAF_NAMESPACE_END
