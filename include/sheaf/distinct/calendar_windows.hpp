#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/throw.hpp>
#include <sheaf/distinct/detail/element_account.hpp>
#include <sheaf/distinct/detail/partition_table.hpp>
#include <sheaf/distinct/detail/window_store.hpp>
#include <sheaf/distinct/detail/windows_snapshot.hpp>
#include <sheaf/distinct/period.hpp>
#include <sheaf/distinct/snapshot_status.hpp>
#include <sheaf/distinct/window_options.hpp>
#include <sheaf/distinct/window_result.hpp>
#include <sheaf/distinct/zone.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

SHEAF_NAMESPACE_BEGIN

/// Counts the distinct elements of a stream in each minute, hour, day, week, month and year.
///
///     sheaf::CalendarWindows windows;
///     windows.insert({.hash = hash(user), .time = time}, now);
///     windows.report([](const sheaf::WindowResult& result) { … }, now);
///
/// **Time.** There is none but that of the elements. Each partition of the source has a clock, which goes forward to a time
/// that `confirmations` + 1 of its last 2 `confirmations` + 1 elements have reached. The *watermark* is the least of the
/// clocks of all partitions that are not idle, and never goes back but as is said below. A window is *closed* once the
/// watermark has reached its end and `lateness`, or the input has ended; it is kept for its `retention` after that. Where all
/// partitions fall silent nothing closes: `update_every` reports open windows meanwhile.
///
/// **Late elements** are counted like any other. Closed windows whose count they change are reported once more. Where a
/// window is no longer kept its element is counted in the longer ones only.
///
/// **Wrong times.** An element that is more than `max_jump` ahead of its partition's clock, or so old that by this clock none
/// of its windows would be kept, is counted nowhere yet: it waits. As soon as `confirmations` others of its partition also wait
/// and each is within `max_jump` of the next (after a pause of the stream, all are) the clock leaps there, and they are
/// counted where they belong. If nothing of that time is kept the watermark goes back to it, and its windows begin anew
/// (`WindowResult::anew`). Who has not been confirmed by the 2 `confirmations` elements that came next is quarantined for good,
/// and reported. So no `confirmations` elements with wrong times move a clock, whatever their times are; but a wrong time that
/// is less than `max_jump` ahead, or lies in windows that are still kept, cannot be told from a right one and is counted.
///
/// Until its clock has a time all elements of a partition wait. If it falls idle or ends before that, those that are not more
/// than `max_jump` ahead of the watermark are counted; the clock and the watermark do not move by that.
///
/// **Work.** An element is inserted once, into its shortest window; windows are merged into those that contain them before one
/// of these is reported. Memory: a window takes some 200 bytes, and 8 bytes an element up to 2^(precision + 2) bytes (16 KiB at
/// precision 12). Windows are made for times at which there are elements: at most those between the watermark less
/// `lateness` and `retention`, and the clock that is furthest ahead plus `max_jump`. A year of minutes, all of them with
/// thousands of elements, is 525,600 windows of 16.6 KB: 8.7 GB; the defaults keep a day of them, 25 MB, and 5 MB of all
/// other periods. A partition takes 40 bytes an element that it remembers, and some 200; it is forgotten when it is finished.
///
/// Thread safety: as any plain value. `now` is the host's clock, from any epoch, and only tells who is idle and when open
/// windows are to be reported; a host without a clock passes none. The latest one that was passed counts, to `insert` or
/// to `report`.
template <ZonePolicy Zone = UtcZone>
class CalendarWindows {
public:
    /// No elements yet.
    ///
    /// Throws: `std::invalid_argument` where an option is wrong; what the zone throws.
    explicit CalendarWindows(WindowOptions options = {}, Zone zone = Zone{})
        : options_{detail::validated(std::move(options))}
        , windows_{options_, std::move(zone)}
        , partitions_{options_.confirmations}
        , account_{options_.max_quarantine_reports} {
        if (windows_.zone().name().size() > detail::longest_zone_name) {
            detail::throw_invalid_argument("sheaf: the name of a zone has at most 65,535 bytes");
        }
    }
    CalendarWindows(const CalendarWindows&) = delete;
    CalendarWindows& operator=(const CalendarWindows&) = delete;
    /// Takes over all there is. The other may then only be destroyed or assigned to.
    CalendarWindows(CalendarWindows&&) = default;
    /// The same; what was here is forgotten.
    CalendarWindows& operator=(CalendarWindows&&) = default;
    ~CalendarWindows() = default;

