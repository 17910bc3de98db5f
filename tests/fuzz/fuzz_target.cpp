// A fuzzer's main function is libFuzzer's; SHEAF_FUZZ_HARNESS is the name of a function of harness.hpp.

#include "harness.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string wrong = fuzz::SHEAF_FUZZ_HARNESS(std::as_bytes(std::span{data, size}));
    if (!wrong.empty()) {
        std::fprintf(stderr, "sheaf: %s\n", wrong.c_str());
        std::abort();
    }
    return 0;
}
