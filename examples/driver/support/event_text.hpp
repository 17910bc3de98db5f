#pragma once

#include <sheaf/events.hpp>

#include <cstddef>
#include <exception>
#include <string>
#include <vector>

namespace driver {

/// What an exception says; nothing of none.
[[nodiscard]] inline std::string error_text(const std::exception_ptr& error) {
    if (error == nullptr) { return {}; }
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& exception) { return exception.what(); } catch (...) {
        return "unknown error";
    }
}

/// `3-4, 9`, as far as a line can be read.
[[nodiscard]] inline std::string ranges_text(const std::vector<sheaf::IndexRange>& ranges) {
    constexpr std::size_t most = 16;
    std::string text;
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        if (i == most) { return text + " and " + std::to_string(ranges.size() - most) + " more ranges"; }
        text += (i == 0 ? "" : ", ") + std::to_string(ranges[i].first);
        if (ranges[i].last != ranges[i].first) { text += '-' + std::to_string(ranges[i].last); }
    }
    return text;
}

/// Why a resource is incomplete, and what it lacks, on one line: `resource 7: incomplete (drained), missing 3-4`.
/// `packet`: what its last packet is called.
template <class Event>
[[nodiscard]] std::string incomplete_text(const Event& event,
                                          const std::vector<sheaf::IndexRange>& missing,
                                          const std::string& resource,
                                          const std::string& packet) {
    std::string text = resource + ' ' + std::to_string(event.id) + ": incomplete (";
    text += to_string(event.reason);
    text += ')';
    if (!missing.empty()) { text += ", missing " + ranges_text(missing); }
    if (!event.last_index) { text += ", the last " + packet + " never came"; }
    if (const std::string reason = error_text(event.error); !reason.empty()) { text += ": " + reason; }
    return text;
}

}  // namespace driver
