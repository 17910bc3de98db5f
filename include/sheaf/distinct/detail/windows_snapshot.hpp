#pragma once

#include <sheaf/config.hpp>
#include <sheaf/distinct/detail/element_account.hpp>
#include <sheaf/distinct/detail/partition_table.hpp>
#include <sheaf/distinct/detail/snapshot_bytes.hpp>
#include <sheaf/distinct/detail/window_intake.hpp>
#include <sheaf/distinct/detail/window_level.hpp>
#include <sheaf/distinct/detail/window_store.hpp>
#include <sheaf/distinct/snapshot_status.hpp>
#include <sheaf/distinct/window_options.hpp>
#include <sheaf/distinct/window_result.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace detail {

// The snapshot of calendar windows. Numbers are little-endian; a time is eight bytes, in seconds since 1970; a list is its
// length in four bytes and its elements.
//
//     "SCAL", version (1 byte: 1), precision (1), periods (1: bit 0 for minutes), what is known (1: 1 a watermark, 2 the end
//     of the input), confirmations (2), hash id (8), length of the zone's name (2), the name,
//     watermark, the nine statistics (8 each),
//     list of the quarantined elements that are to be reported: hash (8), time, partition (8), position (8),
//     list of the host's positions: partition (8), list of bytes,
//     list of the partitions: id (8), flags (1: 1 its clock has a time, 2 idle, 4 with elements
//         that wait to be settled, 8 with elements that are confirmed and not counted yet), time,
//         the first and the last time that are confirmed,
//         list of its last elements: time, hash (8), position (8), flags (1: 1 it waits, 2 it was sent again),
//     for each period: the begin up to which windows are closed, the end up to which they have been gone,
//         list of its windows: begin, end, offset (4), flags (1: 1 changed, 2 not merged yet, 4 to be reported, 8 begun
//             anew, 16 last reported as closed), reports of the closed window (4), the number reported last (8, IEEE 754),
//             list of the bytes of its counter's snapshot,
//     CRC-32C of all that (4).

inline constexpr std::string_view windows_letters = "SCAL";
inline constexpr unsigned windows_version = 1;

inline constexpr std::array<std::uint64_t WindowStatistics::*, 9> window_figures{
    &WindowStatistics::elements,         &WindowStatistics::counted, &WindowStatistics::late,
    &WindowStatistics::beyond_retention, &WindowStatistics::waiting, &WindowStatistics::quarantined,
    &WindowStatistics::out_of_calendar,  &WindowStatistics::leaps,   &WindowStatistics::revisions,
};

inline constexpr std::size_t longest_zone_name = 0xffff;
inline constexpr std::uint64_t longest_list = 0xffff'ffff;
/// A year with a date that came twice.
inline constexpr std::chrono::seconds longest_window = std::chrono::hours{24 * 368};

/// The host's own words, by partition.
using SourcePositions = std::map<std::uint64_t, std::vector<std::byte>>;

inline void append_time(std::vector<std::byte>& bytes, std::chrono::sys_seconds time) {
    append_number(bytes, static_cast<std::uint64_t>(time.time_since_epoch().count()), 8);
}

inline void append_list(std::vector<std::byte>& bytes, std::span<const std::byte> list) {
    append_number(bytes, list.size(), 4);
    bytes.insert(bytes.end(), list.begin(), list.end());
}

inline void append_partition(std::vector<std::byte>& bytes, std::uint64_t id, const Partition& partition) {
    const auto time = partition.clock.time();
    append_number(bytes, id, 8);
    append_number(bytes,
                  (time ? 1U : 0U) | (partition.idle ? 2U : 0U) | (partition.unsettled ? 4U : 0U) |
                      (partition.confirmed ? 8U : 0U),
                  1);
    append_time(bytes, time.value_or(std::chrono::sys_seconds{}));
    const auto confirmed = partition.confirmed.value_or(PartitionClock::Span{});
    append_time(bytes, confirmed.first);
    append_time(bytes, confirmed.last);
    append_number(bytes, partition.clock.size(), 4);
    partition.clock.for_each([&](const PartitionClock::Entry& entry) {
        append_time(bytes, entry.time);
        append_number(bytes, entry.hash, 8);
        append_number(bytes, entry.position, 8);
        append_number(bytes, (entry.waits ? 1U : 0U) | (entry.again ? 2U : 0U), 1);
    });
}

