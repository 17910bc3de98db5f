#include "harness.hpp"
#include "replay.hpp"

#include <doctest/doctest.h>

TEST_CASE("Fuzz corpus: operation_sequences") {
    fuzz::replay("operation_sequences", fuzz::operation_sequences);
}
