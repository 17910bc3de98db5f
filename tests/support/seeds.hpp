#pragma once

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>

namespace test {

/// A number from the environment, for longer runs and for replaying: `SHEAF_SEEDS=100000 ./sheaf_simulation`. None where
/// the variable is not set or empty. Throws `std::invalid_argument` where it holds anything but decimal digits: a slip
/// must not turn a long run into none.
[[nodiscard]] inline std::optional<std::uint64_t> number_from_environment(const char* name) {
    const char* const variable =
        std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread starts
    const std::string text = variable == nullptr ? "" : variable;
    if (text.empty()) { return std::nullopt; }
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || rest != end) {
        throw std::invalid_argument{std::string{name} + "='" + text + "': not a whole number below 2^64"};
    }
    return number;
}

[[nodiscard]] inline std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
    return number_from_environment(name).value_or(otherwise);
}

/// How much is to be done. Throws where that is nothing, too.
[[nodiscard]] inline std::uint64_t count_from_environment(const char* name, std::uint64_t otherwise) {
    const std::uint64_t count = number_from_environment(name, otherwise);
    if (count == 0) { throw std::invalid_argument{std::string{name} + "='0': nothing would be tested"}; }
    return count;
}

}  // namespace test
