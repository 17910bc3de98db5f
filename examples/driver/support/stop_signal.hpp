#pragma once

namespace driver {

/// The program's wish to end: SIGINT, SIGTERM, or a part of the program that cannot go on.
///
/// The first signal makes the descriptor readable, which a wait in `poll` notices; the second one ends the process
/// at once with status 1, unless it comes within a fifth of a second.
///
/// Thread safety: all functions, after `install` has returned.
class StopSignal {
public:
    /// Installs the handlers, and ignores SIGPIPE so that a closed pipe is an error of `write`. Once, in `main`.
    static void install();

    /// Readable from the first signal on; -1 before `install`.
    [[nodiscard]] static int descriptor() noexcept;
    [[nodiscard]] static bool is_requested() noexcept;
    /// The same as a signal, except that a later signal still counts as the first.
    static void request() noexcept;
};

}  // namespace driver
