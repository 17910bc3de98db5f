#include "harness.hpp"
#include "replay.hpp"

#include <doctest/doctest.h>

TEST_CASE("Fuzz corpus: packet_reader") { fuzz::replay("packet_reader", fuzz::packet_reader); }
