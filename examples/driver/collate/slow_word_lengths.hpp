#pragma once

#include <sheaf/transform/word_lengths.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <thread>
#include <vector>

namespace driver {

/// Transform: word lengths, after the time that a remote service would take to answer.
///
/// Thread safety: immutable; called concurrently.
class SlowWordLengths {
public:
    SlowWordLengths(sheaf::WordLengthsOptions options, std::chrono::nanoseconds delay) noexcept
        : word_lengths_{options}
        , delay_{delay} {}

    [[nodiscard]] std::vector<std::uint32_t> operator()(std::span<const std::byte> payload) const {
        if (delay_.count() > 0) { std::this_thread::sleep_for(delay_); }
        return word_lengths_(payload);
    }

private:
    sheaf::WordLengths word_lengths_;
    std::chrono::nanoseconds delay_;
};

}  // namespace driver
