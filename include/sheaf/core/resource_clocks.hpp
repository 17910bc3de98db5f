#pragma once

#include <sheaf/config.hpp>
#include <sheaf/core/deadline_queue.hpp>
#include <sheaf/core/instant.hpp>
#include <sheaf/events.hpp>
#include <sheaf/options.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// The three clocks of the open resources of one stripe: gap timeout, inactivity and total age.
///
/// A deadline that moves back (the gap has closed, a packet has come) is left in the queue as it is and corrected
/// when it comes up, so most packets touch no queue; `next_deadline` corrects first, so it is exact.
template <class R, template <class> class Allocator = std::allocator>
class ResourceClocks {
public:
    explicit ResourceClocks(const Options& options) noexcept
        : gap_timeout_{options.gap_timeout}
        , inactivity_timeout_{options.inactivity_timeout}
        , total_age_{options.total_age} {}

    /// Room for `count` resources. Throws: `std::bad_alloc`; unchanged then.
    void reserve(std::size_t count) { queue_.reserve(count); }

    /// A packet has come: the deadline may be earlier now. Precondition: room is reserved.
    void update(R& resource) noexcept {
        const Instant deadline = deadline_of(resource).at;
        if (!resource.is_queued()) {
            if (deadline != never) { queue_.push(resource, deadline); }
        } else if (deadline < resource.due) {
            queue_.reschedule(resource, deadline);
        }
    }

    /// Not only gaps have deadlines.
    [[nodiscard]] bool follow_every_packet() const noexcept {
        return inactivity_timeout_ != Instant::zero() || total_age_ != Instant::zero();
    }

    void stop(R& resource) noexcept { queue_.remove(resource); }

    /// The open resource whose deadline is the earliest, or null.
    [[nodiscard]] R* first() noexcept {
        while (!queue_.empty()) {
            R& resource = queue_.top();
            const Instant deadline = deadline_of(resource).at;
            if (deadline == resource.due) { return &resource; }
            if (deadline == never) {
                queue_.remove(resource);
            } else {
                queue_.reschedule(resource, deadline);
            }
        }
        return nullptr;
    }

    [[nodiscard]] Instant next_deadline() noexcept {
        const R* const resource = first();
        return resource == nullptr ? never : resource->due;
    }

    /// Not after `next_deadline`, and in constant time.
    [[nodiscard]] Instant next_check() const noexcept { return queue_.next_due(); }

    struct Deadline {
        Instant at = never;
        IncompleteReason reason = IncompleteReason::gap_timeout;
    };

    /// The earliest of the resource's clocks.
    [[nodiscard]] Deadline deadline_of(const R& resource) const noexcept {
        Deadline earliest;
        const auto consider = [&earliest](Instant at, IncompleteReason reason) {
            if (at < earliest.at) { earliest = {at, reason}; }
        };
        // A resource that has all its packets waits for nothing but its own transforms.
        if (resource.is_fully_seen()) { return earliest; }
        if (gap_timeout_ != Instant::zero() && resource.gaps.is_open()) {
            consider(later(resource.gaps.since(), gap_timeout_), IncompleteReason::gap_timeout);
        }
        if (inactivity_timeout_ != Instant::zero()) {
            consider(later(resource.last_activity, inactivity_timeout_), IncompleteReason::inactivity);
        }
        if (total_age_ != Instant::zero()) {
            consider(later(resource.opened_at, total_age_), IncompleteReason::total_age);
        }
        return earliest;
    }

private:
    std::chrono::nanoseconds gap_timeout_;
    std::chrono::nanoseconds inactivity_timeout_;
    std::chrono::nanoseconds total_age_;
    DeadlineQueue<R, Allocator> queue_;
};

}  // namespace core

SHEAF_NAMESPACE_END
