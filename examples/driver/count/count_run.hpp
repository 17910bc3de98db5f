#pragma once

#include "../command.hpp"
#include "../errors.hpp"
#include "../support/atomic_file.hpp"
#include "../support/diagnostics.hpp"
#include "../support/file_identity.hpp"
#include "../support/line_file.hpp"
#include "../support/line_output.hpp"
#include "../support/ordered_work.hpp"
#include "../support/progress.hpp"
#include "../support/stop_signal.hpp"
#include "block_order.hpp"
#include "block_source.hpp"
#include "count_ends.hpp"
#include "count_settings.hpp"
#include "count_summary.hpp"
#include "frame_block.hpp"
#include "frame_members.hpp"
#include "frame_reader.hpp"
#include "source_places.hpp"

#include <sheaf/distinct/calendar_windows.hpp>
#include <sheaf/distinct/window_text.hpp>
#include <sheaf/json/root_key_reader.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace driver {

/// One run of `sheaf count`: blocks of the sources are read by all threads and counted by one at a time, in the order in which they
/// stand in the sources; so the result is that of one thread.
template <sheaf::ZonePolicy Zone>
class CountRun {
public:
    /// Opens everything and goes on from the snapshot, if there is one.
    ///
    /// Throws: `UsageError`, `RuntimeFailure`, `std::system_error` that names a file.
    CountRun(const CountSettings& settings, Zone zone, Diagnostics& diagnostics)
        : settings_{settings}
        , diagnostics_{diagnostics}
        , sources_{open_block_sources(settings)}
        , places_{sources_, settings.key, settings.time}
        , windows_{options_of(settings, sources_), std::move(zone)}
        , output_{open_line_output(settings.to, "counts go")} {
        refuse_shared_files(settings.from, settings.to);
        if (!settings.snapshot.empty()) {
            file_.emplace(settings.snapshot, "count.snapshot");
            if (const auto bytes = file_->read()) { restore(*bytes); }
        }
        before_ = windows_.statistics();
    }

    /// Counts all there is, and reports. Returns an `ExitStatus`.
    int run() {
        try {
            std::optional<Progress> progress;
            if (settings_.progress && Progress::makes_sense()) {
                progress.emplace(diagnostics_, [this, rate = ProgressRate{}]() mutable {
                    return progress_bar(bytes_, size()) + "  " + fixed(rate.next(frames_), 0) + " frames/s";
                });
            }
            count();
        } catch (const std::exception& error) {
            has_failed_ = true;
            diagnostics_.message(error.what());
        }
        const CountSummary summary = summarize();
        say_what_was_left_out(summary);
        if (settings_.summary != SummaryForm::none) {
            diagnostics_.plain(settings_.summary == SummaryForm::json ? summary_json(summary)
                                                                      : summary_text(summary));
        }
        if (has_failed_) { return exit_failure; }
        return summary.malformed == 0 && !is_cut_short_ ? exit_complete : exit_incomplete;
    }

private:
    using Clock = std::chrono::steady_clock;
    /// Of each block; only blocks of garbage have more.
    static constexpr std::size_t most_quarantined = std::size_t{1} << 16U;

    [[nodiscard]] static std::chrono::nanoseconds now() noexcept { return Clock::now().time_since_epoch(); }

    [[nodiscard]] static sheaf::WindowOptions options_of(
        const CountSettings& settings, const std::vector<std::unique_ptr<BlockSource>>& sources) {
        sheaf::WindowOptions options = settings.options;
        options.hash_id = user_hash_id;
        options.max_quarantine_reports = most_quarantined;
        // A file that has sent nothing for a while has only not had its turn.
        options.idle_timeout =
            sources.size() > 1 && has_streams(sources) ? settings.idle_timeout : std::chrono::nanoseconds{0};
        return options;
    }

