#pragma once

#include "../command.hpp"
#include "../errors.hpp"
#include "../support/atomic_file.hpp"
#include "../support/diagnostics.hpp"
#include "../support/line_file.hpp"
#include "../support/ordered_work.hpp"
#include "../support/progress.hpp"
#include "../support/stop_signal.hpp"
#include "block_order.hpp"
#include "block_source.hpp"
#include "count_settings.hpp"
#include "count_summary.hpp"
#include "frame_block.hpp"
#include "frame_reader.hpp"
#include "source_places.hpp"

#include <sheaf/distinct/calendar_windows.hpp>
#include <sheaf/distinct/window_text.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace driver {

/// Opens what the settings name. Throws: `UsageError`, `RuntimeFailure`.
[[nodiscard]] std::vector<std::unique_ptr<BlockSource>> open_block_sources(const CountSettings& settings);
[[nodiscard]] LineFile open_count_output(const CountSettings& settings);

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
        , windows_{options_of(settings), std::move(zone)}
        , output_{open_count_output(settings)}
        , open_sources_{sources_.size()} {
        if (!settings.snapshot.empty()) {
            file_.emplace(settings.snapshot, "count.snapshot");
            if (const auto bytes = file_->read()) { restore(*bytes); }
        }
        for (std::size_t source = 0; source < sources_.size(); ++source) {
            windows_.expect_partition(places_.of(source).partition);
        }
        before_ = windows_.statistics();
    }

    /// Counts all there is, and reports. Returns an `ExitStatus`.
    int run() {
        bool has_failed = false;
        try {
            std::optional<Progress> progress;
            if (settings_.progress && Progress::makes_sense()) {
                progress.emplace(diagnostics_, [this, rate = ProgressRate{}]() mutable {
                    return progress_bar(bytes_, size()) + "  " + fixed(rate.next(frames_), 0) + " frames/s";
                });
            }
            count();
        } catch (const std::exception& error) {
            has_failed = true;
            diagnostics_.message(error.what());
        }
        const CountSummary summary = summarize();
        if (settings_.summary != SummaryForm::none) {
            diagnostics_.plain(settings_.summary == SummaryForm::json ? summary_json(summary)
                                                                      : summary_text(summary));
        }
        if (has_failed) { return exit_failure; }
        return summary.malformed == 0 ? exit_complete : exit_incomplete;
    }

private:
    using Clock = std::chrono::steady_clock;

    [[nodiscard]] static sheaf::WindowOptions options_of(const CountSettings& settings) {
        sheaf::WindowOptions options = settings.options;
        options.hash_id = user_hash_id;
        // Sources go on together, so one that has sent nothing for a while has only not had its turn.
        options.idle_timeout = std::chrono::nanoseconds{0};
        return options;
    }

    void restore(const std::vector<std::byte>& bytes) {
        try {
            if (const auto status = windows_.restore(bytes); !status.ok()) {
                throw RuntimeFailure{status.message()};
            }
            places_.restore(windows_.position(0));
        } catch (const RuntimeFailure& error) { throw RuntimeFailure{file_->path() + ": " + error.what()}; }
        for (const SourcePlace& place : places_.all()) {
            if (!place.is_given) { windows_.finish_partition(place.partition); }
        }
    }

    void count() {
        BlockOrder order{sources_, make_frame_reader(settings_)};
        OrderedWork<FrameBlock>::run(
            settings_.threads, [&order](FrameBlock& block) { return order.next(block); },
            [this] {
                return [reader = make_frame_reader(settings_)](FrameBlock& block) { reader->read(block); };
            },
            [this](FrameBlock& block) { settle(block); }, [] { StopSignal::request(); });
        // Before the end, which cannot be taken back: a later run may find that the sources have grown.
        if (file_) { take_snapshot(); }
        if (!order.was_stopped() || !file_) {
            windows_.finish();
            report();
        }
        output_.sync();
        output_.close();
    }

    void settle(FrameBlock& block) {
        SourcePlace& place = places_.of(block.source);
        for (const MalformedFrame& malformed : block.malformed) {
            diagnostics_.message(place.name + ':' + std::to_string(place.lines + malformed.line + 1) + ": " +
                                 malformed.reason);
        }
        const auto now = Clock::now().time_since_epoch();
        for (const ReadFrame& frame : block.frames) {
            windows_.insert({.hash = frame.user,
                             .time = frame.time,
                             .partition = place.partition,
                             .position = place.lines + frame.line + 1},
                            now);
        }
        malformed_ += block.malformed.size();
        frames_ += block.frames.size();
        bytes_ += block.bytes;
        // The next run begins with a last line that has no end: whoever writes it may go on.
        const bool is_cut_off = !block.text.empty() && block.text.back() != '\n';
        place.lines += block.lines - (is_cut_off ? 1 : 0);
        place.next = block.next;
        sources_[block.source]->release(block.next);
        // The last source is left to the end of all.
        if (block.is_last && open_sources_-- > 1) { windows_.finish_partition(place.partition); }
        report();
        if (file_ && Clock::now() - last_snapshot_ >= settings_.snapshot_every) { take_snapshot(); }
    }

    void report() {
        lines_.clear();
        const auto append = [this](const sheaf::WindowResult& result) {
            sheaf::append_json(lines_, result);
            lines_ += '\n';
            ++results_;
        };
        windows_.report(append, Clock::now().time_since_epoch());
        if (!lines_.empty()) { output_.write(lines_); }
        windows_.report_quarantined([this](const sheaf::WindowElement& element) {
            diagnostics_.message(places_.of_partition(element.partition).name + ':' +
                                 std::to_string(element.position) + ": quarantined: \"" + settings_.time +
                                 "\" " + std::to_string(element.time.time_since_epoch().count()) +
                                 " is far from the frames around it");
        });
    }

    void take_snapshot() {
        // What the snapshot says has been reported must not be lost.
        output_.sync();
        windows_.set_position(0, places_.bytes());
        snapshot_.clear();
        windows_.append_snapshot(snapshot_);
        file_->replace(snapshot_);
        last_snapshot_ = Clock::now();
        ++snapshots_;
    }

    [[nodiscard]] CountSummary summarize() const {
        const sheaf::WindowStatistics& now = windows_.statistics();
        return {.frames = frames_,
                .bytes = bytes_,
                .late = now.late - before_.late,
                .beyond_retention = now.beyond_retention - before_.beyond_retention,
                .quarantined = now.quarantined - before_.quarantined,
                .malformed = malformed_,
                .results = results_,
                .revised = now.revisions - before_.revisions,
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
    std::size_t open_sources_;
    std::string lines_;
    std::vector<std::byte> snapshot_;
    std::uint64_t malformed_ = 0;
    std::uint64_t results_ = 0;
    std::uint64_t snapshots_ = 0;
    std::atomic<std::uint64_t> frames_{0};
    std::atomic<std::uint64_t> bytes_{0};
};

}  // namespace driver
