#pragma once

#include <fstream>

#include <malloc.h>
#include <unistd.h>

namespace sheaf_bench {

/// The bytes that this process has in memory, without what the heap only keeps for later.
[[nodiscard]] inline double resident_bytes() {
    malloc_trim(0);
    double pages = 0;
    double resident_pages = 0;
    std::ifstream{"/proc/self/statm"} >> pages >> resident_pages;
    return resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

}  // namespace sheaf_bench
