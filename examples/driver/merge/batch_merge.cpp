#include "../errors.hpp"
#include "../source.hpp"
#include "../support/file_identity.hpp"
#include "../support/line_output.hpp"
#include "../support/packet_counts.hpp"
#include "../support/packet_feed.hpp"
#include "../support/progress.hpp"
#include "../support/stop_signal.hpp"
#include "batch_sink.hpp"
#include "merge_run.hpp"

#include <sheaf/collation/merge_sorted.hpp>
#include <sheaf/connect/json_segment_reader.hpp>
#include <sheaf/executor/inline_executor.hpp>
#include <sheaf/options.hpp>
#include <sheaf/packet_collator.hpp>
#include <sheaf/sink/serialized.hpp>
#include <sheaf/traits.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace driver {
namespace {

struct BatchTraits : sheaf::DefaultTraits {
    using collation = sheaf::MergeSorted<>;
    /// A segment that comes twice with other integers is a conflict.
    using digest = sheaf::PayloadDigest;
};

/// What a run did, for the end of it.
struct BatchSummary : PacketCounts {
    std::uint64_t completed = 0;
    std::uint64_t incomplete = 0;
    std::uint64_t undelivered = 0;
    std::uint64_t integers = 0;
    std::chrono::nanoseconds elapsed{};
    ProcessUse process{};

    [[nodiscard]] bool is_clean() const noexcept { return refused() + incomplete == 0; }
    [[nodiscard]] std::string text() const {
        const auto number = [](std::uint64_t value) { return std::to_string(value); };
        return "segments   " + number(packets()) + " in " + handy(elapsed) + " (" +
               fixed(rate_of(packets(), elapsed), 0) + " a second)\n           " + counts_text() +
               "\nbatches    " + number(completed) + " completed, " + number(incomplete) + " incomplete" +
               (undelivered != 0 ? ", " + number(undelivered) + " not written; " : "; ") + number(integers) +
               " integers merged\nprocess    " + process.text() + '\n';
    }
    [[nodiscard]] std::string json() const {
        JsonFigures figures;
        add_counts_to(figures);
        figures.add("completed", completed);
        figures.add("incomplete", incomplete);
        figures.add("undelivered", undelivered);
        figures.add("integers", integers);
        figures.add("seconds", to_seconds(elapsed), 6);
        figures.add("segments_per_second", rate_of(packets(), elapsed), 0);
        figures.add(process);
        return figures.text();
    }
};

[[nodiscard]] sheaf::Options options_of(const MergeSettings& settings, const Source& source) {
    sheaf::Options options;
    options.single_producer = true;
    // What stands in a file is there: only where it has to come can it be overdue. A tail that is lost makes no gap,
    // so silence counts, too.
    const bool can_be_overdue = !source.bytes_total().has_value();
    options.gap_timeout = can_be_overdue ? settings.gap_timeout : std::chrono::nanoseconds{0};
    options.inactivity_timeout = options.gap_timeout;
    options.max_bytes = settings.max_bytes;
    try {
        options.validate();
    } catch (const std::invalid_argument& error) { throw UsageError{error.what()}; }
    return options;
}

}  // namespace

int run_batch_merge(const MergeSettings& settings, Diagnostics& diagnostics) {
    const auto began = std::chrono::steady_clock::now();
    const auto source = open_source(settings.from.front(), {settings.max_line, StopSignal::descriptor()});
    BatchSink sink{settings, open_line_output(settings.to, "batches go"), diagnostics};
    refuse_shared_files(settings.from, settings.to);
    BatchSummary summary;
    bool has_ended = false;
    bool has_failed = false;
    sheaf::PacketCollator collator{sheaf::SegmentIntegers{}, sheaf::SerializedSink{std::ref(sink)},
                                   sheaf::InlineExecutor{}, options_of(settings, *source),
                                   sheaf::traits<BatchTraits>};
    try {
        std::optional<Progress> progress;
        if (settings.progress && Progress::makes_sense()) {
            progress.emplace(diagnostics, [&collator, &source, rate = ProgressRate{}]() mutable {
                const sheaf::Statistics now = collator.statistics();
                return progress_bar(source->bytes_read(), source->bytes_total()) + "  " +
                       fixed(rate.next(now.accepted.packets), 0) + " segments/s, " +
                       std::to_string(now.completed) + " batches completed, " +
                       std::to_string(now.open_resources) + " open";
            });
        }
        using Reader = sheaf::JsonSegmentReader;
        PacketFeed<decltype(collator), sheaf::NoReceipt, Reader> feed{
            collator,
            *source,
            diagnostics,
            OnStall::evict,
            summary,
            Reader{settings.segments, settings.max_line},
            {"batch", "segment"}};
        std::vector<Record> records;
        while (!has_ended && !StopSignal::is_requested()) {
            has_ended = source->next_batch(records) == Source::Status::end;
            // One by one: of several at once, batches would not come out in the order in which they are complete.
            for (const Record& record : records) { feed.feed({&record, 1}); }
        }
    } catch (const RuntimeFailure& error) {
        diagnostics.message(error.what());
        has_failed = true;
    }
    if (!has_ended) {
        diagnostics.message(
            "stopped before the end of the source: what was not read is missing in what follows");
    }
    // Also where the source failed: what is complete has been written, and what is not is named.
    while (collator.drain(std::chrono::hours{1}).status == sheaf::DrainStatus::deadline) {}
    try {
        sink.close();
    } catch (const std::system_error& error) {
        diagnostics.message(error.what());
        has_failed = true;
    }
    if (sink.undelivered() != 0) {
        diagnostics.message("stopped, because results could not be written: " +
                            std::to_string(sink.undelivered()) + " in all");
        has_failed = true;
    }

    summary.completed = sink.completed();
    summary.incomplete = collator.statistics().incomplete;
    summary.undelivered = sink.undelivered();
    summary.integers = sink.integers();
    summary.elapsed = std::chrono::steady_clock::now() - began;
    summary.process = ProcessUse::now();
    if (settings.summary != SummaryForm::none) {
        diagnostics.plain(settings.summary == SummaryForm::json ? summary.json() : summary.text());
    }
    if (has_failed) { return exit_failure; }
    return has_ended && summary.is_clean() ? exit_complete : exit_incomplete;
}

}  // namespace driver