inline void append_window(std::vector<std::byte>& bytes,
                          std::chrono::sys_seconds begin,
                          const Window& window) {
    append_time(bytes, begin);
    append_time(bytes, window.end);
    append_number(bytes, static_cast<std::uint64_t>(window.offset.count()), 4);
    append_number(bytes,
                  (window.changed ? 1U : 0U) | (window.unmerged ? 2U : 0U) | (window.due ? 4U : 0U) |
                      (window.anew ? 8U : 0U) | (window.reported_closed ? 16U : 0U),
                  1);
    append_number(bytes, window.closed_reports, 4);
    append_number(bytes, std::bit_cast<std::uint64_t>(window.reported), 8);
    const std::size_t length_at = bytes.size();
    append_number(bytes, 0, 4);
    window.counter.append_snapshot(bytes);
    const std::size_t length = bytes.size() - length_at - 4;
    for (std::size_t i = 0; i < 4; ++i) {
        bytes[length_at + i] = static_cast<std::byte>(length >> (8 * i) & 0xffU);
    }
}

template <class Zone>
void append_windows(std::vector<std::byte>& bytes,
                    const WindowIntake<Zone>& intake,
                    const SourcePositions& positions) {
    const WindowOptions& options = intake.options();
    const WindowStore<Zone>& windows = intake.windows();
    const ElementAccount& account = intake.account();
    const auto& partitions = intake.partitions().all();
    // In a vector of its own, so that `bytes` is as before where memory ends.
    std::vector<std::byte> own;
    begin_snapshot(own, windows_letters, windows_version);
    append_number(own, options.precision, 1);
    append_number(own, options.periods.bits(), 1);
    append_number(own, (windows.watermark() ? 1U : 0U) | (windows.has_ended() ? 2U : 0U), 1);
    append_number(own, options.confirmations, 2);
    append_number(own, options.hash_id, 8);
    append_number(own, windows.zone().name().size(), 2);
    for (const char letter : windows.zone().name()) { own.push_back(static_cast<std::byte>(letter)); }
    append_time(own, windows.watermark().value_or(std::chrono::sys_seconds{}));
    for (const auto figure : window_figures) { append_number(own, account.figures.*figure, 8); }
    append_number(own, account.quarantined.size(), 4);
    for (const WindowElement& element : account.quarantined) {
        append_number(own, element.hash, 8);
        append_time(own, element.time);
        append_number(own, element.partition, 8);
        append_number(own, element.position, 8);
    }
    append_number(own, positions.size(), 4);
    for (const auto& [id, position] : positions) {
        append_number(own, id, 8);
        append_list(own, position);
    }
    append_number(own, partitions.size(), 4);
    for (const auto& [id, partition] : partitions) { append_partition(own, id, partition); }
    for (const Period period : all_periods) {
        if (!options.periods.contains(period)) { continue; }
        const WindowLevel& level = windows.level(period);
        append_time(own, level.open_from);
        append_time(own, level.gone_to);
        append_number(own, level.windows.size(), 4);
        for (const auto& [begin, window] : level.windows) { append_window(own, begin, window); }
    }
    end_snapshot(own, 0);
    bytes.insert(bytes.end(), own.begin(), own.end());
}

/// Reads the parts of the snapshot of windows.
class WindowsReader : public SnapshotReader {
public:
    using SnapshotReader::SnapshotReader;

    [[nodiscard]] std::chrono::sys_seconds time() noexcept {
        const std::size_t begin = at();
        const std::chrono::sys_seconds time{std::chrono::seconds{static_cast<std::int64_t>(number(8))}};
        demand(time >= earliest_time && time <= latest_time, SnapshotError::out_of_range, begin);
        return time;
    }

