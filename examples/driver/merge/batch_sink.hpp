#pragma once

#include "../support/diagnostics.hpp"
#include "../support/event_text.hpp"
#include "../support/line_file.hpp"
#include "../support/stop_signal.hpp"
#include "merge_settings.hpp"

#include <sheaf/events.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace driver {

using Segment = std::vector<std::int64_t>;

/// Writes the result of each batch as it is complete, and names those that are not. What cannot be written is named,
/// too, and stops the program.
///
/// Thread safety: none. Segments are merged on the reading thread, but gaps time out on the collator's own: see
/// `sheaf::SerializedSink`.
class BatchSink {
public:
    BatchSink(const MergeSettings& settings, LineFile file, Diagnostics& diagnostics)
        : settings_{settings}
        , diagnostics_{diagnostics}
        , file_{std::move(file)} {}

    void deliver(const sheaf::Completed<Segment>& batch) {
        line_.clear();
        if (settings_.form == BatchForm::json) {
            line_ += "{\"batch_id\":" + std::to_string(batch.id) + ",\"data\":[";
            add(batch.output, ",");
            line_ += "]}";
        } else {
            add(batch.output, settings_.separator);
        }
        if (!write(batch.id)) { return; }
        ++completed_;
        integers_ += batch.output.size();
    }

    /// As an object with all that was there, where there can be one: the merge of the segments before the first that
    /// is missing, and the others by their ids.
    void deliver(const sheaf::Incomplete<Segment>& batch) {
        const std::vector<sheaf::IndexRange> missing = missing_of(batch);
        diagnostics_.message(incomplete_text(batch, missing, "batch", "segment"));
        if (settings_.form != BatchForm::json) { return; }
        line_ = "{\"batch_id\":" + std::to_string(batch.id) + ",\"reason\":\"";
        line_ += to_string(batch.reason);
        line_ += "\",\"missing\":[";
        for (const sheaf::IndexRange& range : missing) {
            line_ += (line_.back() == '[' ? "[" : ",[") + std::to_string(range.first) + ',' +
                     std::to_string(range.last) + ']';
        }
        line_ += "],\"data\":[";
        add(batch.output, ",");
        line_ += "],\"segments\":{";
        for (const auto& chunk : batch.chunks) {
            line_ += (line_.back() == '{' ? "\"" : ",\"") + std::to_string(chunk.index) + "\":[";
            add(chunk.chunk, ",");
            line_ += ']';
        }
        line_ += "}}";
        static_cast<void>(write(batch.id));
    }

    /// Throws: `std::system_error` for a failure that shows now.
    void close() { file_.close(); }

    /// How many complete batches have been written.
    [[nodiscard]] std::uint64_t completed() const noexcept { return completed_; }
    /// How many integers they have.
    [[nodiscard]] std::uint64_t integers() const noexcept { return integers_; }
    /// How many results could not be written.
    [[nodiscard]] std::uint64_t undelivered() const noexcept { return undelivered_; }

private:
    /// Where the number of segments is known, so is a tail that never came.
    [[nodiscard]] std::vector<sheaf::IndexRange> missing_of(const sheaf::Incomplete<Segment>& batch) const {
        std::vector<sheaf::IndexRange> missing = batch.missing;
        if (settings_.segments == 0 || batch.last_index) { return missing; }
        std::uint64_t next = batch.collated;
        if (!batch.chunks.empty()) { next = batch.chunks.back().index + 1; }
        if (!batch.payloads.empty()) { next = std::max(next, batch.payloads.back().index + 1); }
        missing.push_back({next, settings_.segments - 1});
        return missing;
    }

    void add(const Segment& values, std::string_view separator) {
        bool is_first = true;
        for (const std::int64_t value : values) {
            if (!is_first) { line_ += separator; }
            is_first = false;
            char digits[20];
            line_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
        }
    }

    /// Once something could not be written, nothing is any more, and every batch that this concerns is named.
    [[nodiscard]] bool write(std::uint64_t batch) {
        if (failure_.empty()) {
            line_ += '\n';
            try {
                file_.write(line_);
                return true;
            } catch (const std::exception& error) {
                failure_ = error.what();
                StopSignal::request();
            }
        }
        ++undelivered_;
        diagnostics_.message("batch " + std::to_string(batch) + ": not written: " + failure_);
        return false;
    }

    const MergeSettings& settings_;
    Diagnostics& diagnostics_;
    LineFile file_;
    std::string line_;
    std::uint64_t completed_ = 0;
    std::uint64_t integers_ = 0;
    std::uint64_t undelivered_ = 0;
    /// Why nothing is written any more.
    std::string failure_;
};

}  // namespace driver
