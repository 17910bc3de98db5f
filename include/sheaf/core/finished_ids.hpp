#pragma once

#include <sheaf/config.hpp>
#include <sheaf/core/instant.hpp>
#include <sheaf/events.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// The last index of a resource where it is not known.
inline constexpr std::uint64_t unknown_index = ~std::uint64_t{0};

/// Which indices a finished resource had.
struct Coverage {
    /// All from the first index up to, and without, this one.
    std::uint64_t prefix_end = 0;
    /// The last index, or `unknown_index`.
    std::uint64_t last = unknown_index;
    /// What it had beyond the prefix, ascending; empty for a completed resource.
    std::vector<IndexRange> beyond{};

    [[nodiscard]] bool contains(std::uint64_t index) const noexcept {
        if (index < prefix_end) { return true; }
        const auto range = std::partition_point(beyond.begin(), beyond.end(),
                                                [index](const IndexRange& r) { return r.last < index; });
        return range != beyond.end() && range->first <= index;
    }
};

/// The memory of finished ids, oldest first, bounded in time and in number. A ticket names an entry as long as
/// it is remembered.
template <class Id, template <class> class Allocator = std::allocator>
class FinishedIds {
public:
    static constexpr std::uint64_t no_ticket = ~std::uint64_t{0};

    struct Entry {
        Id id;
        std::uint64_t hash;
        Instant forget_at;
        Coverage coverage;
    };

    /// `limit`: bound on entries, where one with many ranges counts for several. Of one that alone is over it only the
    /// prefix is remembered.
    FinishedIds(std::size_t limit, std::chrono::nanoseconds remember_for) noexcept
        : limit_{limit}
        , remember_for_{remember_for} {}

    [[nodiscard]] std::size_t size() const noexcept { return static_cast<std::size_t>(next_ - oldest_); }

    /// Precondition: remembered.
    [[nodiscard]] const Entry& operator[](std::uint64_t ticket) const noexcept {
        return ring_[ticket & mask()];
    }

    /// The oldest entry. Precondition: size is not 0.
    [[nodiscard]] const Entry& oldest() const noexcept { return ring_[oldest_ & mask()]; }
    [[nodiscard]] std::uint64_t oldest_ticket() const noexcept { return oldest_; }

    /// True where the oldest entry must go: its time is over, or an entry of weight `to_come` needs its place.
    [[nodiscard]] bool must_forget(Instant now, std::size_t to_come) const noexcept {
        return next_forget_ <= now || (size() != 0 && to_come <= limit_ && weight_ + to_come > limit_);
    }
    void forget_oldest() noexcept {
        Entry& entry = ring_[oldest_ & mask()];
        weight_ -= weight(entry.coverage);
        entry.coverage.beyond = {};
        ++oldest_;
        next_forget_ = size() == 0 ? never : oldest().forget_at;
    }

    /// Drops what of a coverage is too much to remember: then an index beyond the prefix counts as never had.
    void trim(Coverage& coverage) const noexcept {
        if (weight(coverage) > limit_) { coverage.beyond = {}; }
    }

    /// Remembers an id and returns its ticket, or `no_ticket` where it cannot: no room has been made, nothing is to be
    /// remembered, or there is no memory.
    [[nodiscard]] std::uint64_t remember(Id&& id,
                                         std::uint64_t hash,
                                         Coverage&& coverage,
                                         Instant now) noexcept {
        const std::size_t cost = weight(coverage);
        if (weight_ + cost > limit_ || remember_for_ == std::chrono::nanoseconds::zero() || !make_room()) {
            return no_ticket;
        }
        weight_ += cost;
        if (size() == 0) { next_forget_ = later(now, remember_for_); }
        ring_[next_ & mask()] = Entry{std::move(id), hash, later(now, remember_for_), std::move(coverage)};
        return next_++;
    }

    /// What an entry of that coverage counts against the limit.
    [[nodiscard]] static std::size_t weight(const Coverage& coverage) noexcept {
        return 1 + coverage.beyond.size() / 2;
    }

private:
    [[nodiscard]] std::uint64_t mask() const noexcept { return ring_.size() - 1; }

    /// Room for one more entry. A failed allocation is no error here: the memory of ids is a bounded courtesy.
    [[nodiscard]] bool make_room() noexcept {
        if (size() < ring_.size()) { return true; }
        SHEAF_TRY {
            Ring larger(ring_.empty() ? 8 : ring_.size() * 2);
            for (std::uint64_t ticket = oldest_; ticket != next_; ++ticket) {
                larger[ticket & (larger.size() - 1)] = std::move(ring_[ticket & mask()]);
            }
            ring_ = std::move(larger);
            return true;
        }
        SHEAF_CATCH_ALL { return false; }
    }

    using Ring = std::vector<Entry, Allocator<Entry>>;

    std::size_t limit_;
    std::chrono::nanoseconds remember_for_;
    Ring ring_;
    std::uint64_t oldest_ = 0;
    std::uint64_t next_ = 0;
    std::size_t weight_ = 0;
    Instant next_forget_ = never;  // of the oldest entry: at hand, because every packet asks for it
};

}  // namespace core

SHEAF_NAMESPACE_END
