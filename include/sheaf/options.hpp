#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/throw.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

SHEAF_NAMESPACE_BEGIN

/// What `submit` does where a bound is reached.
enum class WhenFull : std::uint8_t {
    block,   ///< Waits for room, as far as work in flight or another producer can make some.
    reject,  ///< Returns `rejected(overloaded)`.
};

/// Exponential backoff with jitter: attempt n waits `initial * multiplier^(n-1)`, at most `maximum`, and the
/// result is spread evenly over plus and minus `jitter` of it.
struct Backoff {
    /// The first pause.
    std::chrono::nanoseconds initial = std::chrono::milliseconds{100};
    /// The longest pause, before the jitter.
    std::chrono::nanoseconds maximum = std::chrono::seconds{30};
    /// How many times as long as the one before it each pause is. At least 1.
    double multiplier = 2.0;
    /// A fraction, 0 to 1.
    double jitter = 0.2;
};

/// All that can be set at run time. An aggregate: name the fields that differ from their defaults.
/// The constructor of the collator validates it once; the message of `std::invalid_argument` names the field.
struct Options {
    /// The collator's name, the first part of each delivery id.
    std::string name = "sheaf";
    /// The index of the first packet of each resource.
    std::uint64_t first_index = 0;

    /// How long the head of a resource waits for a gap, counted from the first sight of that gap. Zero: for ever.
    std::chrono::nanoseconds gap_timeout = std::chrono::seconds{60};
    /// How long a resource may go without a new packet. Zero: for ever.
    std::chrono::nanoseconds inactivity_timeout{0};
    /// How long a resource may be open. Zero: for ever.
    std::chrono::nanoseconds total_age{0};

    /// How long one call of the transform may take before the attempt counts as failed. The call keeps its
    /// worker, its payload and its place among `max_transforms` until it returns; its late result is counted and
    /// dropped. The executor needs more workers than calls may hang at a time, because it delivers what comes of
    /// timeouts as well. Zero: for ever.
    std::chrono::nanoseconds transform_timeout{0};
    /// How often the transform is tried for one packet. At least 1.
    std::uint32_t transform_attempts = 1;
    /// The pause between attempts of the transform.
    Backoff transform_backoff{};

    /// How often the sink is tried for one event before the event goes to the dead letter. At least 1.
    std::uint32_t delivery_attempts = 10;
    /// The pause between attempts of the sink.
    Backoff delivery_backoff{};

    /// Bound on packets held: accepted and not yet part of a collated prefix. A sixteenth of it, and of `max_bytes`, is
    /// kept for packets that the head of a resource waits for. One such packet is admitted in any case: beside one
    /// other packet, even if the bound is 1; and while nothing of the reserve of bytes is taken, whatever its size (up
    /// to `rejected(too_large)`).
    std::size_t max_packets = std::size_t{4} << 20U;
    /// Bound on bytes held: payloads, chunks, outputs, and the collator's own record of each held packet.
    std::size_t max_bytes = std::size_t{256} << 20U;
    /// Bound on resources that are open or not yet delivered.
    std::size_t max_resources = std::size_t{1} << 20U;
    /// Bound on packets whose transform is queued, running (also after it was timed out) or waiting for its next
    /// attempt.
    std::size_t max_transforms = std::size_t{1} << 16U;

    /// Bound on finished ids that are remembered (an incomplete one with many gaps counts for several).
    std::size_t max_remembered = std::size_t{1} << 20U;
    /// How long a finished id is remembered.
    std::chrono::nanoseconds remember_for = std::chrono::minutes{10};

    /// What `submit` does where a bound is reached.
    WhenFull when_full = WhenFull::block;
    /// A promise of the host: only one thread submits. Then nobody else can fill a gap while that thread
    /// waits, and `submit` returns `rejected(stalled)` where it would otherwise wait for a gap's deadline.
    bool single_producer = false;

    /// The deadline that the destructor gives to `drain` before it cancels.
    std::chrono::nanoseconds destructor_deadline = std::chrono::seconds{30};

    /// Seed of the hash key, of jitter and of incarnations. Zero, as it should be outside of tests: random.
    std::uint64_t seed = 0;

    /// Checks every field.
    ///
    /// Throws: `std::invalid_argument` whose message names the field and its rule.
    void validate() const {
        const auto demand = [](bool holds, const char* message) {
            if (!holds) { detail::throw_invalid_argument(message); }
        };
        constexpr auto none = std::chrono::nanoseconds::zero();
        demand(first_index < (std::uint64_t{1} << 63U), "sheaf: Options::first_index must be below 2^63");
        demand(gap_timeout >= none, "sheaf: Options::gap_timeout must not be negative");
        demand(inactivity_timeout >= none, "sheaf: Options::inactivity_timeout must not be negative");
        demand(total_age >= none, "sheaf: Options::total_age must not be negative");
        demand(transform_timeout >= none, "sheaf: Options::transform_timeout must not be negative");
        demand(transform_attempts > 0, "sheaf: Options::transform_attempts must be at least 1");
        demand(delivery_attempts > 0, "sheaf: Options::delivery_attempts must be at least 1");
        demand(valid(transform_backoff), "sheaf: Options::transform_backoff needs 0 <= initial <= maximum, "
                                         "multiplier >= 1 and jitter from 0 to 1");
        demand(valid(delivery_backoff), "sheaf: Options::delivery_backoff needs 0 <= initial <= maximum, "
                                        "multiplier >= 1 and jitter from 0 to 1");
        demand(max_packets > 0, "sheaf: Options::max_packets must be at least 1");
        demand(max_bytes >= 4096, "sheaf: Options::max_bytes must be at least 4096");
        demand(max_resources > 0, "sheaf: Options::max_resources must be at least 1");
        demand(max_transforms > 0, "sheaf: Options::max_transforms must be at least 1");
        demand(remember_for >= none, "sheaf: Options::remember_for must not be negative");
        demand(destructor_deadline >= none, "sheaf: Options::destructor_deadline must not be negative");
    }

private:
    static bool valid(const Backoff& backoff) noexcept {
        return backoff.initial >= std::chrono::nanoseconds::zero() && backoff.initial <= backoff.maximum &&
               backoff.multiplier >= 1.0 && backoff.jitter >= 0.0 && backoff.jitter <= 1.0;
    }
};

SHEAF_NAMESPACE_END
