#pragma once

#include <sheaf/config.hpp>
#include <sheaf/events.hpp>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

SHEAF_NAMESPACE_BEGIN

/// Sink: keeps the events in memory, in the order of their delivery. For tests, and for hosts that collate
/// a bounded input and look at the results afterwards. Lend it: `std::ref(sink)`.
///
/// Thread safety: all members may be called concurrently; an internal lock is held while the accessors copy.
template <class Output = std::vector<std::uint32_t>, class Id = std::uint64_t, class Chunk = Output>
class CollectingSink {
public:
    /// The event of a complete resource.
    using completed_type = Completed<Output, Id>;
    /// The event of a resource that ended before it was complete.
    using incomplete_type = Incomplete<Output, Id, Chunk>;

    CollectingSink() = default;
    CollectingSink(const CollectingSink&) = delete;
    CollectingSink& operator=(const CollectingSink&) = delete;

    /// Keeps a copy. Throws: what copying an event throws; the sink is unchanged then.
    void deliver(const completed_type& event) { keep(completed_, event); }
    /// Keeps a copy. Throws: what copying an event throws; the sink is unchanged then.
    void deliver(const incomplete_type& event) { keep(incomplete_, event); }

    /// Copies of the `Completed` events so far. Throws: what copying them throws.
    [[nodiscard]] std::vector<completed_type> completed() const {
        const std::lock_guard lock{mutex_};
        return completed_;
    }
    /// Copies of the `Incomplete` events so far. Throws: what copying them throws.
    [[nodiscard]] std::vector<incomplete_type> incomplete() const {
        const std::lock_guard lock{mutex_};
        return incomplete_;
    }

    /// The `Completed` events so far; the sink lets go of them.
    [[nodiscard]] std::vector<completed_type> take_completed() noexcept {
        const std::lock_guard lock{mutex_};
        return std::exchange(completed_, {});
    }
    /// The `Incomplete` events so far; the sink lets go of them.
    [[nodiscard]] std::vector<incomplete_type> take_incomplete() noexcept {
        const std::lock_guard lock{mutex_};
        return std::exchange(incomplete_, {});
    }

    /// How many events of both kinds it holds.
    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock{mutex_};
        return completed_.size() + incomplete_.size();
    }

private:
    template <class Event>
    void keep(std::vector<Event>& events, const Event& event) {
        Event copy{event};  // outside the lock
        const std::lock_guard lock{mutex_};
        events.push_back(std::move(copy));
    }

    mutable std::mutex mutex_;
    std::vector<completed_type> completed_;
    std::vector<incomplete_type> incomplete_;
};

SHEAF_NAMESPACE_END
