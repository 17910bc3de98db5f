#pragma once

#include "../support/figures.hpp"

#include <sheaf/distinct/window_options.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace driver {

/// Who reads the frames.
enum class FrameParser : std::uint8_t {
    fast,      ///< `sheaf::RootKeyReader`, as far as both members.
    strict,    ///< The same, to the end of each frame.
    simdjson,  ///< simdjson On-Demand, as far as both members.
};

/// Everything that `sheaf count` can be told, with its defaults.
struct CountSettings {
    std::vector<std::string> from{"stdin:"};
    std::string to = "stdout:";
    std::string zone = "UTC";
    std::string key = "uid";
    std::string time = "ts";
    sheaf::WindowOptions options{};
    std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
    FrameParser parser = FrameParser::fast;
    /// Streams that give nothing for so long hold back nobody, where there are several sources.
    std::chrono::nanoseconds idle_timeout = std::chrono::seconds{60};
    std::size_t max_line = std::size_t{16} << 20U;
    /// The folder of the snapshot; empty: none is taken.
    std::string snapshot{};
    std::chrono::nanoseconds snapshot_every = std::chrono::seconds{10};
    bool progress = true;
    SummaryForm summary = SummaryForm::text;
};

}  // namespace driver
