#pragma once

#include <sheaf/config.hpp>
#include <sheaf/distinct/detail/reserve_more.hpp>
#include <sheaf/distinct/distinct_counter.hpp>

#include <chrono>
#include <cstdint>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// What is known of one window.
struct Window {
    Window(std::chrono::sys_seconds its_end,
           std::chrono::seconds its_offset,
           unsigned precision,
           std::uint64_t hash_id)
        : end{its_end}
        , offset{its_offset}
        , counter{precision, hash_id} {}

    /// Nothing has ever been counted.
    [[nodiscard]] bool is_untouched() const noexcept { return !changed && !unmerged && reported == 0; }

    std::chrono::sys_seconds end;
    std::chrono::seconds offset;
    DistinctCounter counter;
    /// The number that was reported last.
    double reported = 0;
    /// It was reported as closed that time.
    bool reported_closed = false;
    /// How often the closed window has been reported.
    std::uint32_t closed_reports = 0;
    /// Something may have been counted since the last report.
    bool changed = false;
    /// Something may have been counted since it was last merged into the windows that it is part of; it is listed then.
    bool unmerged = false;
    /// It is closed and to be reported; it is listed then.
    bool due = false;
    /// It was made when the watermark had gone back to a time that had been forgotten.
    bool anew = false;
};

/// The windows of one period, by their begin.
class WindowLevel {
public:
    using Windows = std::map<std::chrono::sys_seconds, Window>;
    using Place = Windows::iterator;

    Windows windows;
    /// Windows that begin before this have been found closed.
    std::chrono::sys_seconds open_from = (std::chrono::sys_seconds::min)();
    /// Windows that end up to this have been gone, or would have been.
    std::chrono::sys_seconds gone_to = (std::chrono::sys_seconds::min)();

    /// The window that a time lies in, if there is one.
    [[nodiscard]] Place find(std::chrono::sys_seconds time) {
        const auto next = windows.upper_bound(time);
        if (next == windows.begin()) { return windows.end(); }
        const auto place = std::prev(next);
        return time < place->second.end ? place : windows.end();
    }

    /// Something will be counted there: makes sure that `mark_changed` finds room.
    void reserve_marks() {
        reserve_more(unmerged_);
        reserve_more(due_);
    }

    /// Something has been counted there. Precondition: `reserve_marks` was called.
    void mark_changed(Place place) noexcept {
        Window& window = place->second;
        window.changed = true;
        if (!std::exchange(window.unmerged, true)) { unmerged_.push_back(place); }
        if (place->first < open_from && !std::exchange(window.due, true)) { due_.push_back(place); }
    }

    /// The window has closed. Strong guarantee.
    void mark_due(Place place) {
        if (place->second.due) { return; }
        reserve_more(due_);
        due_.push_back(place);
        place->second.due = true;
    }

    /// Calls `merge` with each window that is to be merged upward. Where it throws, that one and those after it still are.
    template <class Merge>
    void merge_upward(Merge&& merge) {
        while (!unmerged_.empty()) {
            merge(std::as_const(*unmerged_.back()));
            unmerged_.back()->second.unmerged = false;
            unmerged_.pop_back();
        }
    }

    /// The closed windows that are to be reported. Those that are no longer `due` have been.
    [[nodiscard]] const std::vector<Place>& due() const noexcept { return due_; }
    [[nodiscard]] bool has_due() const noexcept { return !due_.empty(); }
    /// Windows from there on are not closed after all.
    void forget_due_from(std::chrono::sys_seconds begin) noexcept {
        for (const Place place : due_) {
            if (place->first >= begin) { place->second.due = false; }
        }
        forget_reported();
    }
    void forget_reported() noexcept {
        std::erase_if(due_, [](const Place& place) { return !place->second.due; });
    }

    /// Forgets the windows, from the first on, for which `is_gone` returns true. Precondition: none of them is listed.
    template <class IsGone>
    void forget_while(IsGone&& is_gone) noexcept {
        while (!windows.empty() && is_gone(windows.begin()->second)) { windows.erase(windows.begin()); }
    }

    /// Lists what its flags say, after a restoration.
    void list_again() {
        for (auto place = windows.begin(); place != windows.end(); ++place) {
            if (place->second.unmerged) { unmerged_.push_back(place); }
            if (place->second.due) { due_.push_back(place); }
        }
    }

private:
    std::vector<Place> unmerged_;
    std::vector<Place> due_;
};

}  // namespace detail

SHEAF_NAMESPACE_END
