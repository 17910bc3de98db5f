#pragma once

#include <sheaf/config.hpp>

#include <concepts>
#include <utility>

SHEAF_NAMESPACE_BEGIN

/// Executor: runs each task at once on the thread that submits it. For cheap transforms, for the
/// single-threaded mode, and where the host brings its own threads and calls `submit` from all of them.
///
/// Thread safety: stateless; may be used concurrently.
struct InlineExecutor {
    /// See `InlineExecutorFor`.
    static constexpr bool is_inline = true;

    /// Runs `task` before it returns. Holds no lock. Throws what the task throws.
    template <std::invocable F>
    void execute(F&& task) const {
        static_cast<void>(std::forward<F>(task)());
    }
};

SHEAF_NAMESPACE_END
