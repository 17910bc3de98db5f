// What `sheaf count` reads and writes.

#include "../errors.hpp"
#include "../support/line_file.hpp"
#include "../support/stop_signal.hpp"
#include "../uri.hpp"
#include "block_source.hpp"
#include "count_run.hpp"
#include "count_settings.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace driver {

std::vector<std::unique_ptr<BlockSource>> open_block_sources(const CountSettings& settings) {
    // Where nothing comes there may still be something to report, or to keep.
    auto patience = settings.options.update_every;
    if (!settings.snapshot.empty() && (patience.count() == 0 || settings.snapshot_every < patience)) {
        patience = settings.snapshot_every;
    }
    const BlockSource::Settings told{.max_line = settings.max_line,
                                     .patience = std::chrono::ceil<std::chrono::milliseconds>(patience),
                                     .stop_descriptor = StopSignal::descriptor()};
    std::vector<std::unique_ptr<BlockSource>> sources;
    for (auto from = settings.from.begin(); from != settings.from.end(); ++from) {
        if (std::find(settings.from.begin(), from, *from) != from) {
            throw UsageError{"--from " + *from + " is given twice"};
        }
        sources.push_back(open_block_source(*from, told));
    }
    return sources;
}

LineFile open_count_output(const CountSettings& settings) {
    const Uri uri = Uri::parse(settings.to);
    if (uri.scheme == "stdout" && uri.rest.empty()) { return LineFile::standard_output(); }
    if (uri.scheme == "file" && !uri.rest.empty()) { return LineFile::append_to(std::string{uri.rest}); }
    throw UsageError{"--to " + settings.to + ": counts go to stdout: or to file:PATH"};
}

}  // namespace driver
