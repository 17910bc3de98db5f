// `sheaf count`

#include "../command.hpp"
#include "../errors.hpp"
#include "../registry.hpp"
#include "../support/cli_options.hpp"
#include "../support/diagnostics.hpp"
#include "count_settings.hpp"
#include "count_zone.hpp"

#include <sheaf/distinct/period.hpp>
#include <sheaf/distinct/window_options.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace driver {
namespace {

/// `minute,hour`
sheaf::PeriodSet parse_periods(const std::string& text) {
    sheaf::PeriodSet periods;
    std::string_view rest = text;
    for (bool has_more = true; has_more;) {
        const auto comma = rest.find(',');
        const std::string_view word = rest.substr(0, comma);
        const auto* const found =
            std::find_if(sheaf::all_periods.begin(), sheaf::all_periods.end(),
                         [word](sheaf::Period period) { return to_string(period) == word; });
        if (found == sheaf::all_periods.end()) {
            throw CLI::ValidationError{"--periods",
                                       "'" + std::string{word} +
                                           "' is not one of minute, hour, day, week, month, year"};
        }
        periods.insert(*found);
        has_more = comma != std::string_view::npos;
        rest.remove_prefix(has_more ? comma + 1 : 0);
    }
    return periods;
}

class CountCommand : public Command {
public:
    void add_options(CLI::App& app) override {
        add_ends(app);
        add_windows(app);
        add_reading(app);
        add_reports(app, settings_.progress, settings_.summary);
        app.footer(
            "Frames are JSON objects, one a line, with a user (\"uid\", a string or number) and a time "
            "(\"ts\", in "
            "seconds since 1970, a number or a string).\n"
            "Results are JSON objects, one a line: period, start, ts, count, error, exact, revision, closed. "
            "The "
            "last one of a window is its count.\n"
            "Exit status: 0 all counted, 1 failed, 2 usage, 3 something was malformed. Late, revised and "
            "quarantined frames do not affect it.");
    }

    int run() override {
        options_.lateness = whole_seconds("--lateness", lateness_);
        options_.max_jump = whole_seconds("--max-jump", max_jump_);
        if (retention_) { keep_at_least(whole_seconds("--retention", *retention_)); }
        if (settings_.key.empty() || settings_.time.empty() || settings_.key == settings_.time) {
            throw UsageError{"--key and --time are the names of two members"};
        }
        if (snapshot_->count() != 0 && settings_.snapshot.empty()) {
            throw UsageError{"--snapshot: names no folder"};
        }
        try {
            Diagnostics diagnostics;
            return run_count_in_zone(settings_, diagnostics);
        } catch (const std::invalid_argument& error) {
            std::string_view what = error.what();
            constexpr std::string_view who = "sheaf: ";  // said anyway
            what.remove_prefix(what.starts_with(who) ? who.size() : 0);
            throw UsageError{std::string{what}};
        }
    }

private:
    void add_ends(CLI::App& app) {
        app.add_option(
               "--from", settings_.from,
               "Sources: stdin: and paths. Several go on through time together, each with a clock of its own")
            ->type_name("SOURCE...")
            ->capture_default_str();
        app.add_option("--to", settings_.to, "stdout: or file:PATH, which is appended to")
            ->capture_default_str();
        snapshot_ =
            app.add_option(
                   "--snapshot", settings_.snapshot,
                   "Folder in which the state is kept: a later run with the same sources goes on from there")
                ->type_name("FOLDER");
        add_duration(app, "--snapshot-every", settings_.snapshot_every, "How often it is kept");
    }

    void add_windows(CLI::App& app) {
        app.add_option_function<std::string>(
               "--periods", [this](const std::string& text) { options_.periods = parse_periods(text); },
               "What is counted, separated by commas")
            ->type_name("PERIODS")
            ->default_str("minute,hour,day,week,month,year");
        app.add_option("--zone", settings_.zone, "Time zone of the calendar, as Europe/Zurich")
            ->capture_default_str();
        add_duration(app, "--lateness", lateness_,
                     "A window is closed so long after its end, by the frames' times");
        add_duration(app, "--max-jump", max_jump_,
                     "A time further ahead than this is believed only when other frames confirm it");
        add_number(app, "--confirmations", options_.confirmations,
                   "How many other frames that is; 0: every time is believed", std::size_t{0},
                   std::size_t{1000});
        add_duration(app, "--retention", retention_,
                     "How long closed windows are kept for late frames, at least",
                     "minutes a day, hours 7, days and weeks 62, months and years 400");
        add_duration(app, "--idle-timeout", settings_.idle_timeout,
                     "A stream that gives nothing for so long is not waited for by windows that other "
                     "sources close; 0: it is");
        add_duration(app, "--update-every", options_.update_every,
                     "How often windows that are still open are reported; 0: never");
        add_number(
            app, "--precision", options_.precision,
            "Windows of more than 2^(precision - 1) users are counted by a sketch of 2^precision registers",
            2U, 26U);
    }

    void add_reading(CLI::App& app) {
        app.add_option("--key", settings_.key, "Member that says who was seen")->capture_default_str();
        app.add_option("--time", settings_.time, "Member that says when")->capture_default_str();
        add_choice(app, "--parser", settings_.parser,
                   {{"fast", FrameParser::fast},
                    {"strict", FrameParser::strict},
                    {"simdjson", FrameParser::simdjson}},
                   "fast: frames are read as far as both members; strict: to their end, and their UTF-8, "
                   "strings, escapes and "
                   "brackets must be right; simdjson: by that library, as far as both members");
        add_number(app, "--threads", settings_.threads, "Threads that read", std::size_t{1},
                   std::size_t{1024})
            ->default_str("one for each processor");
        add_size(app, "--max-line", settings_.max_line, "Longest line; longer ones are malformed", 1);
    }

    [[nodiscard]] static std::chrono::seconds whole_seconds(const std::string& name,
                                                            std::chrono::nanoseconds duration) {
        const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
        if (seconds != duration) { throw UsageError{name + ": times are in whole seconds"}; }
        return seconds;
    }

    void keep_at_least(std::chrono::seconds span) {
        sheaf::Retention& retention = options_.retention;
        for (std::chrono::seconds* const kept : {&retention.minute, &retention.hour, &retention.day,
                                                 &retention.week, &retention.month, &retention.year}) {
            *kept = std::max(*kept, span);
        }
    }

    CountSettings settings_;
    sheaf::WindowOptions& options_ = settings_.options;
    std::chrono::nanoseconds lateness_ = options_.lateness;
    std::chrono::nanoseconds max_jump_ = options_.max_jump;
    std::optional<std::chrono::nanoseconds> retention_;
    const CLI::Option* snapshot_ = nullptr;
};

const Registry<Command>::Entry count{"count",
                                     "Count the distinct users of a stream of frames, JSON lines, in each "
                                     "minute, hour, day, week, month and year",
                                     [] { return std::make_unique<CountCommand>(); }};

}  // namespace
}  // namespace driver
