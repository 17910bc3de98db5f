#pragma once

#include <sheaf/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

SHEAF_NAMESPACE_BEGIN

/// How a submission ended; exactly one of these, always.
enum class Verdict : std::uint8_t {
    accepted,   ///< The collator holds the packet; it will appear in exactly one terminal event.
    duplicate,  ///< The index was accepted before. Counted and ignored; the first content stands.
    conflict,   ///< A second last index, an index beyond the last, or (with a digest) other content.
    late,       ///< The resource has ended without this index, and its id is still remembered.
    rejected,   ///< Not accepted; `Outcome::reason` says why. The caller still holds the packet.
};

/// Why a packet was rejected.
enum class Rejection : std::uint8_t {
    none,         ///< The verdict is not `rejected`.
    overloaded,   ///< A bound is reached and `Options::when_full` is `reject`.
    stalled,      ///< A bound is reached and only packets not yet read could free it.
    would_block,  ///< A bound is reached and this thread must not wait (a callback, a manual executor).
    too_large,    ///< The packet alone takes more than fifteen sixteenths of `Options::max_bytes`.
    index_out_of_range,  ///< The index is below `Options::first_index` or above 2^63-1.
    shutting_down,       ///< `drain`, `cancel` or the destructor has closed the intake.
    out_of_memory,       ///< Batch only: an allocation failed; this packet was not taken.
    executor_failed,     ///< Batch only: `execute` threw; this packet was not taken.
};

/// The result of `PacketCollator::submit`: a verdict and, where it is `rejected`, the reason. A default-constructed
/// one, to be filled, is rejected without a reason.
///
/// Thread safety: a plain value.
class [[nodiscard]] Outcome {
public:
    constexpr Outcome() noexcept = default;
    /// Any verdict, without a reason.
    constexpr Outcome(
        Verdict verdict) noexcept  // NOLINT(google-explicit-constructor): a verdict is an outcome
        : verdict_{verdict} {}
    /// The verdict `rejected`, for this reason.
    constexpr Outcome(Rejection reason) noexcept  // NOLINT(google-explicit-constructor)
        : verdict_{Verdict::rejected}
        , reason_{reason} {}

    /// How the submission ended.
    [[nodiscard]] constexpr Verdict verdict() const noexcept { return verdict_; }
    /// Why the packet was rejected; `none` where it was not.
    [[nodiscard]] constexpr Rejection reason() const noexcept { return reason_; }

    /// The verdict is `accepted`.
    [[nodiscard]] constexpr bool accepted() const noexcept { return verdict_ == Verdict::accepted; }
    /// The verdict is `rejected`: the packet is still the caller's.
    [[nodiscard]] constexpr bool rejected() const noexcept { return verdict_ == Verdict::rejected; }

    /// The same verdict, for the same reason.
    friend constexpr bool operator==(Outcome, Outcome) noexcept = default;

private:
    Verdict verdict_ = Verdict::rejected;
    Rejection reason_ = Rejection::none;
};

/// What a batch submission did: how many packets ended in each verdict, and the first refusal.
struct [[nodiscard]] BatchOutcome {
    /// How many packets were accepted.
    std::size_t accepted = 0;
    /// How many were ignored, because their index had been accepted before.
    std::size_t duplicate = 0;
    /// How many contradicted what had been accepted (see `Verdict::conflict`).
    std::size_t conflict = 0;
    /// How many came after their resource had ended without them.
    std::size_t late = 0;
    /// How many were rejected; these are untouched.
    std::size_t rejected = 0;
    /// The reason of the first rejected packet; `none` if no packet was rejected.
    Rejection first_rejection = Rejection::none;
    /// Its position in the batch; the size of the batch if no packet was rejected.
    std::size_t first_rejected = 0;

    /// Adds the outcome of the packet at `position` of the batch. The positions may come in any order.
    constexpr void count(Outcome outcome, std::size_t position) noexcept {
        switch (outcome.verdict()) {
        case Verdict::accepted: ++accepted; return;
        case Verdict::duplicate: ++duplicate; return;
        case Verdict::conflict: ++conflict; return;
        case Verdict::late: ++late; return;
        case Verdict::rejected: break;
        }
        if (rejected++ == 0 || position < first_rejected) {
            first_rejection = outcome.reason();
            first_rejected = position;
        }
    }
};

/// The enumerator's own name, for messages and logs.
[[nodiscard]] constexpr std::string_view to_string(Verdict verdict) noexcept {
    switch (verdict) {
    case Verdict::accepted: return "accepted";
    case Verdict::duplicate: return "duplicate";
    case Verdict::conflict: return "conflict";
    case Verdict::late: return "late";
    case Verdict::rejected: return "rejected";
    }
    return "unknown";
}

/// The enumerator's own name, for messages and logs.
[[nodiscard]] constexpr std::string_view to_string(Rejection reason) noexcept {
    switch (reason) {
    case Rejection::none: return "none";
    case Rejection::overloaded: return "overloaded";
    case Rejection::stalled: return "stalled";
    case Rejection::would_block: return "would_block";
    case Rejection::too_large: return "too_large";
    case Rejection::index_out_of_range: return "index_out_of_range";
    case Rejection::shutting_down: return "shutting_down";
    case Rejection::out_of_memory: return "out_of_memory";
    case Rejection::executor_failed: return "executor_failed";
    }
    return "unknown";
}

SHEAF_NAMESPACE_END