    void restore(const std::vector<std::byte>& bytes) {
        if (const auto status = windows_.restore(bytes, now()); !status.ok()) {
            throw RuntimeFailure{file_->path() + ": " + explain_refusal(status)};
        }
        try {
            places_.restore(windows_.position(0));
        } catch (const RuntimeFailure& error) { throw RuntimeFailure{file_->path() + ": " + error.what()}; }
        for (std::uint64_t partition = 0; partition < places_.partitions(); ++partition) {
            if (!places_.of_partition(partition).is_given) { windows_.pause_partition(partition); }
        }
    }

    void count() {
        BlockOrder order{sources_, make_frame_reader(settings_), settings_.options.max_jump,
                         patience_of(settings_)};
        OrderedWork<FrameBlock>::run(
            settings_.threads, [&order](FrameBlock& block) { return order.next(block); },
            [this] {
                return [reader = make_frame_reader(settings_)](FrameBlock& block) {
                    reader->read(block, (std::numeric_limits<std::size_t>::max)());
                };
            },
            [this](FrameBlock& block) { settle(block); }, [] { StopSignal::request(); });
        // Before the end, which cannot be taken back: a later run may find that the sources have grown.
        if (file_) {
            take_snapshot();
            has_failed_ = !has_snapshot_;
        }
        if (!order.was_stopped() || !has_snapshot_) {
            windows_.finish();
            report();
        }
        for (const BlockSource* const cut : order.cut_short()) {
            is_cut_short_ = true;
            diagnostics_.message(cut->name() + ": has not been read to its end");
        }
        output_.sync();
        output_.close();
    }

    void settle(FrameBlock& block) {
        const std::uint64_t partition = places_.partition(block.source);
        SourcePlace& place = places_.of_partition(partition);
        for (const std::size_t source : block.begins) {
            windows_.expect_partition(places_.partition(source), now());
        }
        bytes_ += block.bytes;
        if (file_ && block.is_unfinished && !is_whole(block.text)) {
            // What the snapshot has counted would be counted once more, with its other half, by the next run.
            diagnostics_.message(place.name + ':' + std::to_string(place.lines + 1) +
                                 ": has no end yet, and is left to the next run");
        } else {
            count_block(block);
            place.lines += block.is_unfinished ? 0 : block.lines;
            if (block.next) {
                place.next = *block.next;
                sources_[block.source]->release(*block.next);
            }
        }
        if (block.is_last) { windows_.pause_partition(partition); }
        report();
        if (file_ && Clock::now() - last_snapshot_ >= settings_.snapshot_every) { take_snapshot(); }
    }

    /// A line that has no end, but nothing that is written behind it would make another frame of it.
    [[nodiscard]] bool is_whole(std::string_view line) const {
        const sheaf::RootKeyReader reader{settings_.key, settings_.time, sheaf::FrameCheck::strict};
        const bool is_blank = line.find_first_not_of(" \t\r") == std::string_view::npos;
        return is_blank || reader.read(line).status.ok();
    }

    void count_block(const FrameBlock& block) {
        const std::uint64_t partition = places_.partition(block.source);
        const SourcePlace& place = places_.of_partition(partition);
        name_malformed(block, place);
        const auto time = now();
        for (const ReadFrame& frame : block.frames) {
            windows_.insert({.hash = frame.user,
                             .time = frame.time,
                             .partition = partition,
                             .position = place.lines + frame.line + 1},
                            time);
        }
        frames_ += block.frames.size();
    }

    void name_malformed(const FrameBlock& block, const SourcePlace& place) {
        std::string messages;
        std::string_view reasons = block.reasons;
        for (const MalformedFrame& malformed : block.malformed) {
            messages +=
                "sheaf: " + place.name + ':' + std::to_string(place.lines + malformed.line + 1) + ": ";
            messages += reasons.substr(0, malformed.reason_size);
            messages += '\n';
            reasons.remove_prefix(malformed.reason_size);
        }
        if (!messages.empty()) { diagnostics_.plain(messages); }
        malformed_ += block.malformed.size();
    }

