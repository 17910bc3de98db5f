#pragma once

#include "errors.hpp"
#include "registry.hpp"
#include "uri.hpp"

#include <sheaf/acknowledgement.hpp>
#include <sheaf/events.hpp>

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace driver {

using Output = std::vector<std::uint32_t>;
using Completed = sheaf::Completed<Output>;
using Incomplete = sheaf::Incomplete<Output>;

/// What the sinks are told.
struct ResultSinkSettings {
    /// A result counts as delivered only once it would survive a loss of power. Without it that is true of all of
    /// them after `close`.
    bool sync_each = false;
};

/// Where results go. Registered by URI scheme in a `Registry<ResultSink>`.
///
/// Thread safety: `deliver` is called concurrently for different resources, `close` once after the last of them.
class ResultSink {
public:
    using Factory =
        std::function<std::unique_ptr<ResultSink>(std::string_view rest, const ResultSinkSettings& settings)>;

    ResultSink() = default;
    ResultSink(const ResultSink&) = delete;
    ResultSink& operator=(const ResultSink&) = delete;
    virtual ~ResultSink() = default;

    /// Sends the event on its way and answers by the handle, now or later, on any thread. A throw is a failed
    /// attempt, too. What has been acknowledged as delivered is out of this process.
    virtual void deliver(const Completed& event, sheaf::Acknowledgement handle) = 0;
    virtual void deliver(const Incomplete& event, sheaf::Acknowledgement handle) = 0;

    /// Makes what has been delivered durable, and ends.
    ///
    /// Throws: `RuntimeFailure`, also for what could only fail now.
    virtual void close() {}
};

/// A sink that has delivered when `write` returns, and has not when it throws.
class BlockingResultSink : public ResultSink {
public:
    void deliver(const Completed& event, sheaf::Acknowledgement handle) final {
        answer(event, std::move(handle));
    }
    void deliver(const Incomplete& event, sheaf::Acknowledgement handle) final {
        answer(event, std::move(handle));
    }

protected:
    virtual void write(const Completed& event) = 0;
    virtual void write(const Incomplete& event) = 0;

private:
    template <class Event>
    void answer(const Event& event, sheaf::Acknowledgement handle) {
        try {
            write(event);
        } catch (...) {
            handle.failed(std::current_exception());
            return;
        }
        handle.delivered();
    }
};

/// The sink that a URI names. A plain path is refused: it could mean a file or a directory.
///
/// Throws: `UsageError`, and what the sink's factory throws.
[[nodiscard]] inline std::unique_ptr<ResultSink> open_result_sink(std::string_view text,
                                                                  const ResultSinkSettings& settings) {
    const Uri uri = Uri::parse(text);
    const auto* const item = Registry<ResultSink>::find(uri.scheme);
    if (item == nullptr) {
        throw UsageError{"--to " + std::string{text} + ": no such sink; there are: " +
                         Registry<ResultSink>::schemes() + " (as in dir:PATH)"};
    }
    return item->make(uri.rest, settings);
}

}  // namespace driver
