#pragma once

#include <sheaf/config.hpp>
#include <sheaf/distinct/detail/reserve_more.hpp>
#include <sheaf/distinct/window_result.hpp>

#include <cstddef>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// What has become of all elements, and those that are to be reported as quarantined.
struct ElementAccount {
    /// Of so many quarantined elements there is a report.
    std::size_t max_reports;
    WindowStatistics figures{};
    std::vector<WindowElement> quarantined{};

    /// An element has come and found its place.
    void enter(Placement placement) noexcept {
        ++figures.elements;
        switch (placement) {
        case Placement::waiting: ++figures.waiting; break;
        case Placement::out_of_calendar: ++figures.out_of_calendar; break;
        default: count(placement);
        }
    }
    /// An element that had waited is counted.
    void release(Placement placement) noexcept {
        --figures.waiting;
        count(placement);
    }
    /// Makes room for the reports of so many more.
    void reserve_reports(std::size_t more) { reserve_more(quarantined, more, max_reports); }
    /// An element has waited in vain. Precondition: there is room for its report.
    void quarantine(const WindowElement& element) noexcept {
        --figures.waiting;
        ++figures.quarantined;
        if (quarantined.size() < max_reports) { quarantined.push_back(element); }
    }

private:
    void count(Placement placement) noexcept {
        ++figures.counted;
        if (placement == Placement::late) { ++figures.late; }
        if (placement == Placement::beyond_retention) { ++figures.beyond_retention; }
    }
};

}  // namespace detail

SHEAF_NAMESPACE_END
