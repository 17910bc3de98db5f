#pragma once

#include "../source.hpp"
#include "diagnostics.hpp"

#include <sheaf/statistics.hpp>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace driver {

/// Keeps a status line up to date: how far the input is, the rate, the open resources.
///
/// Thread safety: runs on a thread of its own from construction to destruction, which takes the line away.
class Progress {
public:
    using Figures = std::function<sheaf::Statistics()>;

    /// `figures` is called on the thread of the progress line, five times a second.
    Progress(const Source& source, Diagnostics& diagnostics, Figures figures);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress();

    /// True where standard error is a terminal.
    [[nodiscard]] static bool makes_sense() noexcept;

private:
    void run();

    const Source& source_;
    Diagnostics& diagnostics_;
    Figures figures_;
    std::mutex mutex_;
    std::condition_variable ended_;
    bool is_ending_ = false;
    std::thread thread_;
};

}  // namespace driver
