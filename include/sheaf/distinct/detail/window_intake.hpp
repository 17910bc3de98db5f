#pragma once

#include <sheaf/config.hpp>
#include <sheaf/distinct/calendar.hpp>
#include <sheaf/distinct/detail/element_account.hpp>
#include <sheaf/distinct/detail/partition_table.hpp>
#include <sheaf/distinct/detail/window_store.hpp>
#include <sheaf/distinct/window_options.hpp>
#include <sheaf/distinct/window_result.hpp>
#include <sheaf/distinct/zone.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// Takes elements in: decides which are counted and which wait, and by that what time it is. What is said of times at
/// `CalendarWindows` happens here; what is reported of the windows does not.
template <ZonePolicy Zone>
class WindowIntake {
public:
    WindowIntake(WindowOptions options, Zone zone)
        : windows_{validated(std::move(options)), std::move(zone)}
        , partitions_{windows_.options().confirmations}
        , account_{windows_.options().max_quarantine_reports} {}

    [[nodiscard]] const WindowOptions& options() const noexcept { return windows_.options(); }
    [[nodiscard]] WindowStore<Zone>& windows() noexcept { return windows_; }
    [[nodiscard]] const WindowStore<Zone>& windows() const noexcept { return windows_; }
    [[nodiscard]] PartitionTable& partitions() noexcept { return partitions_; }
    [[nodiscard]] const PartitionTable& partitions() const noexcept { return partitions_; }
    [[nodiscard]] ElementAccount& account() noexcept { return account_; }
    [[nodiscard]] const ElementAccount& account() const noexcept { return account_; }

    /// The latest time that the host has said.
    [[nodiscard]] std::chrono::nanoseconds now() const noexcept { return now_; }
    void set_now(std::chrono::nanoseconds now) noexcept {
        // So bounded, differences and sums with a timeout stay within the range of nanoseconds.
        now_ = (std::max)(now_, (std::min)(now, (std::chrono::nanoseconds::max)() / 2));
    }

    /// Counts an element, or lets it wait. Where it throws the element has not been taken.
    Placement insert(const WindowElement& element);
    /// A partition holds back the watermark from now on.
    void expect(std::uint64_t id) { see(partitions_.at(id, now_)); }
    /// No elements of a partition will come for now. Where it throws that is still to be said.
    void pause_partition(std::uint64_t id);
    /// No more elements of a partition will come. The same.
    void finish_partition(std::uint64_t id);
    /// The input has ended. Where it throws that is still to be said.
    void finish();
    /// Finds the partitions that hold back the watermark no longer, and counts what has waited in them for a time.
    void find_idle();

private:
    using Entry = PartitionClock::Entry;

    Placement insert_elsewhere(std::uint64_t id, Partition& partition, Entry entry);
    [[nodiscard]] std::optional<Placement> count_if_near(const Partition& partition, const Entry& entry);
    std::optional<Placement> confirm(Partition& partition);
    template <class Count>
    std::optional<Placement> release(Partition& partition, Count&& count);
    [[nodiscard]] std::optional<std::chrono::sys_seconds> time_of_others() const noexcept;
    void settle(Partition& partition, std::optional<std::chrono::sys_seconds> others);
    void finish_one(std::uint64_t id, Partition& partition, std::optional<std::chrono::sys_seconds> others);

    void see(Partition& partition) noexcept {
        partition.last_seen = now_;
        if (partition.idle) { set_idle(partition, false); }
    }
    void set_idle(Partition& partition, bool idle) noexcept {
        change(partition, [&] { partition.idle = idle; });
    }
    /// Whatever changes a clock or who is idle. Where it throws it has changed neither.
    template <class Change>
    void change(Partition& partition, Change&& call) {
        const bool was_idle = partition.idle;
        const auto before = partition.clock.time();
        call();
        partitions_.has_changed(was_idle, before, partition);
    }
    void update_watermark() noexcept {
        if (const auto least = partitions_.least_time()) { windows_.go_on_to(*least); }
    }

    WindowStore<Zone> windows_;
    PartitionTable partitions_;
    ElementAccount account_;
    std::chrono::nanoseconds now_{(std::chrono::nanoseconds::min)() / 2};
    // Nobody is idle, or is to be settled, before that.
    std::chrono::nanoseconds next_idle_{(std::chrono::nanoseconds::min)()};
};

