#include "harness.hpp"
#include "replay.hpp"

#include <doctest/doctest.h>

TEST_CASE("Fuzz corpus: segment_reader") { fuzz::replay("segment_reader", fuzz::segment_reader); }
