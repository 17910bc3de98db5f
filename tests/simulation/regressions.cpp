// Histories that have shown a bug once, as small as the shrinker could make them (see campaign.hpp, which prints such
// a case for a seed that fails). Each must now keep every promise, and still do what it is here for.
//
// A new choice of the plan goes behind the others, so that these keep their meaning.

#include "campaign.hpp"
#include "fault.hpp"
#include "targets.hpp"

#include <doctest/doctest.h>

using namespace simulation;

// A collator that a transform destroyed, on the thread of that transform, drained but did not cancel: the packet whose
// transform hangs was in no event.
TEST_CASE("Simulation: a resource has not ended, and its event has not come, from seed 98") {
    const Result result =
        replay<ReturningSinkTarget>({{0,  0, 0,  0, 0, 0, 0, 0, 0, 0, 0, 22, 0, 0, 0, 0, 0, 0,
                                      10, 0, 80, 1, 0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 1},
                                     {},
                                     {40, 0, 0, 97, 0, 97},
                                     {}});
    CHECK(happened(result, Fault::transform_destroyed) == 1);
}

// A sink that submitted a duplicate of a finished resource had its receipt back before it had returned: `release` was
// called within `deliver`.
TEST_CASE("Simulation: a call of the sink within another one, from seed 1") {
    const Result result = replay<ReturningSinkTarget>(
        {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 30, 0, 0, 0, 0, 0, 0, 37}, {}, {40}, {0, 0, 0, 0, 92}, {}});
    CHECK(happened(result, Fault::duplicate_of_finished) != 0);
}

// A transform timed out twice, and the first of the two calls that came back late was not counted.
TEST_CASE("Simulation: late results counted, from seed 12") {
    const Result result = replay<EngineTarget>({{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 35, 0, 0,  0, 0,
                                                 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  0, 40, 1},
                                                {},
                                                {40, 0, 0, 94},
                                                {83},
                                                {83},
                                                {75},
                                                {}});
    CHECK(happened(result, Fault::late_result) != 0);
}
