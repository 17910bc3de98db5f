#include "progress.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <unistd.h>

namespace driver {

std::string progress_bar(std::uint64_t done, std::optional<std::uint64_t> total) {
    if (!total || *total == 0) { return std::to_string(done >> 20U) + " MiB read"; }
    constexpr std::size_t width = 30;
    const double part = std::min(1.0, static_cast<double>(done) / static_cast<double>(*total));
    const auto filled = static_cast<std::size_t>(part * width);
    std::string text(filled, '=');
    text += filled < width ? ">" : "";
    text.resize(width, ' ');
    return '[' + text + "] " + std::to_string(static_cast<int>(part * 100.0)) + " %";
}

Progress::Progress(Diagnostics& diagnostics, Text text)
    : diagnostics_{diagnostics}
    , text_{std::move(text)}
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
    std::unique_lock lock{mutex_};
    while (!ended_.wait_for(lock, period, [this] { return is_ending_; })) {
        lock.unlock();
        diagnostics_.status(text_());
        lock.lock();
    }
}

}  // namespace driver
