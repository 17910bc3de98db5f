#pragma once

#include <exception>
#include <optional>

#include <sys/wait.h>
#include <unistd.h>

namespace sheaf_bench {

/// Calls `measure`, which returns an optional number, in a process of its own, so that what earlier measurements have
/// left in the heap does not count. Nothing if there was no number or the process broke off.
///
/// The calling process must have no other threads.
template <class Measure>
[[nodiscard]] std::optional<double> in_fresh_process(Measure measure) {
    int ends[2];
    if (pipe(ends) != 0) { return std::nullopt; }
    const pid_t child = fork();
    if (child == 0) {
        bool written = false;
        try {
            const std::optional<double> number = measure();
            written = number && write(ends[1], &*number, sizeof *number) == sizeof *number;
        } catch (const std::exception&) {}
        _exit(written ? 0 : 1);
    }
    close(ends[1]);
    double number = 0;
    const bool was_read = child > 0 && read(ends[0], &number, sizeof number) == sizeof number;
    close(ends[0]);
    int status = 1;
    if (child > 0) { waitpid(child, &status, 0); }
    if (!was_read || status != 0) { return std::nullopt; }
    return number;
}

}  // namespace sheaf_bench
