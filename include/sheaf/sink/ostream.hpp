#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/throw.hpp>
#include <sheaf/events.hpp>
#include <sheaf/sink/result_text.hpp>

#include <ios>
#include <ostream>
#include <stdexcept>
#include <string>

SHEAF_NAMESPACE_BEGIN

/// Sink: writes each event as one line of JSON to a stream that must outlive it. See `result_text.hpp` for
/// the form.
///
///     sheaf::SerializedSink{sheaf::OstreamSink{std::cout}}
///
/// Flushes after each line: a returned delivery has reached what is behind the stream.
///
/// Thread safety: none, not even for distinct objects on one stream; a collator with more than one thread
/// needs the `SerializedSink` around it.
///
/// Throws: `std::runtime_error` where the stream is or gets into a failed state (also what a stream with
/// exceptions switched on throws), `std::bad_alloc`. The stream may then hold part of the line, and stays
/// failed until its owner clears it.
class OstreamSink {
public:
    /// Borrows the stream.
    explicit OstreamSink(std::ostream& stream) noexcept
        : stream_{&stream} {}

    /// Writes the line of `append_json`, and flushes.
    template <class Output, class Id>
    void deliver(const Completed<Output, Id>& event) {
        write(event);
    }
    /// Writes the line of `append_json`, and flushes.
    template <class Output, class Id, class Chunk>
    void deliver(const Incomplete<Output, Id, Chunk>& event) {
        write(event);
    }

private:
    template <class Event>
    void write(const Event& event) {
        line_.clear();
        append_json(line_, event);
        line_ += '\n';
        stream_->write(line_.data(), static_cast<std::streamsize>(line_.size()));
        stream_->flush();
        if (!stream_->good()) {
            detail::throw_exception<std::runtime_error>("sheaf: OstreamSink: the stream failed");
        }
    }

    std::ostream* stream_;
    std::string line_;  // kept for its memory
};

SHEAF_NAMESPACE_END
