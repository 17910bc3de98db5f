#pragma once

// Part of class CollatorState: what is due.
#include <sheaf/shell/collator_state.hpp>

#include <algorithm>

SHEAF_NAMESPACE_BEGIN

namespace shell {

template <class Transform, class Sink, class Executor, class Traits>
auto CollatorState<Transform, Sink, Executor, Traits>::earliest_deadline() noexcept -> Instant {
    Instant earliest = core::never;
    for (auto& each : stripes_) {
        const Lock lock{each->mutex};
        earliest = std::min(earliest, each->engine.next_deadline());
    }
    return earliest;
}

/// Carries out what is due at `now` in all stripes: attempts of transforms and events go to the executor.
template <class Transform, class Sink, class Executor, class Traits>
void CollatorState<Transform, Sink, Executor, Traits>::advance(Instant at) noexcept {
    if (gate_closed_.load(std::memory_order_seq_cst)) { return; }
    const Scope scope{*this, FrameKind::entry};
    Instant earliest = core::never;
    for (std::size_t i = 0; i < stripe_count; ++i) {
        Work work;
        std::size_t ready = 0;
        {
            const Lock lock{stripe(i).mutex};
            if (stripe(i).engine.next_check() <= at) { stripe(i).engine.expire(at, work); }
            for (; ResourceType* const resource = work.deliver.pop(); ++ready) {
                stripe(i).ready.push(*resource);
            }
            earliest = std::min(earliest, stripe(i).engine.next_check());
        }
        if (ready != 0) { dispatch_deliveries(i, ready); }
        carry_out(work);
    }
    arm(earliest);
    progress_.notify();
}

}  // namespace shell

SHEAF_NAMESPACE_END
