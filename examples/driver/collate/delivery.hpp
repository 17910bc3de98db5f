#pragma once

#include "../result_sink.hpp"
#include "../source.hpp"
#include "../support/diagnostics.hpp"
#include "../support/latency_histogram.hpp"

#include <sheaf/acknowledgement.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <utility>

namespace driver {

/// What the collator takes for its sink: measures, names what is incomplete, and passes on to the sink that the user
/// chose. What that one cannot take stops the program: nothing more is read, tried or acknowledged to the source, so
/// that it can be collated again.
///
/// Thread safety: as sinks are called, concurrently for different resources.
class Delivery {
public:
    Delivery(ResultSink& sink, Source& source, Diagnostics& diagnostics) noexcept
        : sink_{sink}
        , source_{source}
        , diagnostics_{diagnostics} {}

    void deliver(const Completed& event, sheaf::Acknowledgement handle) {
        measure(event);
        pass_on(event, std::move(handle));
    }
    void deliver(const Incomplete& event, sheaf::Acknowledgement handle) {
        measure(event);
        if (undelivered() == 0) { name(event); }
        pass_on(event, std::move(handle));
    }

    void dead_letter(const Completed& event, const std::exception_ptr& error) { give_up(event.id, error); }
    void dead_letter(const Incomplete& event, const std::exception_ptr& error) { give_up(event.id, error); }

    void release(std::span<Position> positions) noexcept {
        if (undelivered() == 0) { source_.acknowledge(positions); }
    }

    /// How many results have been given up.
    [[nodiscard]] std::uint64_t undelivered() const noexcept { return undelivered_.load(); }
    [[nodiscard]] const LatencyHistogram& latency() const noexcept { return latency_; }
    [[nodiscard]] const LatencyHistogram& collating() const noexcept { return collating_; }

private:
    template <class Event>
    void measure(const Event& event) noexcept {
        const std::chrono::nanoseconds now = std::chrono::steady_clock::now().time_since_epoch();
        latency_.record(now - event.settled_at);
        collating_.record(now - event.opened_at);
    }

    template <class Event>
    void pass_on(const Event& event, sheaf::Acknowledgement handle) {
        if (undelivered() == 0) {
            sink_.deliver(event, std::move(handle));
        } else {
            handle.failed(nullptr);
        }
    }

    void name(const Incomplete& event);
    void give_up(std::uint64_t id, const std::exception_ptr& error);

    ResultSink& sink_;
    Source& source_;
    Diagnostics& diagnostics_;
    LatencyHistogram latency_;
    LatencyHistogram collating_;
    std::atomic<std::uint64_t> undelivered_{0};
    std::mutex mutex_;
    /// Named already: a delivery that is tried again is not news.
    std::set<std::pair<std::uint64_t, std::uint64_t>> named_;
};

}  // namespace driver
