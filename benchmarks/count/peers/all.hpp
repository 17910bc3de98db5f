#pragma once

// All who read frames, by name. Where simdjson was not found it is left out; CMake and the context of the results say
// so.

#include <count/peers/sheaf_reader.hpp>

#ifdef SHEAF_BENCH_HAS_SIMDJSON
#    include <count/peers/simdjson_reader.hpp>
#endif

namespace sheaf_bench {

/// Calls `visit.template operator()<Reader>(name)` for each.
template <class Visitor>
void for_each_reader(Visitor visit) {
    visit.template operator()<SheafFast>("sheaf_fast");
    visit.template operator()<SheafStrict>("sheaf_strict");
#ifdef SHEAF_BENCH_HAS_SIMDJSON
    visit.template operator()<SimdjsonLines>("simdjson_lines");
    visit.template operator()<SimdjsonStream>("simdjson_stream");
#endif
}

}  // namespace sheaf_bench