template <ZonePolicy Zone>
Placement WindowIntake<Zone>::insert(const WindowElement& element) {
    if (element.time < earliest_time || element.time > latest_time) {
        account_.enter(Placement::out_of_calendar);
        return Placement::out_of_calendar;
    }
    Partition& partition = partitions_.at(element.partition, now_);
    const Entry entry{element.time, element.hash, element.position};
    // In order, and nothing waits: most elements.
    if (const auto time = partition.clock.time();
        windows_.is_in_last(element.time) && time && element.time - *time <= options().max_jump &&
        *time - element.time < windows_.longest_kept() && partition.clock.waiting() == 0 && !partition.idle &&
        partition.clock.has_room()) {
        windows_.count_in_last(element.hash);
        partition.last_seen = now_;
        account_.enter(Placement::counted);
        if (partition.clock.push(entry)) {
            partitions_.has_changed(false, time, partition);
            update_watermark();
        }
        return Placement::counted;
    }
    return insert_elsewhere(element.partition, partition, entry);
}

template <ZonePolicy Zone>
Placement WindowIntake<Zone>::insert_elsewhere(std::uint64_t id, Partition& partition, Entry entry) {
    if (partition.confirmed) { static_cast<void>(confirm(partition)); }
    partition.clock.reserve();
    account_.reserve_reports(1);
    const Placement placement = count_if_near(partition, entry).value_or(Placement::waiting);
    // The element has its place: nothing throws from here on.
    entry.waits = placement == Placement::waiting;
    account_.enter(placement);
    const Entry* const lost = partition.clock.unconfirmed();
    if (lost != nullptr) { account_.quarantine({lost->hash, lost->time, id, lost->position}); }
    // A partition that sends nothing but what is never confirmed is as good as silent.
    const bool is_in_vain = lost != nullptr || (!partition.clock.time() && partition.clock.is_full());
    if (!entry.waits || !is_in_vain) { see(partition); }
    if (entry.waits && !partition.clock.time()) {
        partition.unsettled = true;
        if (partition.idle) { next_idle_ = (std::chrono::nanoseconds::min)(); }  // to settle it
    }
    change(partition, [&] { partition.clock.push(entry); });
    update_watermark();
    if (partition.clock.waiting() == 0) { return placement; }
    std::optional<Placement> confirmed;
#if SHEAF_HAS_EXCEPTIONS
    try {
        confirmed = confirm(partition);
    } catch (...) {}  // to be tried again before the next element
#else
    confirmed = confirm(partition);
#endif
    return entry.waits ? confirmed.value_or(placement) : placement;
}

/// Counts an element that its partition's clock does not contradict, where windows are kept.
template <ZonePolicy Zone>
std::optional<Placement> WindowIntake<Zone>::count_if_near(const Partition& partition, const Entry& entry) {
    const auto time = partition.clock.time();
    if (!time || entry.time - *time > options().max_jump || windows_.is_all_gone(entry.time, *time)) {
        return std::nullopt;
    }
    return windows_.count(entry.hash, entry.time);
}

/// Leaps if a time is confirmed, and counts whom that confirms or the clock contradicts no longer. Returns what became of the
/// newest element if it is one of them.
template <ZonePolicy Zone>
std::optional<Placement> WindowIntake<Zone>::confirm(Partition& partition) {
    // What was confirmed stays so until it has been counted, though a failure may have come in between.
    if (!partition.confirmed) { partition.confirmed = partition.clock.confirmed(options().max_jump); }
    if (const auto span = partition.confirmed) {
        if (const auto mark = windows_.watermark()) {
            const auto first = partition.clock.first_waiting(*span);
            if (first && windows_.is_all_gone(*first, *mark)) { windows_.go_back_to(*first); }
        }
        if (partition.clock.time() != span->first) {
            change(partition, [&] { partition.clock.set(span->first); });
            partition.unsettled = false;
            ++account_.figures.leaps;
            see(partition);
            update_watermark();
        }
    }
    const auto newest = release(partition, [&](const Entry& entry) {
        return partition.confirmed && partition.confirmed->contains(entry.time)
                   ? windows_.count(entry.hash, entry.time)
                   : count_if_near(partition, entry);
    });
    partition.confirmed.reset();
    if (newest) { see(partition); }
    update_watermark();
    return newest;
}

/// Counts those that wait, as far as `count` does. Returns what became of the newest element if it is one of them.
template <ZonePolicy Zone>
template <class Count>
std::optional<Placement> WindowIntake<Zone>::release(Partition& partition, Count&& count) {
    std::optional<Placement> newest;
    change(partition, [&] {
        partition.clock.release([&](const Entry& entry) {
            const auto placement = count(entry);
            if (!placement) { return false; }
            account_.release(*placement);
            if (&entry == partition.clock.newest()) { newest = placement; }
            return true;
        });
    });
    return newest;
}

