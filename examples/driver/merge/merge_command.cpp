// `sheaf merge`

#include "../command.hpp"
#include "../errors.hpp"
#include "../registry.hpp"
#include "../support/cli_options.hpp"
#include "../support/diagnostics.hpp"
#include "merge_run.hpp"
#include "merge_settings.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace driver {
namespace {

class MergeCommand : public Command {
public:
    void add_options(CLI::App& app) override {
        add_choice(
            app, "--layout", settings_.layout,
            {{"partitions", MergeLayout::partitions}, {"batches", MergeLayout::batches}},
            "partitions: sorted sources of integers, one a line, to one ascending stream; batches: sorted "
            "segments, JSON lines, to one ascending array a batch");
        app.add_option("--from", settings_.from,
                       "Sources: stdin: and paths. Several of partitions, one of batches")
            ->type_name("SOURCE...")
            ->capture_default_str();
        app.add_option("--to", settings_.to, "stdout: or file:PATH, which is appended to")
            ->capture_default_str();
        add_partitions(app);
        add_batches(app);
        add_reports(app, settings_.progress, settings_.summary);
        app.footer(
            "A segment is {\"batch_id\":1,\"segment_id\":0,\"data\":[1,2,2]}; a batch comes out as "
            "{\"batch_id\":1,\"data\":[...]} when its last segment is there.\n"
            "Exit status: 0 all merged, 1 failed (a source that cannot be read, or is not sorted: what was "
            "printed is the beginning of the result), 2 usage, 3 a segment was malformed or missing, or "
            "the program was stopped.");
    }

    int run() override {
        for (const auto& [option, layout] : options_) {
            if (option->count() != 0 && layout != settings_.layout) {
                throw UsageError{option->get_name() + " is of --layout " +
                                 (layout == MergeLayout::batches ? "batches" : "partitions")};
            }
        }
        if (!settings_.sorts && (spill_->count() != 0 || memory_->count() != 0)) {
            throw UsageError{"--spill and --memory are of --sort"};
        }
        if (settings_.layout == MergeLayout::batches && settings_.from.size() != 1) {
            throw UsageError{"--layout batches has one source"};
        }
        Diagnostics diagnostics;
        return settings_.layout == MergeLayout::batches ? run_batch_merge(settings_, diagnostics)
                                                        : run_partition_merge(settings_, diagnostics);
    }

private:
    void add_partitions(CLI::App& app) {
        of(MergeLayout::partitions,
           app.add_flag("--unsigned", settings_.is_unsigned,
                        "Partitions: integers are from 0 to 2^64 - 1 (default: from -2^63 to 2^63 - 1)"));
        // What is printed must not depend on the machine that prints it.
        of(MergeLayout::partitions,
           add_number(app, "--threads", settings_.threads, "Partitions: threads that read, merge and write",
                      std::size_t{1}, std::size_t{64})
               ->default_str("2, or 1 on one processor"));
        of(MergeLayout::partitions,
           app.add_flag("--sort", settings_.sorts, "Partitions: the sources are not sorted"));
        spill_ =
            app.add_option(
                   "--spill", settings_.spill,
                   "With --sort: folder for a file with what does not fit into memory while it is sorted")
                ->type_name("FOLDER")
                ->capture_default_str();
        of(MergeLayout::partitions, spill_);
        memory_ =
            add_size(app, "--memory", settings_.memory, "With --sort: memory for it", std::size_t{1} << 20U);
        of(MergeLayout::partitions, memory_);
    }

    void add_batches(CLI::App& app) {
        of(MergeLayout::batches,
           add_number(app, "--segments", settings_.segments,
                      "Batches: segments of each; 0: the last one says so, by a member \"last\"",
                      std::uint64_t{0}));
        of(MergeLayout::batches,
           add_choice(app, "--format", settings_.form, {{"json", BatchForm::json}, {"text", BatchForm::text}},
                      "Batches: json, an object a line; text, the integers alone"));
        of(MergeLayout::batches,
           app.add_option("--separator", settings_.separator,
                          "Batches: what stands between the integers of text, as it is given")
               ->type_name("TEXT")
               ->default_str("', '"));
        of(MergeLayout::batches,
           add_duration(
               app, "--gap-timeout", settings_.gap_timeout,
               "Batches, but not of files: end one whose next segment is overdue for this long; 0: never"));
        of(MergeLayout::batches,
           add_size(app, "--max-bytes", settings_.max_bytes,
                    "Batches: most bytes held, of segments that wait for others", 4096));
        of(MergeLayout::batches, add_size(app, "--max-line", settings_.max_line,
                                          "Batches: longest line; longer ones are malformed"));
    }

    void of(MergeLayout layout, CLI::Option* option) { options_.emplace_back(option, layout); }

    MergeSettings settings_;
    std::vector<std::pair<CLI::Option*, MergeLayout>> options_;
    CLI::Option* spill_ = nullptr;
    CLI::Option* memory_ = nullptr;
};

const Registry<Command>::Entry merge{
    "merge", "Merge sorted sources of integers into one, or the sorted segments of batches",
    [] { return std::make_unique<MergeCommand>(); }};

}  // namespace
}  // namespace driver
