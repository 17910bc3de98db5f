#include "harness.hpp"
#include "replay.hpp"

#include <doctest/doctest.h>

TEST_CASE("Fuzz corpus: sorted_merge") { fuzz::replay("sorted_merge", fuzz::sorted_merge); }
