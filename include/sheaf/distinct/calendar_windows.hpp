#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/throw.hpp>
#include <sheaf/distinct/detail/window_intake.hpp>
#include <sheaf/distinct/detail/window_level.hpp>
#include <sheaf/distinct/detail/window_store.hpp>
#include <sheaf/distinct/detail/windows_snapshot.hpp>
#include <sheaf/distinct/period.hpp>
#include <sheaf/distinct/snapshot_status.hpp>
#include <sheaf/distinct/window_options.hpp>
#include <sheaf/distinct/window_result.hpp>
#include <sheaf/distinct/zone.hpp>

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
/// **Time.** There is none but that of the elements. Each partition of the source has a clock, which goes forward to a
/// time that `confirmations` + 1 of its last 2 `confirmations` + 1 elements have reached. The *watermark* is the least
/// of the clocks of all partitions that are not idle, and never goes back but as is said below. A window is *closed*
/// once the watermark has reached its end and `lateness`, or the input has ended; it is kept for its `retention` after
/// that. Where all partitions fall silent nothing closes: `update_every` reports open windows meanwhile.
///
/// **Late elements** are counted like any other. Closed windows whose count they change are reported once more. Where a
/// window is no longer kept its element is counted in the longer ones only.
///
/// **Wrong times.** An element that is more than `max_jump` ahead of its partition's clock, or so old that by this
/// clock none of its windows would be kept, is counted nowhere yet: it waits. So do all while the clock has no time. As
/// soon as `confirmations` + 1 of the last 2 `confirmations` + 1 elements of the partition wait and each is within
/// `max_jump` of the next, the clock leaps to the first of them (after a pause of the stream that is at once), and they
/// are counted where they belong. If nothing of that time is kept the watermark goes back to it, and its windows begin
/// anew (`WindowResult::anew`). An element that is sent again, the same in all fields and with a position other than 0,
/// has no vote. Who has not been confirmed by the 2 `confirmations` elements that came next is quarantined for good,
/// and reported. So no `confirmations` elements with wrong times move a clock, whatever their times are; but a wrong
/// time that is less than `max_jump` ahead, or lies in windows that are still kept, cannot be told from a right one and
/// is counted.
///
/// If a partition falls idle before its clock has a time, those of its elements that are not more than `max_jump` ahead
/// of the watermark are counted; the clock and the watermark do not move by that. So are they if it ends; and those
/// that follow a counted one by no more than `max_jump` are, as nobody else can confirm them. A partition that sends
/// nothing but what is never confirmed is as good as silent.
///
/// **Work.** An element is inserted once, into its shortest window; windows are merged into those that contain them
/// before one of these is reported. Memory: a window takes some 200 bytes, and 8 to 16 bytes an element up to
/// 2^(precision + 2) bytes (16 KiB at precision 12). Windows are made for times at which there are elements: at most
/// those between the watermark less `lateness` and `retention`, and the clock that is or has been furthest ahead plus
/// `max_jump`: where the watermark goes back windows later than that stay. A year of minutes, all of them with
/// thousands of elements, is 525,600 windows of 16.6 KB: 8.7 GB; the defaults keep a day of them, 25 MB, and 5 MB of
/// all other periods. A partition takes 40 bytes an element that it remembers, and some 300; it is forgotten when it is
/// finished.
///
/// Thread safety: as any plain value. `now` is the host's clock, from any epoch, and only tells who is idle and when
/// open windows are to be reported; a host without a clock passes none. The latest one that was passed counts, to
/// `insert` or to `report`.
template <ZonePolicy Zone = UtcZone>
class CalendarWindows {
public:
    /// No elements yet.
    ///
    /// Throws: `std::invalid_argument` where an option is wrong; what the zone throws.
    explicit CalendarWindows(WindowOptions options = {}, Zone zone = Zone{})
        : intake_{std::move(options), std::move(zone)} {
        if (intake_.windows().zone().name().size() > detail::longest_zone_name) {
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
    /// know it: insert it again. Complexity: constant for most elements of an orderly stream; else logarithmic in the numbers
    /// of windows and partitions, and linear in `confirmations` where the clock goes on.
    Placement insert(const WindowElement& element, std::chrono::nanoseconds now = {}) {
        intake_.set_now(now);
        return intake_.insert(element);
    }

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
    /// have closed and no partition be idle; else linear in the windows that have changed, each with a look at its registers,
    /// or in the partitions.
    template <std::invocable<const WindowResult&> Report>
    void report(Report&& callback, std::chrono::nanoseconds now = {});

    /// The input has ended: all partitions are finished, and all windows are closed by the next `report`. Elements may still
    /// come, and each revises its windows at once; those that wait then need another `finish`. Where the input may go on after a
    /// restart, take the snapshot before this: it cannot be taken back.
    ///
    /// Throws: as `insert`; call it again then.
    void finish() { intake_.finish(); }

    /// Elements of this partition will come: it holds back the watermark until they do or it is idle. Without this a
    /// partition does so from its first element on, which is too late for partitions that are read one after the other.
    /// Throws: `std::bad_alloc`.
    void expect_partition(std::uint64_t partition, std::chrono::nanoseconds now = {}) {
        intake_.set_now(now);
        intake_.expect(partition);
    }
    /// No elements of this partition will come for now, as if it had been silent for `idle_timeout`: it does not hold back the
    /// watermark until it sends again. Those that wait stay, and later ones may confirm them. Throws: as `insert`; call it again then.
    void pause_partition(std::uint64_t partition) { intake_.pause_partition(partition); }
    /// No more elements of this partition will come: it no longer holds back the watermark. Those that wait are
    /// quarantined, or counted if its clock has no time yet. It is forgotten. Throws: as `insert`; call it again then.
    void finish_partition(std::uint64_t partition) { intake_.finish_partition(partition); }

    /// The time before which hardly any element will come, if it is known yet.
    [[nodiscard]] std::optional<std::chrono::sys_seconds> watermark() const noexcept {
        return intake_.windows().watermark();
    }
    /// What has become of all elements.
    [[nodiscard]] const WindowStatistics& statistics() const noexcept { return intake_.account().figures; }
    /// Calls `callback` with each quarantined element since the last call, in their order; `max_quarantine_reports` are kept.
    /// It must not use this object. What it throws passes through, and all are kept.
    template <std::invocable<const WindowElement&> Report>
    void report_quarantined(Report&& callback) {
        auto& quarantined = intake_.account().quarantined;
        for (const WindowElement& element : std::as_const(quarantined)) { callback(element); }
        quarantined.clear();
    }
    /// The windows that are kept, and the memory of their counters.
    struct Held {
        std::size_t windows = 0;  ///< How many windows.
        std::size_t bytes = 0;    ///< What they have allocated, without the allocator's own overhead.
    };
    /// What is held at the moment. Complexity: linear in the windows.
    [[nodiscard]] Held held() const noexcept;
    /// The options.
    [[nodiscard]] const WindowOptions& options() const noexcept { return intake_.options(); }

    /// Keeps bytes for the host, in snapshots: the position in a partition up to which elements have been inserted, or
    /// whatever else it needs after a restart, under a number of its own. Nothing is made of them.
    ///
    /// Throws: `std::bad_alloc`, and `std::invalid_argument` beyond 2^32 - 1 bytes; the former ones are kept then.
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
        detail::append_windows(bytes, intake_, positions_);
    }

    /// Becomes the windows that the bytes are a snapshot of. Precision (its byte is 5), periods (6), confirmations (8), hash id
    /// (10) and the zone's name (from 18 on) must be the same; what else the options say may have been changed. After an error it is unchanged. `now` becomes
    /// the time at which all partitions were last seen.
    ///
    /// Throws: `std::bad_alloc`; it is unchanged then.
    SnapshotStatus restore(std::span<const std::byte> bytes, std::chrono::nanoseconds now = {});

private:
    using Due = typename detail::WindowStore<Zone>::Due;

    template <class Report>
    void report_one(const Due& due, Report& callback);

    detail::WindowIntake<Zone> intake_;
    detail::SourcePositions positions_;
    // When open windows were reported, by the host's clock.
    std::optional<std::chrono::nanoseconds> last_update_;
};

/// In UTC.
CalendarWindows(WindowOptions) -> CalendarWindows<>;
/// In the zone that is passed.
template <ZonePolicy Zone>
CalendarWindows(WindowOptions, Zone) -> CalendarWindows<Zone>;

template <ZonePolicy Zone>
template <std::invocable<const WindowResult&> Report>
void CalendarWindows<Zone>::report(Report&& callback, std::chrono::nanoseconds now) {
    intake_.set_now(now);
    intake_.find_idle();
    if (!last_update_) { last_update_ = intake_.now(); }
    const auto every = options().update_every;
    const bool is_update = every.count() != 0 && intake_.now() - *last_update_ >= every;
    auto& windows = intake_.windows();
    if (!is_update && !windows.may_be_due()) { return; }
    windows.merge_upward();
    for (const auto& due : windows.due(is_update)) { report_one(due, callback); }
    windows.forget_gone();
    if (is_update) { last_update_ = intake_.now(); }
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
        if (window.due && window.closed_reports++ != 0) { ++intake_.account().figures.revisions; }
    }
    window.due = window.changed = false;
}

template <ZonePolicy Zone>
auto CalendarWindows<Zone>::held() const noexcept -> Held {
    Held held;
    for (const Period period : all_periods) {
        for (const auto& [begin, window] : intake_.windows().level(period).windows) {
            ++held.windows;
            held.bytes += sizeof(begin) + sizeof(window) + window.counter.held_bytes();
        }
    }
    return held;
}

template <ZonePolicy Zone>
SnapshotStatus CalendarWindows<Zone>::restore(std::span<const std::byte> bytes,
                                              std::chrono::nanoseconds now) {
    CalendarWindows restored{options(), intake_.windows().zone()};
    restored.intake_.set_now(now);
    const SnapshotStatus status = detail::restore_windows(bytes, restored.intake_, restored.positions_);
    if (status.ok()) { *this = std::move(restored); }
    return status;
}

SHEAF_NAMESPACE_END
