#pragma once

#include <functional>
#include <memory>

namespace CLI {
class App;
}

namespace driver {

/// How the program ends.
enum ExitStatus : int {
    exit_complete = 0,    ///< Everything was done and is complete.
    exit_failure = 1,     ///< It could not be done: unreadable input, unwritable output.
    exit_usage = 2,       ///< The arguments make no sense.
    exit_incomplete = 3,  ///< Done, but something was incomplete, refused or malformed, and has been named.
};

/// One command of the program, registered by its name in a `Registry<Command>`. A name of two words is a command within
/// a group, as `generate packets`.
class Command {
public:
    using Factory = std::function<std::unique_ptr<Command>()>;

    Command() = default;
    Command(const Command&) = delete;
    Command& operator=(const Command&) = delete;
    virtual ~Command() = default;

    /// Adds the options, bound to members.
    virtual void add_options(CLI::App& app) = 0;
    /// Does it; returns an `ExitStatus`. A `UsageError` becomes `exit_usage`, any other exception `exit_failure`.
    virtual int run() = 0;
};

}  // namespace driver