    /// Counts an element, or lets it wait.
    ///
    /// Throws: `std::bad_alloc`, and what the zone throws. The element has not been taken then, though some of its windows may
    /// know it: insert it again. Complexity: constant for most elements of an orderly stream; else logarithmic in the number
    /// of windows, linear in `confirmations` where the clock goes on, and linear in the partitions where the last of the
    /// slowest ones does.
    Placement insert(const WindowElement& element, std::chrono::nanoseconds now = {});

    /// Calls `callback` with the results that are due, in the order of the windows' ends and from short to long periods: of
    /// windows that have closed; of closed windows whose count has changed; of changed open windows, every
    /// `update_every`. A window without elements has no result. Then forgets the windows whose retention has ended.
    ///
    /// The coarser the grain in which a host calls it, the fewer revisions there are; windows are kept until it is called.
    /// After a restart from a snapshot results come again, whose revisions may be others: whoever stores them takes the last of
    /// each window. The count of a revision can be less than the one before where a set has become a sketch.
    ///
    /// `callback` must not use this object. What it throws passes through: the result will be due again, as are those after it.
    /// Throws also `std::bad_alloc` and what the zone throws; nothing is lost then. Complexity: constant where no window may
    /// have closed; else linear in the windows that have changed, each with a look at its registers.
    template <std::invocable<const WindowResult&> Report>
    void report(Report&& callback, std::chrono::nanoseconds now = {});

    /// The input has ended: all partitions are finished, and all windows are closed by the next `report`. Elements may still
    /// come, and revise them; those that wait then need another `finish`.
    ///
    /// Throws: as `insert`; call it again then.
    void finish();

    /// Elements of this partition will come: it holds back the watermark until they do or it is idle. Without this a
    /// partition does so from its first element on. Throws: `std::bad_alloc`.
    void expect_partition(std::uint64_t partition, std::chrono::nanoseconds now = {}) {
        set_now(now);
        see(partitions_.at(partition, now_));
    }
    /// No more elements of this partition will come: it no longer holds back the watermark. Those that wait are
    /// quarantined, or counted if its clock has no time yet. It is forgotten. Throws: as `insert`; call it again then.
    void finish_partition(std::uint64_t partition);

    /// The time before which hardly any element will come, if it is known yet.
    [[nodiscard]] std::optional<std::chrono::sys_seconds> watermark() const noexcept {
        return windows_.watermark();
    }
    /// What has become of all elements.
    [[nodiscard]] const WindowStatistics& statistics() const noexcept { return account_.figures; }
    /// Calls `callback` with each quarantined element since the last call, in their order; `max_quarantine_reports` are kept.
    /// It must not use this object. What it throws passes through, and all are kept.
    template <std::invocable<const WindowElement&> Report>
    void report_quarantined(Report&& callback) {
        for (const WindowElement& element : account_.quarantined) { callback(element); }
        account_.quarantined.clear();
    }
    /// The windows that are kept, and the memory of their counters.
    struct Held {
        std::size_t windows = 0;  ///< How many windows.
        std::size_t bytes = 0;    ///< What they have allocated, without the allocator's own overhead.
    };
    /// What is held at the moment. Complexity: linear in the windows.
    [[nodiscard]] Held held() const noexcept;
    /// The options.
    [[nodiscard]] const WindowOptions& options() const noexcept { return options_; }

    /// Keeps bytes for the host, in snapshots: the position in a partition up to which elements have been inserted, or
    /// whatever else it needs after a restart, under a number of its own. Nothing is made of them.
    ///
    /// Throws: `std::bad_alloc`; the former bytes are kept then.
    void set_position(std::uint64_t partition, std::span<const std::byte> position) {
        if (position.size() > detail::longest_list) {
            detail::throw_invalid_argument("sheaf: a position in the source has at most 2^32 - 1 bytes");
        }
        positions_.insert_or_assign(partition, std::vector<std::byte>(position.begin(), position.end()));
    }
    /// Those bytes; none where there were none. Valid until they are set again or replaced by `restore`.
    [[nodiscard]] std::span<const std::byte> position(std::uint64_t partition) const noexcept {
        const auto place = positions_.find(partition);
        return place == positions_.end() ? std::span<const std::byte>{} : place->second;
    }

