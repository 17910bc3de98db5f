#pragma once

#include "fault.hpp"
#include "lone_thread.hpp"
#include "result.hpp"
#include "seeds.hpp"
#include "shrink.hpp"
#include "tape.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace simulation {

/// A test case to be pasted into regressions.cpp.
template <class Target>
[[nodiscard]] std::string as_test(const Choices& choices, const std::string& violation, std::uint64_t seed) {
    std::string text = "TEST_CASE(\"Simulation: " + violation + ", from seed " + std::to_string(seed) +
                       "\") {\n    replay<" + std::string{Target::name} + ">({";
    std::size_t column = text.size() - text.rfind('\n');
    const auto add = [&](const std::string& word, bool is_first) {
        constexpr std::size_t full = 100;
        if (!is_first) { text += ','; }
        const bool breaks = !is_first && column + word.size() > full;
        if (!is_first) { text += breaks ? "\n        " : " "; }
        column = (breaks ? 8 : column + 2) + word.size();
        text += word;
    };
    for (const auto& part : choices) {
        add("{", &part == &choices.front());
        for (const std::uint32_t& choice : part) { add(std::to_string(choice), &choice == &part.front()); }
        text += '}';
    }
    return text + "});\n}\n";
}

/// One history again: every promise must be kept.
template <class Target>
Result replay(const Choices& choices) {
    Result result = Target::run(Tape{choices}, true);
    INFO(result.log);
    CHECK(result.violation == "");
    return result;
}

/// How often something happened in a history.
[[nodiscard]] inline std::uint64_t happened(const Result& result, Fault fault) {
    return result.faults[static_cast<std::size_t>(fault)];
}

/// The end of a text that may be long.
[[nodiscard]] inline std::string end_of(std::string text) {
    constexpr std::size_t enough = 6'000;
    if (text.size() > enough) { text.erase(0, text.find('\n', text.size() - enough) + 1); }
    return text;
}

/// Says how a seed fails, with the smallest history that does the same.
template <class Target>
[[nodiscard]] std::string explain_failure(const Result& result, std::uint64_t seed) {
    constexpr std::size_t most_replays = 20'000;
    const Choices choices = shrink<Target>(result.choices, result.violation, most_replays);
    return "seed " + std::to_string(seed) + ": " + result.violation + "\nThe smallest history found (" +
           std::to_string(Shrinker::size_of(choices)) + " choices and steps of " +
           std::to_string(Shrinker::size_of(result.choices)) + "):\n" +
           end_of(Target::run(Tape{choices}, true).log) + "\nAs a test for regressions.cpp:\n\n" +
           as_test<Target>(choices, result.violation, seed) +
           "\nThe whole history: SHEAF_SEED=" + std::to_string(seed);
}

/// Runs a history for each seed. `SHEAF_SEEDS` sets how many, `SHEAF_FIRST_SEED` the first of them; `SHEAF_SEED`
/// replays one and prints its event log.
template <class Target>
void run_campaign() {
    const std::optional<std::uint64_t> replayed = test::number_from_environment("SHEAF_SEED");
    const std::uint64_t count =
        replayed ? 1 : test::count_from_environment("SHEAF_SEEDS", Target::default_seeds);
    const std::uint64_t first = replayed ? *replayed : test::number_from_environment("SHEAF_FIRST_SEED", 1);
    FaultCounts faults{};
    std::size_t events = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t seed = first + i;
        LoneThread::seed = seed;
        const Result result = Target::run(Tape{seed}, replayed.has_value());
        if (replayed) { MESSAGE(result.log); }
        if (seed % 50 == 0 || replayed) {
            // The same again, from the seed and from the tape.
            INFO("seed ", seed, " twice");
            const Result again = Target::run(Tape{seed}, true);
            CHECK(again.hash == result.hash);
            CHECK(Target::run(Tape{again.choices}, false).hash == result.hash);
        }
        if (!result.violation.empty()) { FAIL(explain_failure<Target>(result, seed)); }
        events += result.events;
        for (std::size_t fault = 0; fault < fault_count; ++fault) { faults[fault] += result.faults[fault]; }
    }
    if (count >= 1'000) {
        // A fault that hardly ever happens tests nothing.
        std::string table = std::to_string(count) + " seeds, " + std::to_string(events) + " events";
        for (std::size_t i = 0; i < fault_count; ++i) {
            CAPTURE(fault_names[i]);
            CHECK((faults[i] * 400 >= count || !Target::can_have(static_cast<Fault>(i))));
            table += ", " + std::string{fault_names[i]} + ' ' + std::to_string(faults[i]);
        }
        MESSAGE(table);
    }
}

}  // namespace simulation
