#pragma once

#include <sheaf/config.hpp>
#include <sheaf/core/instant.hpp>
#include <sheaf/core/two_ended_array.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// Since when each gap of a resource has been seen. The first sight of a gap is the first arrival above it;
/// only arrivals above all earlier ones can be a first sight, so these are kept, ascending in index and time, and
/// forgotten when the gaps below them have closed. Unrelated arrivals touch nothing.
///
/// Complexity: O(1) amortised.
template <template <class> class Allocator = std::allocator>
class GapClock {
public:
    /// Some index below an accepted one is missing.
    [[nodiscard]] bool is_open() const noexcept { return !sights_.empty(); }

    /// First sight of the lowest gap. Precondition: open.
    [[nodiscard]] Instant since() const noexcept { return sights_.front().at; }

    /// Makes sure that the next `see` needs no memory. Throws: `std::bad_alloc`; unchanged then.
    void reserve() { sights_.reserve_back(); }

    /// `index` arrived above a gap. Precondition: room is reserved.
    void see(std::uint64_t index, Instant now) noexcept {
        if (sights_.empty() || sights_.back().index < index) {
            sights_.push_back_reserved(Sight{index, now});
        }
    }

    /// All indices below `seen_end` have arrived.
    void close_below(std::uint64_t seen_end) noexcept {
        while (!sights_.empty() && sights_.front().index < seen_end) { sights_.pop_front(); }
    }

    /// Makes sure that `restore` can be called `count` times. Throws: `std::bad_alloc`; unchanged then.
    void reserve_restore(std::size_t count) { sights_.reserve_back(count); }
    /// Forgets all sights, to have every arrival above the gap restored in index order.
    void clear() noexcept { sights_.truncate(0); }
    /// The same for a new resource; keeps a little memory.
    void reset() noexcept {
        if (sights_.capacity() > 64) {
            sights_.reset();
        } else {
            sights_.truncate(0);
        }
    }
    void restore(std::uint64_t index, Instant at) noexcept {
        // An arrival is a first sight only if nothing above it came earlier.
        while (!sights_.empty() && sights_.back().at >= at) { sights_.truncate(sights_.size() - 1); }
        sights_.push_back_reserved(Sight{index, at});
    }

private:
    struct Sight {
        std::uint64_t index;
        Instant at;
    };
    TwoEndedArray<Sight, Allocator<Sight>> sights_;
};

}  // namespace core

SHEAF_NAMESPACE_END
