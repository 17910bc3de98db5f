#pragma once

#include <cstdint>
#include <cstdlib>

namespace test {

/// A number from the environment, for longer runs and for replaying: `SHEAF_SEEDS=100000 ./sheaf_simulation`.
[[nodiscard]] inline std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
    const char* const text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread starts
    return text == nullptr || *text == '\0' ? otherwise : std::strtoull(text, nullptr, 0);
}

}  // namespace test
