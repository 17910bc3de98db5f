#include "count_ends.hpp"

#include "../errors.hpp"

#include <algorithm>

namespace driver {

std::vector<std::unique_ptr<BlockSource>> open_block_sources(const CountSettings& settings) {
    std::vector<std::unique_ptr<BlockSource>> sources;
    for (const std::string& from : settings.from) {
        sources.push_back(open_block_source(from, settings.max_line));
    }
    return sources;
}

bool has_streams(const std::vector<std::unique_ptr<BlockSource>>& sources) noexcept {
    return std::any_of(sources.begin(), sources.end(),
                       [](const auto& source) { return source->descriptor() >= 0; });
}

std::chrono::milliseconds patience_of(const CountSettings& settings) noexcept {
    auto patience = settings.options.update_every;
    const auto look = [&patience](std::chrono::nanoseconds every) {
        if (every.count() != 0 && (patience.count() == 0 || every < patience)) { patience = every; }
    };
    if (!settings.snapshot.empty()) { look(settings.snapshot_every); }
    if (settings.from.size() > 1) { look(settings.idle_timeout); }
    return std::chrono::ceil<std::chrono::milliseconds>(patience);
}

std::string explain_refusal(sheaf::SnapshotStatus status) {
    if (status.error != sheaf::SnapshotError::other_parameters) {
        return "is no snapshot that can be read (" + status.message() + ")";
    }
    // Where `CalendarWindows::restore` says that they are.
    const auto* const option = status.offset == 5   ? "--precision"
                               : status.offset == 6 ? "--periods"
                               : status.offset == 8 ? "--confirmations"
                               : status.offset < 18 ? "hash of users"
                                                    : "--zone";
    return std::string{"was taken with another "} + option;
}

}  // namespace driver
