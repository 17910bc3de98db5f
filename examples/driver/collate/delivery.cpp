#include "delivery.hpp"

#include "../support/event_text.hpp"
#include "../support/stop_signal.hpp"

#include <cstddef>
#include <exception>
#include <mutex>
#include <string>

namespace driver {
void Delivery::name(const Incomplete& event) {
    {
        // Only to keep a repetition from being named twice, so a bound on its memory does no harm.
        constexpr std::size_t most = 1U << 16U;
        const std::lock_guard lock{mutex_};
        if (named_.size() >= most) { named_.clear(); }
        if (!named_.emplace(event.id, event.incarnation).second) { return; }
    }
    diagnostics_.message(incomplete_text(event, event.missing, "resource", "packet"));
}

void Delivery::give_up(std::uint64_t id, const std::exception_ptr& error) {
    // The first one says why; those after it are counted.
    if (undelivered_.fetch_add(1) != 0) { return; }
    StopSignal::request();
    diagnostics_.message("resource " + std::to_string(id) + ": not delivered: " + error_text(error));
}

}  // namespace driver