    /// The begin or the end of a window, which may be a year and a day outside of the calendar; or none.
    [[nodiscard]] std::chrono::sys_seconds bound(bool may_be_none) noexcept {
        constexpr std::chrono::seconds year = longest_window;
        const std::size_t begin = at();
        const std::chrono::sys_seconds time{std::chrono::seconds{static_cast<std::int64_t>(number(8))}};
        const bool is_none = may_be_none && time == (std::chrono::sys_seconds::min)();
        demand(is_none || (time >= earliest_time - year && time <= latest_time + year),
               SnapshotError::out_of_range, begin);
        return time;
    }

    /// Any time that is not after the calendar's end.
    [[nodiscard]] std::chrono::sys_seconds gone_to() noexcept {
        const std::size_t begin = at();
        const std::chrono::sys_seconds time{std::chrono::seconds{static_cast<std::int64_t>(number(8))}};
        demand(time <= latest_time, SnapshotError::out_of_range, begin);
        return time;
    }

    [[nodiscard]] std::uint32_t length() noexcept { return static_cast<std::uint32_t>(number(4)); }

    void partition(PartitionTable& partitions, std::size_t most_entries, std::chrono::nanoseconds now) {
        const std::size_t begin = at();
        const std::uint64_t id = number(8);
        if (!demand(partitions.all().empty() || id > partitions.all().rbegin()->first,
                    SnapshotError::impossible_content, begin)) {
            return;
        }
        Partition& partition = partitions.at(id, now);
        const std::uint64_t flags = number_up_to(15, 1);
        const auto clock_time = time();
        const PartitionClock::Span confirmed{time(), time()};
        partition.idle = (flags & 2U) != 0;
        partition.unsettled = (flags & 4U) != 0;
        if ((flags & 8U) != 0) { partition.confirmed = confirmed; }
        const std::uint64_t entries = number_up_to(most_entries, 4);
        if (!ok()) { return; }
        for (std::uint64_t i = 0; i < entries && ok(); ++i) {
            partition.clock.reserve();
            const auto entry_time = time();
            const std::uint64_t hash = number(8);
            const std::uint64_t position = number(8);
            const std::uint64_t entry_flags = number_up_to(3, 1);
            partition.clock.push(
                {entry_time, hash, position, (entry_flags & 1U) != 0, (entry_flags & 2U) != 0});
        }
        if ((flags & 1U) != 0) { partition.clock.set(clock_time); }
        partitions.has_changed(false, std::nullopt, partition);
    }

    void window(WindowLevel::Windows& windows, const WindowOptions& options) {
        const std::size_t begin_at = at();
        const auto begin = bound(false);
        const auto end = bound(false);
        const std::chrono::seconds offset{static_cast<std::int32_t>(number(4))};
        demand(offset > -std::chrono::hours{26} && offset < std::chrono::hours{26},
               SnapshotError::out_of_range, begin_at + 16);
        Window window{end, offset, options.precision, options.hash_id};
        demand(ok() && begin < window.end && window.end - begin <= longest_window &&
                   (windows.empty() || windows.rbegin()->second.end <= begin),
               SnapshotError::impossible_content, begin_at);
        const std::uint64_t flags = number_up_to(31, 1);
        window.anew = (flags & 8U) != 0;
        window.reported_closed = (flags & 16U) != 0;
        window.changed = (flags & 1U) != 0;
        window.unmerged = (flags & 2U) != 0;
        window.due = (flags & 4U) != 0;
        window.closed_reports = static_cast<std::uint32_t>(number(4));
        window.reported = std::bit_cast<double>(number(8));
        const std::uint32_t size = length();
        const std::size_t counter_at = at();
        const auto counter = bytes(size);
        if (!ok()) { return; }
        const SnapshotStatus status = window.counter.restore(counter);
        demand(status.ok(), status.error, counter_at + status.offset);
        demand(window.counter.precision() == options.precision, SnapshotError::other_parameters, counter_at);
        if (ok()) { windows.emplace_hint(windows.end(), begin, std::move(window)); }
    }
};

