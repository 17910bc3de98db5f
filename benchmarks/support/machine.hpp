#pragma once

#include <fstream>
#include <string>

namespace sheaf_bench {

/// The processor's own name, where the system tells.
[[nodiscard]] inline std::string processor() {
    std::ifstream file{"/proc/cpuinfo"};
    for (std::string line; std::getline(file, line);) {
        if (line.rfind("model name", 0) == 0) { return line.substr(line.find(':') + 2); }
    }
    return "unknown";
}

/// The instructions that the processor offers beyond what the compiler was told.
[[nodiscard]] inline std::string isa() {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) { return "avx512"; }
    if (__builtin_cpu_supports("avx2")) { return "avx2"; }
#endif
    return "portable";
}

[[nodiscard]] inline std::string compiler() {
#if defined(__clang__)
    return "Clang " __clang_version__;
#else
    return "GCC " __VERSION__;
#endif
}

}  // namespace sheaf_bench