    void report() {
        lines_.clear();
        const auto append = [this](const sheaf::WindowResult& result) {
            sheaf::append_json(lines_, result);
            lines_ += '\n';
            ++results_;
        };
        windows_.report(append, now());
        if (!lines_.empty()) { output_.write(lines_); }
        windows_.report_quarantined([this](const sheaf::WindowElement& element) {
            diagnostics_.message(places_.of_partition(element.partition).name + ':' +
                                 std::to_string(element.position) + ": quarantined: \"" + settings_.time +
                                 "\" " + std::to_string(element.time.time_since_epoch().count()) +
                                 " is far from the frames around it");
        });
    }

    /// Names a failure and goes on: what has been counted is worth more.
    void take_snapshot() {
        last_snapshot_ = Clock::now();
        // What the snapshot says has been reported must not be lost.
        output_.sync();
        windows_.set_position(0, places_.bytes());
        snapshot_.clear();
        windows_.append_snapshot(snapshot_);
        try {
            file_->replace(snapshot_);
            has_snapshot_ = true;
            ++snapshots_;
        } catch (const std::system_error& error) {
            has_snapshot_ = false;
            diagnostics_.message(std::string{error.what()} + ": there is no new snapshot");
        }
    }

    /// Who has frames that are far apart, or out of order, may not know that these are told from wrong times only by options.
    void say_what_was_left_out(const CountSummary& summary) {
        const auto of_all = [&summary](std::uint64_t part) {
            return std::to_string(part) + " of " + std::to_string(summary.frames) + " frames";
        };
        if (summary.quarantined > 7 && summary.quarantined >= summary.frames / 100) {
            diagnostics_.message(
                of_all(summary.quarantined) +
                " are quarantined and not counted, because no others confirm their times; if the frames are "
                "far apart or in no order, give a longer --max-jump, or --confirmations 0");
        }
        if (summary.beyond_retention != 0) {
            diagnostics_.message(
                of_all(summary.beyond_retention) +
                " came after their shortest windows had been given up and are only in longer ones; a "
                "longer --retention keeps them");
        }
    }

    [[nodiscard]] CountSummary summarize() const {
        const sheaf::WindowStatistics& figures = windows_.statistics();
        return {.frames = frames_,
                .bytes = bytes_,
                .late = figures.late - before_.late,
                .beyond_retention = figures.beyond_retention - before_.beyond_retention,
                .quarantined = figures.quarantined - before_.quarantined,
                .malformed = malformed_,
                .results = results_,
                .revised = figures.revisions - before_.revisions,
                .snapshots = snapshots_,
                .elapsed = Clock::now() - began_,
                .process = ProcessUse::now()};
    }

    [[nodiscard]] std::optional<std::uint64_t> size() const {
        std::uint64_t sum = 0;
        for (const auto& source : sources_) {
            const auto size = source->size();
            if (!size) { return std::nullopt; }
            sum += *size;
        }
        return sum;
    }

    const CountSettings& settings_;
    Diagnostics& diagnostics_;
    Clock::time_point began_ = Clock::now();
    std::vector<std::unique_ptr<BlockSource>> sources_;
    SourcePlaces places_;
    sheaf::CalendarWindows<Zone> windows_;
    sheaf::WindowStatistics before_;
    LineFile output_;
    std::optional<AtomicFile> file_;
    Clock::time_point last_snapshot_ = began_;

    // Of whoever settles a block; the progress line looks at the atomic ones meanwhile.
    bool has_snapshot_ = false;
    bool has_failed_ = false;
    bool is_cut_short_ = false;
    std::string lines_;
    std::vector<std::byte> snapshot_;
    std::uint64_t malformed_ = 0;
    std::uint64_t results_ = 0;
    std::uint64_t snapshots_ = 0;
    std::atomic<std::uint64_t> frames_{0};
    std::atomic<std::uint64_t> bytes_{0};
};

}  // namespace driver
