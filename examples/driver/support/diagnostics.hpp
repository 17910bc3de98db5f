#pragma once

#include <string>
#include <string_view>

#include <mutex>

namespace driver {

/// What the program says to people, on standard error: messages, one a line, and on a terminal a status line that stays
/// below them.
///
/// Thread safety: all members may be called concurrently; lines do not mix.
class Diagnostics {
public:
    /// Writes `sheaf: ` and the message.
    void message(std::string_view text);
    /// Writes text as it is, its line ends included.
    void plain(std::string_view text);
    /// Replaces the status line; empty: there is none.
    void status(std::string_view text);

private:
    void write_above_status(std::string_view text);

    std::mutex mutex_;
    std::string status_;
};

}  // namespace driver