/// What time it is for a partition that does not know it: the latest that anybody else does, or did.
template <ZonePolicy Zone>
std::optional<std::chrono::sys_seconds> WindowIntake<Zone>::time_of_others() const noexcept {
    return (std::max)(windows_.watermark(), partitions_.known_time());  // no time is less than any
}

/// Nothing more will come for now. Where the clock has no time, and so nothing is known of those that wait, they are counted,
/// unless they are far ahead of everybody else. Their times have not been confirmed, so the clock still has none.
template <ZonePolicy Zone>
void WindowIntake<Zone>::settle(Partition& partition, std::optional<std::chrono::sys_seconds> others) {
    if (partition.clock.time()) { return; }
    release(partition, [&](const Entry& entry) {
        return others && entry.time - *others > options().max_jump ? std::nullopt
                                                                   : windows_.count(entry.hash, entry.time);
    });
    partition.unsettled = false;
}

/// The watermark stays where it is while the last elements are counted.
template <ZonePolicy Zone>
void WindowIntake<Zone>::finish_one(std::uint64_t id,
                                    Partition& partition,
                                    std::optional<std::chrono::sys_seconds> others) {
    settle(partition, others);
    // Nobody comes any more to confirm the last ones: it is enough that they are near one that has been counted.
    for (std::size_t before = 0; before != partition.clock.waiting();) {
        before = partition.clock.waiting();
        release(partition, [&](const Entry& entry) { return count_if_near(partition, entry); });
        if (!partition.clock.time()) { break; }
        const auto latest = partition.clock.latest();
        release(partition, [&](const Entry& entry) {
            const bool is_next = entry.time >= latest && entry.time - latest <= options().max_jump;
            return is_next ? windows_.count(entry.hash, entry.time) : std::nullopt;
        });
    }
    account_.reserve_reports(partition.clock.waiting());
    partition.clock.for_each([&](const Entry& entry) {
        if (entry.waits) { account_.quarantine({entry.hash, entry.time, id, entry.position}); }
    });
    partitions_.forget(id);
}

template <ZonePolicy Zone>
void WindowIntake<Zone>::pause_partition(std::uint64_t id) {
    if (!partitions_.contains(id)) { return; }
    Partition& partition = partitions_.at(id, now_);
    if (partition.confirmed) { static_cast<void>(confirm(partition)); }
    set_idle(partition, true);
    if (partition.unsettled) { settle(partition, time_of_others()); }
    update_watermark();
}

template <ZonePolicy Zone>
void WindowIntake<Zone>::finish_partition(std::uint64_t id) {
    if (!partitions_.contains(id)) { return; }
    Partition& partition = partitions_.at(id, now_);
    if (partition.confirmed) { static_cast<void>(confirm(partition)); }
    set_idle(partition, true);  // so it is none of the others
    finish_one(id, partition, time_of_others());
    update_watermark();
}

template <ZonePolicy Zone>
void WindowIntake<Zone>::finish() {
    for (auto& [id, partition] : partitions_.all()) {
        if (partition.confirmed) { static_cast<void>(confirm(partition)); }
    }
    const auto others = time_of_others();
    while (!partitions_.all().empty()) {
        auto& [id, partition] = *partitions_.all().begin();
        finish_one(id, partition, others);
    }
    windows_.end();
}

template <ZonePolicy Zone>
void WindowIntake<Zone>::find_idle() {
    // Partitions are seen later and later, so nobody can be idle before the first that could be when they were looked at.
    const auto timeout = options().idle_timeout;
    if (timeout.count() == 0 || now_ < next_idle_) { return; }
    auto next = now_ + timeout;
    for (auto& [id, partition] : partitions_.all()) {
        if (const auto idle_at = partition.last_seen + timeout; now_ < idle_at) {
            next = (std::min)(next, idle_at);
        } else if (!partition.idle) {
            set_idle(partition, true);
        }
    }
    // Before the watermark goes on, which they may have held back.
    const auto others = time_of_others();
    for (auto& [id, partition] : partitions_.all()) {
        if (partition.idle && partition.unsettled) { settle(partition, others); }
    }
    update_watermark();
    next_idle_ = next;
}

}  // namespace detail

SHEAF_NAMESPACE_END
