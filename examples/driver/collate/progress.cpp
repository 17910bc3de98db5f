#include "progress.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include <unistd.h>

namespace driver {
namespace {

constexpr std::chrono::milliseconds period{200};

/// `[=====>    ]  42 %` where the length of the input is known, its bytes where not.
std::string bar(std::uint64_t done, std::optional<std::uint64_t> total) {
    if (!total || *total == 0) { return std::to_string(done >> 20U) + " MiB read"; }
    constexpr std::size_t width = 30;
    const double part = std::min(1.0, static_cast<double>(done) / static_cast<double>(*total));
    const auto filled = static_cast<std::size_t>(part * width);
    std::string text(filled, '=');
    text += filled < width ? ">" : "";
    text.resize(width, ' ');
    return '[' + text + "] " + std::to_string(static_cast<int>(part * 100.0)) + " %";
}

}  // namespace

Progress::Progress(const Source& source, Diagnostics& diagnostics, Figures figures)
    : source_{source}
    , diagnostics_{diagnostics}
    , figures_{std::move(figures)}
    , thread_{[this] { run(); }} {}

Progress::~Progress() {
    {
        const std::lock_guard lock{mutex_};
        is_ending_ = true;
    }
    ended_.notify_all();
    thread_.join();
    diagnostics_.status({});
}

bool Progress::makes_sense() noexcept { return ::isatty(STDERR_FILENO) == 1; }

void Progress::run() {
    std::uint64_t packets_before = 0;
    std::unique_lock lock{mutex_};
    while (!ended_.wait_for(lock, period, [this] { return is_ending_; })) {
        lock.unlock();
        const sheaf::Statistics now = figures_();
        const std::uint64_t packets = now.accepted.packets + now.duplicates + now.conflicts + now.late;
        const auto rate =
            static_cast<double>(packets - packets_before) / std::chrono::duration<double>(period).count();
        packets_before = packets;
        char figures[160];
        std::snprintf(figures, sizeof figures, "  %.0f packets/s, %llu completed, %zu open", rate,
                      static_cast<unsigned long long>(now.completed), now.open_resources);
        diagnostics_.status(bar(source_.bytes_read(), source_.bytes_total()) + figures);
        lock.lock();
    }
}

}  // namespace driver