    /// Appends all there is as bytes, the same on every platform; `detail/windows_snapshot.hpp` describes them.
    ///
    /// Throws: `std::bad_alloc`; `bytes` has its former content then, and its former size.
    void append_snapshot(std::vector<std::byte>& bytes) const {
        detail::append_windows(bytes, options_, windows_, partitions_, account_, positions_);
    }

    /// Becomes the windows that the bytes are a snapshot of. Periods, precision, hash id, confirmations and the zone's name
    /// must be the same; what else the options say may have been changed. After an error it is unchanged. `now` becomes
    /// the time at which all partitions were last seen.
    ///
    /// Throws: `std::bad_alloc`; it is unchanged then.
    SnapshotStatus restore(std::span<const std::byte> bytes, std::chrono::nanoseconds now = {});

private:
    using Instant = std::chrono::sys_seconds;
    using Partition = detail::Partition;
    using Entry = detail::PartitionClock::Entry;
    using Due = typename detail::WindowStore<Zone>::Due;

    Placement insert_elsewhere(std::uint64_t id, Partition& partition, Entry entry);
    [[nodiscard]] std::optional<Placement> count_if_near(const Partition& partition, const Entry& entry);
    std::optional<Placement> confirm(Partition& partition);
    template <class Count>
    std::optional<Placement> release(Partition& partition, Count&& count);
    void settle(Partition& partition);
    void note(Placement placement) noexcept {
        // A late element will be due in the longer windows too, once it is merged into them.
        may_be_due_ = may_be_due_ || placement == Placement::late || placement == Placement::beyond_retention;
    }
    void see(Partition& partition) noexcept {
        partition.last_seen = now_;
        if (!partition.idle) { return; }
        partition.idle = false;
        partitions_.has_changed();
    }
    void find_idle();
    void update_watermark() noexcept {
        const auto least = partitions_.least_time();
        if (least && windows_.go_on_to(*least)) { may_be_due_ = true; }
    }
    void set_now(std::chrono::nanoseconds now) noexcept {
        // So bounded, differences and sums with a timeout stay within the range of nanoseconds.
        now_ = (std::max)(now_, (std::min)(now, (std::chrono::nanoseconds::max)() / 2));
    }
    template <class Report>
    void report_one(const Due& due, Report& callback);

    WindowOptions options_;
    detail::WindowStore<Zone> windows_;
    detail::PartitionTable partitions_;
    detail::ElementAccount account_;
    detail::SourcePositions positions_;
    // The latest time that the host has said; the time before which nobody is idle; and when open windows were reported.
    std::chrono::nanoseconds now_{(std::chrono::nanoseconds::min)() / 2};
    std::chrono::nanoseconds next_idle_{(std::chrono::nanoseconds::min)()};
    std::optional<std::chrono::nanoseconds> last_update_;
    // Something has happened since the last `report` that may have made a result due.
    bool may_be_due_ = false;
};

/// In UTC.
CalendarWindows(WindowOptions) -> CalendarWindows<>;
/// In the zone that is passed.
template <ZonePolicy Zone>
CalendarWindows(WindowOptions, Zone) -> CalendarWindows<Zone>;

template <ZonePolicy Zone>
Placement CalendarWindows<Zone>::insert(const WindowElement& element, std::chrono::nanoseconds now) {
    set_now(now);
    Partition& partition = partitions_.at(element.partition, now_);
    const Entry entry{element.time, element.hash, element.position, false};
    // In order, and nothing waits: most elements.
    if (const auto time = partition.clock.time();
        windows_.is_in_last(element.time) && time && element.time - *time <= options_.max_jump &&
        *time - element.time < windows_.longest_kept() && partition.clock.waiting() == 0 && !partition.idle &&
        partition.clock.has_room()) {
        windows_.count_in_last(element.hash);
        partition.last_seen = now_;
        account_.enter(Placement::counted);
        if (partition.clock.push(entry)) {
            partitions_.has_gone_on(*time);
            update_watermark();
        }
        return Placement::counted;
    }
    return insert_elsewhere(element.partition, partition, entry);
}

