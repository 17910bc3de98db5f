#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/throw.hpp>
#include <sheaf/shared_payload.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <stdexcept>
#include <utility>

SHEAF_NAMESPACE_BEGIN

/// The error of a packet whose asynchronous transform dropped its `Completion`, or whose task an executor
/// destroyed without running it.
class BrokenCompletion : public std::logic_error {
public:
    BrokenCompletion()
        : std::logic_error{"sheaf: a transform ended without a result"} {}
};

/// The error of a packet whose transform exceeded `Options::transform_timeout`.
class TransformTimeout : public std::runtime_error {
public:
    TransformTimeout()
        : std::runtime_error{"sheaf: a transform exceeded Options::transform_timeout"} {}
};

namespace detail {

/// Where an asynchronous transform's result goes. `packet` and `attempt` name the call.
template <class Chunk>
class CompletionTarget {
public:
    virtual void transform_succeeded(PayloadOwner& packet, std::uint32_t attempt, Chunk&& chunk) noexcept = 0;
    virtual void transform_threw(PayloadOwner& packet,
                                 std::uint32_t attempt,
                                 std::exception_ptr error) noexcept = 0;
    virtual void transform_dropped(PayloadOwner& packet, std::uint32_t attempt) noexcept = 0;

protected:
    ~CompletionTarget() = default;
};

}  // namespace detail

/// The one-shot handle through which an asynchronous transform gives its result. The first call of `complete`
/// or `fail` settles the attempt; destroying an unused handle settles it as failed with `BrokenCompletion`.
/// While the handle exists, the payload given to the transform stays valid; it may outlive the collator.
///
/// Thread safety: move-only; one thread at a time, any thread. The call that settles the last transform of a
/// resource delivers the resource's event on the calling thread.
template <class Chunk>
class Completion {
public:
    /// What `complete` takes.
    using chunk_type = Chunk;

    /// For the collator: the handle of call `attempt` for `packet`.
    Completion(std::shared_ptr<detail::CompletionTarget<Chunk>> target,
               detail::PayloadOwner& packet,
               std::uint32_t attempt) noexcept
        : target_{std::move(target)}
        , packet_{&packet}
        , attempt_{attempt} {
        packet_->retain();
    }

    /// The source counts as used afterwards.
    Completion(Completion&& other) noexcept
        : target_{std::move(other.target_)}
        , packet_{std::exchange(other.packet_, nullptr)}
        , attempt_{other.attempt_} {}
    /// An unused handle that this one held settles its attempt as failed with `BrokenCompletion`.
    Completion& operator=(Completion&& other) noexcept {
        Completion taken{std::move(other)};
        std::swap(target_, taken.target_);
        std::swap(packet_, taken.packet_);
        std::swap(attempt_, taken.attempt_);
        return *this;
    }
    ~Completion() {
        if (packet_ == nullptr) { return; }
        use([](detail::CompletionTarget<Chunk>& target, detail::PayloadOwner& packet, std::uint32_t attempt) {
            target.transform_dropped(packet, attempt);
        });
    }

    /// False once it has been used or moved from.
    [[nodiscard]] explicit operator bool() const noexcept { return packet_ != nullptr; }

    /// Gives the chunk. Precondition: the handle has not been used. What this leads to may destroy the handle.
    void complete(Chunk chunk) noexcept {
        use([&](detail::CompletionTarget<Chunk>& target, detail::PayloadOwner& packet,
                std::uint32_t attempt) { target.transform_succeeded(packet, attempt, std::move(chunk)); });
    }

    /// Reports that the transform failed. Precondition: the handle has not been used.
    void fail(std::exception_ptr error) noexcept {
        use([&](detail::CompletionTarget<Chunk>& target, detail::PayloadOwner& packet,
                std::uint32_t attempt) { target.transform_threw(packet, attempt, std::move(error)); });
    }

private:
    /// Empties the handle first and then touches it no more.
    template <class Answer>
    void use(Answer&& answer) noexcept {
        SHEAF_ASSERT(packet_ != nullptr, "sheaf: a Completion is used once");
        const auto target = std::move(target_);
        detail::PayloadOwner& packet = *std::exchange(packet_, nullptr);
        answer(*target, packet, attempt_);
        packet.release();
    }

    std::shared_ptr<detail::CompletionTarget<Chunk>> target_;
    detail::PayloadOwner* packet_ = nullptr;
    std::uint32_t attempt_ = 0;
};

SHEAF_NAMESPACE_END
