#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/throw.hpp>

#include <exception>
#include <memory>
#include <stdexcept>
#include <utility>

SHEAF_NAMESPACE_BEGIN

/// The error of a delivery whose `Acknowledgement` was dropped unused.
class BrokenAcknowledgement : public std::logic_error {
public:
    BrokenAcknowledgement()
        : std::logic_error{"sheaf: a sink dropped its acknowledgement"} {}
};

namespace detail {

/// Where the answer of an asynchronous sink goes; one object an attempt, which keeps the event alive.
class AcknowledgementTarget {
public:
    virtual ~AcknowledgementTarget() = default;
    virtual void sink_answered(bool delivered, std::exception_ptr error) noexcept = 0;
    virtual void sink_dropped() noexcept { sink_answered(false, make_error<BrokenAcknowledgement>()); }
};

}  // namespace detail

/// The one-shot handle through which an asynchronous sink answers for one attempt to deliver. The event that it
/// was given stays valid while the handle exists. Destroying an unused handle counts as a failed attempt.
///
/// Thread safety: move-only; one thread at a time, any thread.
/// Callbacks: unless the sink's `deliver` is still running, the sink's `release` or `dead_letter`, and a `cancel` or
/// destruction that these ask for, run inside the call that answers; so hold no lock there that they need.
class Acknowledgement {
public:
    /// For the collator.
    explicit Acknowledgement(std::shared_ptr<detail::AcknowledgementTarget> target) noexcept
        : target_{std::move(target)} {}
    /// The source counts as used afterwards.
    Acknowledgement(Acknowledgement&&) noexcept = default;
    /// An unused handle that this one held counts as a failed attempt.
    Acknowledgement& operator=(Acknowledgement&& other) noexcept {
        Acknowledgement taken{std::move(other)};
        std::swap(target_, taken.target_);
        return *this;
    }
    ~Acknowledgement() {
        if (target_ != nullptr) { std::exchange(target_, nullptr)->sink_dropped(); }
    }

    /// False once it has been used or moved from.
    [[nodiscard]] explicit operator bool() const noexcept { return target_ != nullptr; }

    /// The event has arrived. Precondition: the handle has not been used.
    void delivered() noexcept { answer(true, nullptr); }

    /// It has not, and is to be tried again as the options say. Precondition: the handle has not been used.
    void failed(std::exception_ptr error) noexcept { answer(false, std::move(error)); }

private:
    void answer(bool delivered, std::exception_ptr error) noexcept {
        SHEAF_ASSERT(target_ != nullptr, "sheaf: an Acknowledgement is used once");
        const auto target = std::move(target_);
        target->sink_answered(delivered, std::move(error));
    }

    std::shared_ptr<detail::AcknowledgementTarget> target_;
};

SHEAF_NAMESPACE_END
