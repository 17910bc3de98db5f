#pragma once

// All sketches by name, DataSketches' at the number of registers that is nearest to the error of `sheaf_exaloglog`.
// Where DataSketches was not found they are left out; CMake and the context of the results say so.

#include <distinct/peers/sheaf_sketch.hpp>

#ifdef SHEAF_BENCH_HAS_DATASKETCHES
#    include <distinct/peers/datasketches.hpp>
#endif

namespace sheaf_bench {

/// Calls `visit.template operator()<Sketch>(name)` for each sketch that can be merged.
template <class Visitor>
void for_each_sketch(Visitor visit) {
    visit.template operator()<SheafSketch<2, 24>>("sheaf_exaloglog");
    visit.template operator()<SheafSketch<0, 2>>("sheaf_ultraloglog");
    visit.template operator()<SheafSketch<0, 0>>("sheaf_hyperloglog");
#ifdef SHEAF_BENCH_HAS_DATASKETCHES
    visit.template operator()<DataSketchesHll<datasketches::HLL_8>>("datasketches_hll_8");
    visit.template operator()<DataSketchesHll<datasketches::HLL_6>>("datasketches_hll_6");
    visit.template operator()<DataSketchesHll<datasketches::HLL_4>>("datasketches_hll_4");
    visit.template operator()<DataSketchesCpc<>>("datasketches_cpc");
#endif
}

}  // namespace sheaf_bench
