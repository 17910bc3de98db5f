#pragma once

#include <sheaf/acknowledgement.hpp>
#include <sheaf/completion.hpp>
#include <sheaf/config.hpp>
#include <sheaf/events.hpp>
#include <sheaf/packet.hpp>

#include <concepts>
#include <cstddef>
#include <exception>
#include <functional>
#include <span>
#include <type_traits>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// `std::ref(x)` stands for `x` wherever a policy is given, and borrows it.
template <class T>
struct Unwrapped {
    using type = T;
};
template <class T>
struct Unwrapped<std::reference_wrapper<T>> {
    using type = T;
};
template <class T>
using unwrapped_t = typename Unwrapped<std::remove_cv_t<T>>::type;

template <class T>
[[nodiscard]] constexpr T& unwrap(T& policy) noexcept {
    return policy;
}
template <class T>
[[nodiscard]] constexpr T& unwrap(std::reference_wrapper<T>& policy) noexcept {
    return policy.get();
}

/// What concepts hand to an executor to see whether it takes tasks: move-only, as the collator's own are.
struct ProbeTask {
    ProbeTask(ProbeTask&&) noexcept;
    ProbeTask& operator=(ProbeTask&&) noexcept;
    void operator()() noexcept;
};

}  // namespace detail

/// A transform that returns its chunk: `chunk operator()(std::span<const std::byte>) const`. It is called
/// concurrently, with no lock held, on the executor's threads; it may block and may throw.
template <class T>
concept SynchronousTransform = requires(const T& transform, std::span<const std::byte> payload) {
    transform(payload);
} && !std::is_void_v<std::invoke_result_t<const T&, std::span<const std::byte>>>;

/// A transform that starts the work and gives the chunk later: `void operator()(std::span<const std::byte>,
/// Completion<chunk_type>) const`, with a nested `chunk_type`. A throw counts as a failed attempt, as long as the
/// completion has not been used.
template <class T>
concept AsynchronousTransform =
    requires(const T& transform,
             std::span<const std::byte> payload,
             Completion<typename T::chunk_type> completion) { transform(payload, std::move(completion)); };

/// A transform: either of the two forms.
template <class T>
concept TransformFor = SynchronousTransform<T> || AsynchronousTransform<T>;

/// A synchronous transform that can also fill a chunk which is given to it: `void transform_into(payload, chunk&) const`,
/// for chunks whose memory is worth using again. The chunk's former content is unspecified. It is used instead of the
/// call where `Options::transform_timeout` is not set, and must give the same chunk.
template <class T>
concept FillingTransform =
    SynchronousTransform<T> &&
    requires(const T& transform,
             std::span<const std::byte> payload,
             std::remove_cvref_t<std::invoke_result_t<const T&, std::span<const std::byte>>>& chunk) {
        requires std::is_nothrow_default_constructible_v<std::remove_cvref_t<decltype(chunk)>>;
        transform.transform_into(payload, chunk);
    };

/// A synchronous transform without effects and of little cost, so that a call in vain does not matter, declares
/// `static constexpr bool is_pure = true`. With an inline executor `submit(span)` may then call it before it has asked
/// whether the packet is accepted: also for a duplicate, for a packet that is refused, again for one that has waited for
/// room or whose call has thrown, and while `drain` or `cancel` returns. Such calls are no attempts, and do not count
/// against `Options::max_transforms`.
template <class T>
concept PureTransform = SynchronousTransform<T> && requires { requires T::is_pure; };

namespace detail {

/// Stands for the chunk of what is no transform, so that the message that says so is not followed by a page of others.
struct NoChunk {};

template <class T>
struct TransformChunk {
    using type = NoChunk;
};
template <SynchronousTransform T>
struct TransformChunk<T> {
    using type = std::remove_cvref_t<std::invoke_result_t<const T&, std::span<const std::byte>>>;
};
template <AsynchronousTransform T>
    requires(!SynchronousTransform<T>)
struct TransformChunk<T> {
    using type = typename T::chunk_type;
};

}  // namespace detail

/// The chunk type of a transform.
template <class T>
using transform_chunk_t = typename detail::TransformChunk<T>::type;

/// A sink whose `deliver(const Event&)` returns when the event has arrived and throws when it has not.
template <class S, class Event>
concept SynchronousSinkFor = requires(S& sink, const Event& event) { sink.deliver(event); };

/// A sink that takes the event over: `deliver(Event&&) noexcept`. It cannot fail, so it is never tried again.
template <class S, class Event>
concept ConsumingSinkFor = requires(S& sink, Event&& event) {
    { sink.deliver(std::move(event)) } noexcept;
};

