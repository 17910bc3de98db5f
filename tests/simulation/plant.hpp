#pragma once

#include <cstdint>

namespace simulation {

/// A bug on purpose, to see that it is found. It stands between the collator and the ledger, so no promise is kept.
enum class Plant : std::uint8_t {
    none,
    loses_events_of_three,           // packets
    loses_receipts_of_late_answers,  // those that come back inside an answer of an asynchronous sink
};

}  // namespace simulation
