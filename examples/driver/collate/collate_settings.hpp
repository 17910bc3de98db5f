#pragma once

#include "../support/figures.hpp"
#include "../support/packet_counts.hpp"

#include <sheaf/options.hpp>
#include <sheaf/transform/word_lengths.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>

namespace driver {

/// Everything that `sheaf collate` can be told, with its defaults.
struct CollateSettings {
    std::string from = "stdin:";
    std::string to = "stdout:";
    sheaf::Options options = default_options();
    /// Empty: `endless_inactivity` for sources without an end, none for others.
    std::optional<std::chrono::nanoseconds> inactivity_timeout;
    std::size_t threads = std::thread::hardware_concurrency();
    OnStall on_stall = OnStall::evict;
    std::chrono::nanoseconds transform_delay{0};
    sheaf::WordLengthsOptions words{};
    std::size_t max_line = std::size_t{16} << 20U;
    bool sync = false;
    bool progress = true;
    SummaryForm summary = SummaryForm::text;

    static constexpr std::chrono::seconds endless_inactivity{120};

    /// The library's, but for delivery: a person at a terminal wants to know soon that the disk is full.
    [[nodiscard]] static sheaf::Options default_options() {
        sheaf::Options options;
        options.single_producer = true;
        options.delivery_attempts = 3;
        options.delivery_backoff.initial = std::chrono::milliseconds{50};
        options.delivery_backoff.maximum = std::chrono::seconds{1};
        return options;
    }
};

}  // namespace driver