/// A sink that answers later, through an `Acknowledgement`.
template <class S, class Event>
concept AsynchronousSinkFor =
    requires(S& sink, const Event& event, Acknowledgement handle) { sink.deliver(event, std::move(handle)); };

/// A sink receives terminal events, in one of the three forms. It is called with no lock held, concurrently for
/// different resources, never twice at once for one resource, on whichever thread settled the resource: a thread of the
/// executor, the one that uses a `Completion`, that submits or drives the timer (inline executor), that drains, cancels
/// or evicts. On one thread no call of a collator's sink begins inside another: what a sink sets off, by submitting or
/// by an acknowledgement, waits until it has returned.
template <class S, class Event>
concept SinkFor = SynchronousSinkFor<S, Event> || ConsumingSinkFor<S, Event> || AsynchronousSinkFor<S, Event>;

/// A sink that takes the events that `SinkFor::deliver` could not deliver in `Options::delivery_attempts`
/// attempts. Returning means that the event is safe; after a throw the collator keeps it (undelivered).
template <class S, class Event>
concept DeadLetterSinkFor =
    requires(S& sink, const Event& event, std::exception_ptr error) { sink.dead_letter(event, error); };

/// A sink that gives receipts back to their source: called once per resource after its event has been delivered (or
/// dead-lettered), and for each duplicate of a finished resource; never under a lock, never inside another call of the
/// sink. Not called any more once `cancel` or the destructor has returned. The receipts may be moved from.
template <class S, class Receipt>
concept ReleasesReceipts = requires(S& sink, std::span<Receipt> receipts) {
    { sink.release(receipts) } noexcept;
};

/// Anything with `execute(task)`, where the task is a move-only `void()` that does not throw. `execute` may run
/// the task itself or hand it to a thread; it may throw as long as the task has not been run then. Destroying a
/// task unrun counts as a failed attempt of its transform.
///
/// An executor whose `execute` may wait (for room in a queue, say) declares `execute_over_bound(task)`, which
/// does not: the collator uses it for what deadlines and `drain` call for, since timers and `drain` must not wait.
template <class E>
concept ExecutorFor = requires(E& executor, detail::ProbeTask task) { executor.execute(std::move(task)); };

/// An executor that runs nothing until its owner asks it to (a manual queue) declares
/// `static constexpr bool is_manual = true` and `bool run_one()`, which runs one task and says whether there
/// was one. `submit` then never waits for room, and `drain` runs the queue itself.
template <class E>
concept ManualExecutorFor = ExecutorFor<E> && requires(E& executor) {
    requires E::is_manual;
    { executor.run_one() } -> std::convertible_to<bool>;
};

/// An executor whose `execute` runs the task before it returns, on the calling thread, and cannot fail declares
/// `static constexpr bool is_inline = true`. Calls of the transform are then made without it: no task is created.
template <class E>
concept InlineExecutorFor = ExecutorFor<E> && requires { requires E::is_inline; };

/// An executor with threads of its own, for which a thread of it that has to wait can stand in: `is_own_thread()`,
/// and `run_one()`, which on such a thread runs one queued task and says whether there was one. Only needed
/// where a callback destroys the collator on the executor's last free thread.
template <class E>
concept HelpingExecutorFor = ExecutorFor<E> && requires(E& executor) {
    { executor.is_own_thread() } -> std::convertible_to<bool>;
    { executor.run_one() } -> std::convertible_to<bool>;
};

/// How the chunks of a resource become its output. All members are static. Prefix and output are default constructible.
///
/// `append(prefix, chunk)` runs under the stripe's lock: cheap, on memory at hand; it takes the next chunk in
/// index order into the prefix and returns true, or leaves both as they are and returns false, and the chunk
/// stays separate.
/// `finish(prefix, separate)` runs with no lock held: makes the output of the prefix and the chunks after
/// it, in index order. It may throw; then prefix and chunks must be as they were. With no chunks after it, it must not
/// throw for a prefix that `append` has filled: what the prefix holds has no other way out.
template <class C, class Chunk>
concept CollationFor =
    requires(typename C::template prefix_type<Chunk>& prefix, Chunk& chunk, std::span<Chunk> separate) {
        requires std::default_initializable<typename C::template prefix_type<Chunk>>;
        requires std::default_initializable<typename C::template output_type<Chunk>>;
        { C::template append<Chunk>(prefix, chunk) } noexcept -> std::same_as<bool>;
        {
            C::template finish<Chunk>(prefix, separate)
        } -> std::same_as<typename C::template output_type<Chunk>>;
    };

SHEAF_NAMESPACE_END