template <ZonePolicy Zone>
Placement CalendarWindows<Zone>::insert_elsewhere(std::uint64_t id, Partition& partition, Entry entry) {
    if (entry.time < earliest_time || entry.time > latest_time) {
        account_.enter(Placement::out_of_calendar);
        return Placement::out_of_calendar;
    }
    partition.clock.reserve();
    account_.reserve_reports(1);
    const Placement placement = count_if_near(partition, entry).value_or(Placement::waiting);
    // The element has its place: nothing throws from here on.
    entry.waits = placement == Placement::waiting;
    if (entry.waits) {
        partition.unsettled = true;
        // The next `report` is to settle it.
        if (partition.idle) { next_idle_ = (std::chrono::nanoseconds::min)(); }
    } else {
        see(partition);
    }
    account_.enter(placement);
    note(placement);
    if (const Entry* const lost = partition.clock.unconfirmed()) {
        account_.quarantine({lost->hash, lost->time, id, lost->position});
    }
    const auto before = partition.clock.time();
    if (partition.clock.push(entry)) { partitions_.has_gone_on(*before); }
    update_watermark();
    if (partition.clock.waiting() == 0) { return placement; }
    std::optional<Placement> confirmed;
#if SHEAF_HAS_EXCEPTIONS
    try {
        confirmed = confirm(partition);
    } catch (...) {}  // who still waits will be tried again with the next element
#else
    confirmed = confirm(partition);
#endif
    return entry.waits ? confirmed.value_or(placement) : placement;
}

/// Counts an element that its partition's clock does not contradict, where windows are kept.
template <ZonePolicy Zone>
std::optional<Placement> CalendarWindows<Zone>::count_if_near(const Partition& partition,
                                                              const Entry& entry) {
    const auto time = partition.clock.time();
    if (!time || entry.time - *time > options_.max_jump || windows_.is_all_gone(entry.time, *time)) {
        return std::nullopt;
    }
    return windows_.count(entry.hash, entry.time);
}

/// Leaps if that is confirmed, and counts whom the clock contradicts no longer. Returns what became of the newest element if
/// it is one of them.
template <ZonePolicy Zone>
std::optional<Placement> CalendarWindows<Zone>::confirm(Partition& partition) {
    if (const auto time = partition.clock.confirmed(options_.max_jump)) {
        if (const auto mark = windows_.watermark(); mark && windows_.is_all_gone(*time, *mark)) {
            windows_.go_back_to(*time);
        }
        partition.clock.set(time);
        ++account_.figures.leaps;
        see(partition);
        partitions_.has_changed();
        update_watermark();
    }
    const auto newest =
        release(partition, [&](const Entry& waiting) { return count_if_near(partition, waiting); });
    if (newest) { see(partition); }
    update_watermark();
    return newest;
}

/// Counts those that wait, as far as `count` does. Returns what became of the newest element if it is one of them.
template <ZonePolicy Zone>
template <class Count>
std::optional<Placement> CalendarWindows<Zone>::release(Partition& partition, Count&& count) {
    std::optional<Placement> newest;
    bool has_released = false;
    partition.clock.release([&](const Entry& entry) {
        const auto placement = count(entry);
        if (!placement) { return false; }
        account_.release(*placement);
        note(*placement);
        if (&entry == partition.clock.newest()) { newest = placement; }
        has_released = true;
        return true;
    });
    if (has_released) { partitions_.has_changed(); }
    update_watermark();
    return newest;
}

/// Nothing more will come for now. Where the clock has no time, and so nothing is known of those that wait, they are counted,
/// unless they are far ahead of everybody else. Their times have not been confirmed, so the clock still has none.
template <ZonePolicy Zone>
void CalendarWindows<Zone>::settle(Partition& partition) {
    if (partition.clock.time()) { return; }
    release(partition, [&](const Entry& entry) {
        const auto mark = windows_.watermark();
        return mark && entry.time - *mark > options_.max_jump ? std::nullopt
                                                              : windows_.count(entry.hash, entry.time);
    });
    partition.unsettled = false;
}

