#include "../errors.hpp"
#include "../support/file_identity.hpp"
#include "../support/line_output.hpp"
#include "../support/ordered_work.hpp"
#include "../support/progress.hpp"
#include "../support/stop_signal.hpp"
#include "external_sort.hpp"
#include "integer_output.hpp"
#include "merge_run.hpp"
#include "partition_feed.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace driver {
namespace {

/// What a run did, for the end of it.
struct PartitionSummary {
    std::uint64_t values = 0;
    std::size_t sources = 0;
    std::size_t runs = 0;
    std::chrono::nanoseconds elapsed{};
    ProcessUse process{};

    [[nodiscard]] std::string text() const {
        std::string text = "integers   " + std::to_string(values) + " of " + std::to_string(sources) +
                           (sources == 1 ? " source in " : " sources in ") + handy(elapsed) + " (" +
                           fixed(rate_of(values, elapsed), 0) + " a second)\n";
        if (runs != 0) { text += "spilled    " + std::to_string(runs) + " runs\n"; }
        return text + "process    " + process.text() + '\n';
    }
    [[nodiscard]] std::string json() const {
        JsonFigures figures;
        figures.add("integers", values);
        figures.add("sources", static_cast<std::uint64_t>(sources));
        figures.add("spilled_runs", static_cast<std::uint64_t>(runs));
        figures.add("seconds", to_seconds(elapsed), 6);
        figures.add("integers_per_second", rate_of(values, elapsed), 0);
        figures.add(process);
        return figures.text();
    }
};

template <class Key>
class PartitionMerge {
public:
    PartitionMerge(const MergeSettings& settings, Diagnostics& diagnostics)
        : settings_{settings}
        , diagnostics_{diagnostics}
        , output_{open_line_output(settings.to, "integers go")} {
        refuse_shared_files(settings.from, settings.to);
    }

    [[nodiscard]] int run() {
        const auto began = std::chrono::steady_clock::now();
        int status = exit_complete;
        const auto attempt = [&](const auto& step) {
            try {
                step();
            } catch (const UsageError&) { throw; } catch (const std::exception& error) {
                diagnostics_.message(error.what());
                status = exit_failure;
            }
        };
        attempt([&] {
            const auto progress = show_progress();
            status = settings_.sorts ? sort() : merge();
        });
        attempt([&] { output_.close(); });
        summary_.values = output_.count();
        summary_.sources = settings_.from.size();
        summary_.elapsed = std::chrono::steady_clock::now() - began;
        summary_.process = ProcessUse::now();
        if (settings_.summary != SummaryForm::none) {
            diagnostics_.plain(settings_.summary == SummaryForm::json ? summary_.json() : summary_.text());
        }
        return status;
    }

private:
    /// Memory for text goes by it: what is certain at once may be very much more.
    static constexpr std::size_t values_a_write = std::size_t{1} << 16U;

    [[nodiscard]] std::unique_ptr<Progress> show_progress() {
        if (!settings_.progress || !Progress::makes_sense()) { return nullptr; }
        return std::make_unique<Progress>(diagnostics_, [this] {
            const std::uint64_t total = bytes_total_.load(std::memory_order_relaxed);
            return progress_bar(bytes_read_.load(std::memory_order_relaxed),
                                total == 0 ? std::nullopt : std::optional{total});
        });
    }

    [[nodiscard]] int merge() {
        PartitionFeed<Key> feed{settings_.from, StopSignal::descriptor()};
        // Reading and merging is half of the work, text and writing the other: each thread does what there is to do.
        struct Part {
            std::vector<Key> values;
            IntegerLines lines;
        };
        const std::size_t values_a_part = std::max(values_a_write / settings_.threads, std::size_t{4096});
        const auto name_faults = [&] {
            for (const std::string& fault : feed.faults()) { diagnostics_.message(fault); }
        };
        try {
            OrderedWork<Part>::run(
                settings_.threads,
                [&](Part& part) {
                    if (!feed.next(part.values, values_a_part, !StopSignal::is_requested())) { return false; }
                    note(feed.bytes_read(), feed.bytes_total());
                    return true;
                },
                [] { return [](Part& part) { part.lines.assign(std::span<const Key>{part.values}); }; },
                [&](Part& part) { output_.write(part.lines); }, [] { StopSignal::request(); });
        } catch (...) {
            name_faults();
            throw;
        }
        name_faults();
        if (!feed.faults().empty()) { return exit_failure; }
        return feed.is_finished() ? exit_complete : stopped();
    }

    /// One source after the other, each of them not sorted, then all of them at once.
    [[nodiscard]] int sort() {
        ExternalSort<Key> sorted{settings_.spill, settings_.memory};
        std::uint64_t read_before = 0;
        for (const std::string& from : settings_.from) {
            constexpr std::size_t block = std::size_t{256} << 10U;
            IntegerSource<Key> source{from, StopSignal::descriptor(), block};
            std::vector<Key> values;
            for (;;) {
                const auto fill = source.read(values);
                if (fill == IntegerSource<Key>::Fill::end) { break; }
                if (fill == IntegerSource<Key>::Fill::stopped || StopSignal::is_requested()) {
                    return stopped();
                }
                sorted.add(values);
                if (source.fault()) { throw RuntimeFailure{*source.fault()}; }
                note(read_before + source.bytes_read(), std::nullopt);
            }
            read_before += source.bytes_read();
        }
        IntegerLines lines;
        sorted.finish([&](std::span<const Key> values) {
            while (!values.empty()) {
                const auto some = values.first(std::min(values.size(), values_a_write));
                lines.assign(some);
                output_.write(lines);
                values = values.subspan(some.size());
            }
        });
        summary_.runs = sorted.runs();
        return exit_complete;
    }

    void note(std::uint64_t read, std::optional<std::uint64_t> total) noexcept {
        bytes_read_.store(read, std::memory_order_relaxed);
        bytes_total_.store(total.value_or(0), std::memory_order_relaxed);
    }

    [[nodiscard]] int stopped() {
        diagnostics_.message("stopped before the end of the sources");
        return exit_incomplete;
    }

    const MergeSettings& settings_;
    Diagnostics& diagnostics_;
    IntegerOutput output_;
    PartitionSummary summary_;
    // Written by the merge, read by the thread that shows progress: only to be shown, so in no order with anything
    // else.
    std::atomic<std::uint64_t> bytes_read_{0};
    std::atomic<std::uint64_t> bytes_total_{0};
};

}  // namespace

int run_partition_merge(const MergeSettings& settings, Diagnostics& diagnostics) {
    return settings.is_unsigned ? PartitionMerge<std::uint64_t>{settings, diagnostics}.run()
                                : PartitionMerge<std::int64_t>{settings, diagnostics}.run();
}

}  // namespace driver
