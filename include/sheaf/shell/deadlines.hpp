#pragma once

// Part of class CollatorState: what is due.
#include <sheaf/shell/collator_state.hpp>

#include <algorithm>

SHEAF_NAMESPACE_BEGIN

namespace shell {

template <class Transform, class Sink, class Executor, class Traits>
auto CollatorState<Transform, Sink, Executor, Traits>::earliest_deadline() noexcept -> Instant {
    // Nothing is done while the gate is closed, so nothing is due.
    if (!is_gate_open()) { return core::never; }
    Instant earliest = core::never;
    for (auto& each : stripes_) {
        const Lock lock{each->mutex};
        earliest = (std::min)(earliest, each->engine.next_deadline());
    }
    return earliest;
}

/// Carries out what is due at `at` in all stripes: attempts of transforms and events go to the executor. What an inline
/// executor would begin after `until` is left for later.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::advance(Instant at, Deadline until) noexcept {
    // What comes up while `cancel` ends it all, that takes up; here it would only be put back, again and again.
    if (!is_gate_open() || is_final_.load(std::memory_order_seq_cst)) { return; }
    const Scope scope{*this, FrameKind::entry};
    Instant earliest = core::never;
    for (std::size_t i = 0; i < stripe_count; ++i) {
        Work work;
        {
            const Lock lock{stripe(i).mutex};
            if (stripe(i).engine.next_check() <= at) { stripe(i).engine.expire(at, work); }
            set_ready(stripe(i), work);
            earliest = (std::min)(earliest, stripe(i).engine.next_check());
        }
        place_deliveries(i, until);
        carry_out(work, until);
    }
    arm(earliest);
    progress_.notify();
}

}  // namespace shell

SHEAF_NAMESPACE_END
