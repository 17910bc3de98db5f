#pragma once

#include "../command.hpp"
#include "../errors.hpp"
#include "../result_sink.hpp"
#include "../source.hpp"
#include "../support/diagnostics.hpp"
#include "../support/packet_feed.hpp"
#include "../support/progress.hpp"
#include "../support/stop_signal.hpp"
#include "collate_settings.hpp"
#include "delivery.hpp"
#include "slow_word_lengths.hpp"
#include "summary.hpp"

#include <sheaf/connect/json_packet_reader.hpp>
#include <sheaf/packet_collator.hpp>
#include <sheaf/statistics.hpp>
#include <sheaf/traits.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace driver {

/// Collates all of `source` into `sink` and reports. Returns an `ExitStatus`.
///
/// The same text serves four types of collator: with and without receipts, on threads and on the reading thread. Each
/// pair is compiled in a translation unit of its own.
template <class Traits, class Executor>
int run_collation(const CollateSettings& settings,
                  Source& source,
                  ResultSink& sink,
                  Diagnostics& diagnostics,
                  Executor executor) {
    const auto began = std::chrono::steady_clock::now();
    Summary summary;
    bool has_failed = false;
    const auto attempt = [&](const auto& step) {
        try {
            step();
        } catch (const std::exception& error) {
            has_failed = true;
            diagnostics.message(error.what());
        }
    };

    Delivery delivery{sink, source, diagnostics};
    sheaf::PacketCollator collator{SlowWordLengths{settings.words, settings.transform_delay},
                                   std::ref(delivery), std::move(executor), settings.options,
                                   sheaf::traits<Traits>};
    {
        std::optional<Progress> progress;
        if (settings.progress && Progress::makes_sense()) {
            progress.emplace(diagnostics, [&collator, &source, rate = ProgressRate{}]() mutable {
                const sheaf::Statistics now = collator.statistics();
                const auto packets = now.accepted.packets + now.duplicates + now.conflicts + now.late;
                return progress_bar(source.bytes_read(), source.bytes_total()) + "  " +
                       fixed(rate.next(packets), 0) + " packets/s, " + std::to_string(now.completed) +
                       " completed, " + std::to_string(now.open_resources) + " open";
            });
        }
        attempt([&] {
            PacketFeed<decltype(collator), typename Traits::receipt, sheaf::JsonPacketReader> feed{
                collator,          source,  diagnostics,
                settings.on_stall, summary, sheaf::JsonPacketReader{settings.max_line}};
            std::vector<Record> records;
            while (!StopSignal::is_requested() && source.next_batch(records) == Source::Status::more) {
                feed.feed(records);
            }
        });
        // The end of the input: gaps cannot fill any more. A second signal ends a wait that takes too long.
        while (collator.drain(std::chrono::hours{1}).status == sheaf::DrainStatus::deadline) {}
    }
    attempt([&] { sink.close(); });
    if (delivery.undelivered() != 0) {
        diagnostics.message("stopped, because results could not be delivered: " +
                            std::to_string(delivery.undelivered()) + " in all");
    }

    const sheaf::Statistics statistics = collator.statistics();
    summary.completed = statistics.completed;
    summary.incomplete = statistics.incomplete;
    summary.undelivered = delivery.undelivered();
    summary.elapsed = std::chrono::steady_clock::now() - began;
    summary.latency_p50 = delivery.latency().quantile(0.5);
    summary.latency_p99 = delivery.latency().quantile(0.99);
    summary.collate_p50 = delivery.collating().quantile(0.5);
    summary.collate_p99 = delivery.collating().quantile(0.99);
    summary.process = ProcessUse::now();
    if (settings.summary != SummaryForm::none) {
        diagnostics.plain(settings.summary == SummaryForm::json ? summary_json(summary)
                                                                : summary_text(summary));
    }
    if (has_failed || summary.undelivered != 0) { return exit_failure; }
    return summary.is_clean() ? exit_complete : exit_incomplete;
}

/// With `settings.threads` 0 the transforms run on the reading thread. The first is for sources that want positions
/// back.
int run_acknowledged_collation(const CollateSettings& settings,
                               Source& source,
                               ResultSink& sink,
                               Diagnostics& diagnostics);
int run_plain_collation(const CollateSettings& settings,
                        Source& source,
                        ResultSink& sink,
                        Diagnostics& diagnostics);

}  // namespace driver
