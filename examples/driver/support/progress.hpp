#pragma once

#include "diagnostics.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace driver {

/// How far the input is: `[=====>    ]  42 %` where its length is known, its bytes where not.
[[nodiscard]] std::string progress_bar(std::uint64_t done, std::optional<std::uint64_t> total);

/// Keeps a status line up to date.
///
/// Thread safety: runs on a thread of its own from construction to destruction, which takes the line away.
class Progress {
public:
    /// Makes the line.
    using Text = std::function<std::string()>;

    /// How often it is called, on the thread of the line.
    static constexpr std::chrono::milliseconds period{200};

    Progress(Diagnostics& diagnostics, Text text);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress();

    /// True where standard error is a terminal.
    [[nodiscard]] static bool makes_sense() noexcept;

private:
    void run();

    Diagnostics& diagnostics_;
    Text text_;
    std::mutex mutex_;
    std::condition_variable ended_;
    bool is_ending_ = false;
    std::thread thread_;
};

/// How much more there is of something each time that one looks, a second.
class ProgressRate {
public:
    /// Counted from the last call on; calls are a `Progress::period` apart.
    [[nodiscard]] double next(std::uint64_t count) noexcept {
        const auto more = static_cast<double>(count - last_);
        last_ = count;
        return more / std::chrono::duration<double>(Progress::period).count();
    }

private:
    std::uint64_t last_ = 0;
};

}  // namespace driver
