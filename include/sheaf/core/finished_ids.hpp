#pragma once

#include <sheaf/config.hpp>
#include <sheaf/core/allocated.hpp>
#include <sheaf/core/instant.hpp>
#include <sheaf/detail/prefetch.hpp>
#include <sheaf/events.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// The last index of a resource where it is not known.
inline constexpr std::uint64_t unknown_index = ~std::uint64_t{0};

/// Which indices a finished resource had, as somebody else remembers it.
struct CoverageView {
    /// All from the first index up to, and without, this one.
    std::uint64_t prefix_end = 0;
    /// The last index, or `unknown_index`.
    std::uint64_t last = unknown_index;
    /// What it had beyond the prefix, ascending; empty for a completed resource.
    std::span<const IndexRange> beyond{};

    [[nodiscard]] bool contains(std::uint64_t index) const noexcept {
        if (index < prefix_end) { return true; }
        const auto range = std::partition_point(beyond.begin(), beyond.end(),
                                                [index](const IndexRange& r) { return r.last < index; });
        return range != beyond.end() && range->first <= index;
    }
};

/// The same, with its own memory.
struct Coverage {
    std::uint64_t prefix_end = 0;
    std::uint64_t last = unknown_index;
    std::vector<IndexRange> beyond{};

    [[nodiscard]] CoverageView view() const noexcept { return {prefix_end, last, beyond}; }
    /// All indices up to the last.
    [[nodiscard]] bool is_whole() const noexcept { return beyond.empty() && last + 1 == prefix_end; }
};

/// The memory of finished ids, oldest first, bounded in time and in number. A handle names an entry as long as it is
/// remembered. An entry is small, because there are many: nearly all had all their indices, and need only their number.
template <class Id, template <class> class Allocator = std::allocator>
class FinishedIds {
public:
    using Handle = std::uint32_t;
    static constexpr Handle no_handle = 0;

    class Entry {
    public:
        Id id{};
        Instant forget_at{};

        [[nodiscard]] CoverageView coverage() const noexcept {
            return coverage_ != nullptr ? coverage_->view() : CoverageView{prefix_end_, prefix_end_ - 1, {}};
        }
        /// The low half of the id's hash.
        [[nodiscard]] std::uint32_t hash() const noexcept { return hash_; }

    private:
        friend FinishedIds;

        std::uint64_t prefix_end_ = 0;
        Coverage* coverage_ = nullptr;  // owned by the ring; null: all up to `prefix_end_`
        std::uint32_t hash_ = 0;
    };

    /// `limit`: bound on entries, where one with many ranges counts for several. Of one that alone is over it only the
    /// prefix is remembered.
    FinishedIds(std::size_t limit, std::chrono::nanoseconds remember_for) noexcept
        : limit_{(std::min)(limit, most_entries)}
        , remember_for_{remember_for} {}
    FinishedIds(const FinishedIds&) = delete;
    FinishedIds& operator=(const FinishedIds&) = delete;
    ~FinishedIds() {
        while (size() != 0) { forget_oldest(); }
    }

    [[nodiscard]] std::size_t size() const noexcept { return static_cast<std::size_t>(next_ - oldest_); }

    /// Precondition: remembered.
    [[nodiscard]] const Entry& operator[](Handle handle) const noexcept { return ring_[handle & mask()]; }

    /// The oldest entry. Precondition of both: size is not 0.
    [[nodiscard]] const Entry& oldest() const noexcept { return ring_[oldest_ & mask()]; }
    [[nodiscard]] Handle oldest_handle() const noexcept { return handle_of(oldest_); }

    /// True where the oldest entry must go: its time is over, or an entry of weight `to_come` needs its place.
    [[nodiscard]] bool must_forget(Instant now, std::size_t to_come) const noexcept {
        return next_forget_ <= now || (size() != 0 && to_come <= limit_ && weight_ + to_come > limit_);
    }
    void forget_oldest() noexcept {
        Entry& entry = ring_[oldest_ & mask()];
        if (entry.coverage_ == nullptr) {
            --weight_;
        } else {
            weight_ -= weight(*entry.coverage_);
            destroy_object<Allocator>(std::exchange(entry.coverage_, nullptr));
        }
        ++oldest_;
        next_forget_ = size() == 0 ? never : oldest().forget_at;
    }

    /// Drops what of a coverage is too much to remember: then an index beyond the prefix counts as never had.
    void trim(Coverage& coverage) const noexcept {
        if (weight(coverage) > limit_) { coverage.beyond = {}; }
    }

    /// Remembers an id and returns its handle, or `no_handle` where it cannot: no room has been made, nothing is to be
    /// remembered, or there is no memory.
    [[nodiscard]] Handle remember(Id&& id, std::uint64_t hash, Coverage&& coverage, Instant now) noexcept {
        const std::size_t cost = weight(coverage);
        if (weight_ + cost > limit_ || remember_for_ == std::chrono::nanoseconds::zero() || !make_room()) {
            return no_handle;
        }
        Entry& entry = ring_[next_ & mask()];
        if (!coverage.is_whole() && !keep(entry, std::move(coverage))) { return no_handle; }
        weight_ += cost;
        entry.id = std::move(id);
        entry.forget_at = later(now, remember_for_);
        entry.prefix_end_ = coverage.prefix_end;
        entry.hash_ = static_cast<std::uint32_t>(hash);
        if (size() == 0) { next_forget_ = entry.forget_at; }
        return handle_of(next_++);
    }

    /// Asks for the memory of the next entry.
    void prefetch_next() const noexcept {
        if (!ring_.empty()) { detail::prefetch(ring_.data() + (next_ & mask())); }
    }

    /// What an entry of that coverage counts against the limit.
    [[nodiscard]] static std::size_t weight(const Coverage& coverage) noexcept {
        return 1 + coverage.beyond.size() / 2;
    }

private:
    // So that a handle has a bit to spare.
    static constexpr std::size_t most_entries = std::size_t{1} << 31U;

    [[nodiscard]] std::uint64_t mask() const noexcept { return ring_.size() - 1; }
    // Never `no_handle`; the ring is too small for the top bit to matter.
    [[nodiscard]] static Handle handle_of(std::uint64_t number) noexcept {
        return static_cast<Handle>(number) | (Handle{1} << 31U);
    }

    /// Room for one more entry. A failed allocation is no error here: the memory of ids is a bounded courtesy.
    [[nodiscard]] bool make_room() noexcept {
        if (size() < ring_.size()) { return true; }
        SHEAF_TRY {
            Ring larger(ring_.empty() ? 8 : ring_.size() * 2);
            for (std::uint64_t number = oldest_; number != next_; ++number) {
                larger[number & (larger.size() - 1)] = std::move(ring_[number & mask()]);
            }
            ring_ = std::move(larger);
            return true;
        }
        SHEAF_CATCH_ALL { return false; }
    }
    /// The same for a coverage that needs more than its number.
    [[nodiscard]] static bool keep(Entry& entry, Coverage&& coverage) noexcept {
        SHEAF_TRY {
            entry.coverage_ = create_object<Coverage, Allocator>(std::move(coverage));
            return true;
        }
        SHEAF_CATCH_ALL { return false; }
    }

    using Ring = std::vector<Entry, Allocator<Entry>>;

    std::size_t limit_;
    std::chrono::nanoseconds remember_for_;
    Ring ring_;
    std::uint64_t oldest_ = 0;  // entries are numbered as they come
    std::uint64_t next_ = 0;
    std::size_t weight_ = 0;
    Instant next_forget_ = never;  // of the oldest entry: at hand, because every packet asks for it
};

}  // namespace core

SHEAF_NAMESPACE_END