template <ZonePolicy Zone>
void CalendarWindows<Zone>::finish_partition(std::uint64_t id) {
    if (!partitions_.contains(id)) { return; }
    Partition& partition = partitions_.at(id, now_);
    partition.idle = true;  // whatever is found of its elements now, it does not move the watermark
    partitions_.has_changed();
    settle(partition);
    release(partition, [&](const Entry& entry) { return count_if_near(partition, entry); });
    account_.reserve_reports(partition.clock.waiting());
    partition.clock.for_each([&](const Entry& entry) {
        if (entry.waits) { account_.quarantine({entry.hash, entry.time, id, entry.position}); }
    });
    partitions_.forget(id);
    update_watermark();
}

template <ZonePolicy Zone>
void CalendarWindows<Zone>::finish() {
    for (auto& [id, partition] : partitions_.all()) { partition.idle = true; }
    partitions_.has_changed();
    while (!partitions_.all().empty()) { finish_partition(partitions_.all().begin()->first); }
    windows_.end();
    may_be_due_ = true;
}

template <ZonePolicy Zone>
void CalendarWindows<Zone>::find_idle() {
    // Partitions are seen later and later, so nobody can be idle before the first that could be when they were looked at.
    if (options_.idle_timeout.count() == 0 || now_ < next_idle_) { return; }
    auto next = now_ + options_.idle_timeout;
    for (auto& [id, partition] : partitions_.all()) {
        if (const auto idle_at = partition.last_seen + options_.idle_timeout; now_ < idle_at) {
            next = (std::min)(next, idle_at);
        } else if (!partition.idle) {
            partition.idle = true;
            partitions_.has_changed();
        }
    }
    update_watermark();
    // Only now, when those that are not idle have said what time it is.
    for (auto& [id, partition] : partitions_.all()) {
        if (partition.idle && partition.unsettled) { settle(partition); }
    }
    next_idle_ = next;
}

template <ZonePolicy Zone>
template <std::invocable<const WindowResult&> Report>
void CalendarWindows<Zone>::report(Report&& callback, std::chrono::nanoseconds now) {
    set_now(now);
    find_idle();
    if (!last_update_) { last_update_ = now_; }
    const bool is_update =
        options_.update_every.count() != 0 && now_ - *last_update_ >= options_.update_every;
    if (!may_be_due_ && !is_update && !windows_.has_due()) { return; }
    windows_.merge_upward();
    for (const auto& due : windows_.due(is_update)) { report_one(due, callback); }
    windows_.forget_gone();
    if (is_update) { last_update_ = now_; }
    may_be_due_ = false;
}

template <ZonePolicy Zone>
template <class Report>
void CalendarWindows<Zone>::report_one(const Due& due, Report& callback) {
    detail::Window& window = due.place->second;
    const DistinctCount count = window.counter.count();
    // A closed window whose last report was a provisional one is reported even where the count is the same.
    const bool is_news = count.estimate != window.reported || (window.due && !window.reported_closed);
    if (is_news && count.estimate != 0) {
        const WindowResult result{.period = due.period,
                                  .window = {due.place->first, window.end, window.offset},
                                  .count = count,
                                  .exact = window.counter.is_exact(),
                                  .closed = window.due,
                                  .revision = window.closed_reports,
                                  .anew = window.anew};
        callback(result);
        window.reported = count.estimate;
        window.reported_closed = window.due;
        if (window.due && window.closed_reports++ != 0) { ++account_.figures.revisions; }
    }
    window.due = window.changed = false;
}

template <ZonePolicy Zone>
auto CalendarWindows<Zone>::held() const noexcept -> Held {
    Held held;
    for (const Period period : all_periods) {
        for (const auto& [begin, window] : windows_.level(period).windows) {
            ++held.windows;
            held.bytes += sizeof(begin) + sizeof(window) + window.counter.held_bytes();
        }
    }
    return held;
}

template <ZonePolicy Zone>
SnapshotStatus CalendarWindows<Zone>::restore(std::span<const std::byte> bytes,
                                              std::chrono::nanoseconds now) {
    CalendarWindows restored{options_, windows_.zone()};
    restored.set_now(now);
    const SnapshotStatus status =
        detail::restore_windows(bytes, options_, restored.windows_, restored.partitions_, restored.account_,
                                restored.positions_, restored.now_);
    if (!status.ok()) { return status; }
    restored.may_be_due_ = true;
    *this = std::move(restored);
    return {};
}

SHEAF_NAMESPACE_END
