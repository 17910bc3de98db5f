#include "count_summary.hpp"

namespace driver {

std::string summary_text(const CountSummary& summary) {
    const auto number = [](std::uint64_t value) { return std::to_string(value); };
    std::string text = "frames     " + number(summary.frames) + " in " + handy(summary.elapsed) + " (" +
                       fixed(rate_of(summary.frames, summary.elapsed), 0) + " a second, " +
                       fixed(rate_of(summary.bytes, summary.elapsed) / 1e6, 1) + " MB/s)\n";
    text += "           " + number(summary.late) + " late, " + number(summary.beyond_retention) +
            " beyond retention, " + number(summary.quarantined) + " quarantined, " +
            number(summary.malformed) + " malformed\n";
    text += "results    " + number(summary.results) + ", of which " + number(summary.revised) + " revised\n";
    text += "process    " + summary.process.text() + '\n';
    return text;
}

std::string summary_json(const CountSummary& summary) {
    JsonFigures figures;
    figures.add("frames", summary.frames);
    figures.add("bytes", summary.bytes);
    figures.add("late", summary.late);
    figures.add("beyond_retention", summary.beyond_retention);
    figures.add("quarantined", summary.quarantined);
    figures.add("malformed", summary.malformed);
    figures.add("results", summary.results);
    figures.add("revised", summary.revised);
    figures.add("snapshots", summary.snapshots);
    figures.add("seconds", to_seconds(summary.elapsed), 6);
    figures.add("frames_per_second", rate_of(summary.frames, summary.elapsed), 0);
    figures.add(summary.process);
    return figures.text();
}

}  // namespace driver
