#pragma once

#include "failure_ledger.hpp"

#include <cstdint>
#include <span>

namespace test {

/// How the scenario ends.
enum class Ending : std::uint8_t {
    lifted_drain,  ///< Nothing fails any more, and `drain` until all is delivered.
    drain,         ///< `drain` a few times, then `cancel`.
    cancel,        ///< `cancel`.
    destruction,   ///< The destructor alone.
};
inline constexpr Ending endings[]{Ending::lifted_drain, Ending::drain, Ending::cancel, Ending::destruction};

struct ScenarioResult {
    std::uint64_t calls_before_end = 0;  ///< Of the armed hook, in what all endings have in common.
    std::uint64_t failures =
        0;  ///< How many there were; 0: the scenario has fewer calls than the armed number.
    std::uint64_t findings = 0;  ///< What is wrong.
    const char* first_finding = "";
    bool has_constructed = false;  ///< The collator came into being.
};

/// Plays everything that may happen to packets on one thread, while `hook` fails at call `at`, once or from there on.
/// Nothing may leak, nothing that was accepted may be lost, and each receipt comes back once.
[[nodiscard]] ScenarioResult play_scenario(
    const FailurePlan& plan, Ending ending, Hook hook, std::uint64_t at, Failing how);

}  // namespace test