/// Fills what is empty; all partitions were last seen now. Only where it succeeds is that of any use.
template <class Zone>
SnapshotStatus restore_windows(std::span<const std::byte> bytes,
                               WindowIntake<Zone>& intake,
                               SourcePositions& positions) {
    const WindowOptions& options = intake.options();
    WindowStore<Zone>& windows = intake.windows();
    PartitionTable& partitions = intake.partitions();
    ElementAccount& account = intake.account();
    constexpr std::size_t header_size = 20;
    if (const auto status = check_beginning(bytes, windows_letters, windows_version, header_size);
        !status.ok()) {
        return status;
    }
    if (const auto status = check_end(bytes); !status.ok()) { return status; }
    WindowsReader reader{bytes, windows_letters.size() + 1};
    const auto require_same = [&](std::uint64_t ours, std::size_t size) {
        const std::size_t begin = reader.at();
        const std::uint64_t theirs = reader.number(size);
        reader.demand(ours == theirs, SnapshotError::other_parameters, begin);
    };
    require_same(options.precision, 1);
    require_same(options.periods.bits(), 1);
    const std::uint64_t known = reader.number_up_to(3, 1);
    require_same(options.confirmations, 2);
    require_same(options.hash_id, 8);
    require_same(windows.zone().name().size(), 2);
    for (const char letter : windows.zone().name()) { require_same(static_cast<unsigned char>(letter), 1); }
    const auto watermark = reader.time();
    const std::size_t figures_at = reader.at();
    for (const auto figure : window_figures) { account.figures.*figure = reader.number(8); }
    const std::uint32_t reports = reader.length();
    for (std::uint32_t i = 0; i < reports && reader.ok(); ++i) {
        const std::uint64_t hash = reader.number(8);
        const auto time = reader.time();
        const std::uint64_t partition = reader.number(8);
        account.quarantined.push_back({hash, time, partition, reader.number(8)});
    }
    const std::uint32_t position_count = reader.length();
    for (std::uint32_t i = 0; i < position_count && reader.ok(); ++i) {
        const std::uint64_t id = reader.number(8);
        const auto position = reader.bytes(reader.length());
        positions.insert_or_assign(id, std::vector<std::byte>(position.begin(), position.end()));
    }
    const std::uint32_t partition_count = reader.length();
    for (std::uint32_t i = 0; i < partition_count && reader.ok(); ++i) {
        reader.partition(partitions, 2 * options.confirmations + 1, intake.now());
    }
    std::uint64_t waiting = 0;
    for (const auto& [id, partition] : partitions.all()) { waiting += partition.clock.waiting(); }
    const WindowStatistics& figures = account.figures;
    reader.demand(figures.waiting == waiting && figures.elements == figures.counted + figures.waiting +
                                                                        figures.quarantined +
                                                                        figures.out_of_calendar,
                  SnapshotError::impossible_content, figures_at);
    for (const Period period : all_periods) {
        if (!options.periods.contains(period) || !reader.ok()) { continue; }
        WindowLevel& level = windows.level(period);
        const std::size_t level_at = reader.at();
        level.open_from = reader.bound(true);
        level.gone_to = reader.gone_to();
        const std::uint32_t window_count = reader.length();
        for (std::uint32_t i = 0; i < window_count && reader.ok(); ++i) {
            reader.window(level.windows, options);
        }
        level.list_again();
        const bool has_ended = (known & 2U) != 0;
        reader.demand(has_ended ||
                          std::all_of(level.due().begin(), level.due().end(),
                                      [&](const auto& place) { return place->first < level.open_from; }),
                      SnapshotError::impossible_content, level_at);
    }
    reader.demand(reader.at_end(), SnapshotError::wrong_size, reader.at());
    if (!reader.ok()) { return reader.status(); }
    if ((known & 2U) != 0) { windows.end(); }
    if ((known & 1U) != 0) { windows.restore_watermark(watermark); }
    return {};
}

}  // namespace detail

SHEAF_NAMESPACE_END
