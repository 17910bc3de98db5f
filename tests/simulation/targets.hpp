#pragma once

#include "fault.hpp"
#include "plant.hpp"
#include "result.hpp"
#include "tape.hpp"

#include <cstdint>
#include <string_view>

namespace simulation {

// What is simulated. Each `run` is one history of a new collator; it is compiled in one place only, so that campaigns,
// regressions and the shrinker's own test do not each need the whole collator.

/// The engine alone, under the least shell (see mini_collator.hpp).
struct EngineTarget {
    static constexpr std::string_view name = "EngineTarget";
    static constexpr std::uint64_t default_seeds = 2'000;
    [[nodiscard]] static Result run(Tape tape, bool keeps_text, Plant plant = Plant::none);
    [[nodiscard]] static bool can_have(Fault fault) noexcept;
};

/// The collator with an asynchronous transform and a sink that answers by returning.
struct ReturningSinkTarget {
    static constexpr std::string_view name = "ReturningSinkTarget";
    static constexpr std::uint64_t default_seeds = 2'000;
    [[nodiscard]] static Result run(Tape tape, bool keeps_text, Plant plant = Plant::none);
    [[nodiscard]] static bool can_have(Fault fault) noexcept;
};

/// The collator with an asynchronous transform, a sink that answers by acknowledgements, and a digest; without locks.
struct AcknowledgingSinkTarget {
    static constexpr std::string_view name = "AcknowledgingSinkTarget";
    static constexpr std::uint64_t default_seeds = 2'000;
    [[nodiscard]] static Result run(Tape tape, bool keeps_text, Plant plant = Plant::none);
    [[nodiscard]] static bool can_have(Fault fault) noexcept;
};

/// The collator with a transform that answers by returning, and a sink that takes a `Completed` over and answers for an
/// `Incomplete` by an acknowledgement.
struct ConsumingSinkTarget {
    static constexpr std::string_view name = "ConsumingSinkTarget";
    static constexpr std::uint64_t default_seeds = 2'000;
    [[nodiscard]] static Result run(Tape tape, bool keeps_text, Plant plant = Plant::none);
    [[nodiscard]] static bool can_have(Fault fault) noexcept;
};

}  // namespace simulation
