// `sheaf collate`

#include "../command.hpp"
#include "../errors.hpp"
#include "../registry.hpp"
#include "../result_sink.hpp"
#include "../source.hpp"
#include "../support/cli_options.hpp"
#include "../support/diagnostics.hpp"
#include "../support/file_identity.hpp"
#include "../support/stop_signal.hpp"
#include "collate_settings.hpp"
#include "collation_run.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

namespace driver {
namespace {

class CollateCommand : public Command {
public:
    void add_options(CLI::App& app) override {
        add_ends(app);
        add_clocks(app);
        add_bounds(app);
        add_transform(app);
        add_reports(app, settings_.progress, settings_.summary);
        app.footer("Packets are JSON objects with resource_id, packet_index, payload and last_chunk_flag (or "
                   "their other "
                   "usual names).\n"
                   "Exit status: 0 all complete, 1 failed, 2 usage, 3 something was incomplete, refused or "
                   "malformed.");
    }

    int run() override {
        try {
            settings_.options.validate();
        } catch (const std::invalid_argument& error) { throw UsageError{error.what()}; }
        const auto source = open_source(settings_.from, {settings_.max_line, StopSignal::descriptor()});
        settings_.options.inactivity_timeout = settings_.inactivity_timeout.value_or(
            source->is_endless() ? CollateSettings::endless_inactivity : std::chrono::nanoseconds{0});
        const auto sink = open_result_sink(settings_.to, {settings_.sync});
        refuse_shared_files({settings_.from}, settings_.to);
        Diagnostics diagnostics;
        return source->wants_acknowledgement()
                   ? run_acknowledged_collation(settings_, *source, *sink, diagnostics)
                   : run_plain_collation(settings_, *source, *sink, diagnostics);
    }

private:
    void add_ends(CLI::App& app) {
        app.add_option("--from", settings_.from, "Source: a path, or " + Registry<Source>::schemes())
            ->capture_default_str();
        app.add_option("--to", settings_.to, "Sink: " + Registry<ResultSink>::schemes())
            ->capture_default_str();
        app.add_flag(
            "--sync", settings_.sync,
            "Sync each result to the disk before it counts as delivered (default: all of them at the end)");
        add_number(app, "--first-index", settings_.options.first_index,
                   "Index of the first packet of each resource", std::uint64_t{0}, sheaf::max_index);
        add_number(app, "--delivery-attempts", settings_.options.delivery_attempts,
                   "Attempts to deliver one result", 1U);
    }

    void add_clocks(CLI::App& app) {
        auto& options = settings_.options;
        add_duration(app, "--gap-timeout", options.gap_timeout,
                     "End a resource whose next packet is overdue for this long; 0: never");
        add_duration(app, "--inactivity-timeout", settings_.inactivity_timeout,
                     "End a resource that has had no packet for this long; 0: never",
                     format_duration(CollateSettings::endless_inactivity) + " for endless sources, else 0");
        add_duration(app, "--total-age", options.total_age,
                     "End a resource that has been open for this long; 0: never");
        add_duration(app, "--remember-for", options.remember_for, "How long finished ids are remembered");
    }

    void add_bounds(CLI::App& app) {
        auto& options = settings_.options;
        constexpr std::size_t one = 1;
        add_size(app, "--max-bytes", options.max_bytes, "Most bytes held", 4096);
        add_number(app, "--max-packets", options.max_packets, "Most packets held", one);
        add_number(app, "--max-resources", options.max_resources, "Most open resources", one);
        add_number(app, "--max-transforms", options.max_transforms, "Most transforms under way", one);
        add_number(app, "--remember", options.max_remembered, "Most finished ids remembered");
        add_size(app, "--max-line", settings_.max_line, "Longest line; longer ones are malformed");
        add_choice(app, "--on-stall", settings_.on_stall,
                   {{"evict", OnStall::evict}, {"fail", OnStall::fail}},
                   "A bound is reached and all that is held waits for packets not yet read: evict the "
                   "resource whose gap "
                   "is the oldest, or fail");
    }

    void add_transform(CLI::App& app) {
        auto& options = settings_.options;
        // What is printed must not depend on the machine that prints it.
        add_number(app, "--threads", settings_.threads, "Threads for the transforms; 0: the reading thread",
                   std::size_t{0}, std::size_t{65536})
            ->default_str("one for each processor");
        add_duration(app, "--transform-timeout", options.transform_timeout,
                     "A transform that takes longer has failed; 0: none does");
        add_number(app, "--transform-attempts", options.transform_attempts,
                   "Attempts to transform one packet", 1U);
        add_duration(app, "--transform-delay", settings_.transform_delay,
                     "Time that each transform sleeps, in place of a slow service");
        app.add_flag_callback(
            "--bytes", [this] { settings_.words.unit = sheaf::LengthUnit::bytes; },
            "Word lengths in bytes (default: in code points)");
        app.add_flag("--skip-empty-words", settings_.words.skip_empty_words,
                     "Leave out words without a letter (default: they count as 0)");
    }

    CollateSettings settings_;
};

const Registry<Command>::Entry collate{"collate", "Collate packets, JSON lines, into one result a resource",
                                       [] { return std::make_unique<CollateCommand>(); }};

}  // namespace
}  // namespace driver
