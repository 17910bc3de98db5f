#include "delivery.hpp"

#include "../support/stop_signal.hpp"

#include <cstddef>
#include <exception>
#include <mutex>
#include <string>

namespace driver {
namespace {

std::string what(const std::exception_ptr& error) {
    if (error == nullptr) { return {}; }
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& exception) { return exception.what(); } catch (...) {
        return "unknown error";
    }
}

/// `3-4, 9`, as far as a line can be read.
std::string ranges_text(const std::vector<sheaf::IndexRange>& ranges) {
    constexpr std::size_t most = 16;
    std::string text;
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        if (i == most) { return text + " and " + std::to_string(ranges.size() - most) + " more ranges"; }
        text += (i == 0 ? "" : ", ") + std::to_string(ranges[i].first);
        if (ranges[i].last != ranges[i].first) { text += '-' + std::to_string(ranges[i].last); }
    }
    return text;
}

}  // namespace

void Delivery::name(const Incomplete& event) {
    {
        // Only to keep a repetition from being named twice, so a bound on its memory does no harm.
        constexpr std::size_t most = 1U << 16U;
        const std::lock_guard lock{mutex_};
        if (named_.size() >= most) { named_.clear(); }
        if (!named_.emplace(event.id, event.incarnation).second) { return; }
    }
    std::string text = "resource " + std::to_string(event.id) + ": incomplete (";
    text += to_string(event.reason);
    text += ')';
    if (!event.missing.empty()) { text += ", missing " + ranges_text(event.missing); }
    if (!event.last_index) { text += ", the last packet never came"; }
    if (const std::string reason = what(event.error); !reason.empty()) { text += ": " + reason; }
    diagnostics_.message(text);
}

void Delivery::give_up(std::uint64_t id, const std::exception_ptr& error) {
    // The first one says why; those after it are counted.
    if (undelivered_.fetch_add(1) != 0) { return; }
    StopSignal::request();
    diagnostics_.message("resource " + std::to_string(id) + ": not delivered: " + what(error));
}

}  // namespace driver
