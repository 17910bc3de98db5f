#include "summary.hpp"

#include <string>

namespace driver {

std::string summary_text(const Summary& summary) {
    const auto number = [](std::uint64_t value) { return std::to_string(value); };
    std::string text = "packets    " + number(summary.packets()) + " in " + handy(summary.elapsed) + " (" +
                       fixed(rate_of(summary.packets(), summary.elapsed), 0) + " a second)\n";
    text += "           " + summary.counts_text() + '\n';
    text += "resources  " + number(summary.completed) + " completed, " + number(summary.incomplete) +
            " incomplete";
    if (summary.undelivered != 0) { text += ", " + number(summary.undelivered) + " not delivered"; }
    text += '\n';
    if (summary.completed + summary.incomplete != 0) {
        text += "latency    " + handy(summary.latency_p50) + " (p99 " + handy(summary.latency_p99) +
                ") from the last transform to the sink, " + handy(summary.collate_p50) + " (p99 " +
                handy(summary.collate_p99) + ") from the first packet\n";
    }
    text += "process    " + summary.process.text() + '\n';
    return text;
}

std::string summary_json(const Summary& summary) {
    JsonFigures figures;
    summary.add_counts_to(figures);
    figures.add("completed", summary.completed);
    figures.add("incomplete", summary.incomplete);
    figures.add("undelivered", summary.undelivered);
    figures.add("seconds", to_seconds(summary.elapsed), 6);
    figures.add("packets_per_second", rate_of(summary.packets(), summary.elapsed), 0);
    figures.add(summary.process);
    figures.add("latency_p50_us", to_microseconds(summary.latency_p50), 3);
    figures.add("latency_p99_us", to_microseconds(summary.latency_p99), 3);
    figures.add("collate_p50_us", to_microseconds(summary.collate_p50), 3);
    figures.add("collate_p99_us", to_microseconds(summary.collate_p99), 3);
    return figures.text();
}

}  // namespace driver
