#pragma once

#include "fault.hpp"
#include "tape.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace simulation {

/// How one history went.
struct Result {
    std::string violation;  // empty: every promise was kept
    std::string log;        // where text was asked for
    Choices choices;        // where text was asked for, or a promise was broken
    std::uint64_t hash = 0;
    std::size_t events = 0;
    FaultCounts faults{};
};

}  // namespace simulation
