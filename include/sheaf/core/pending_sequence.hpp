#pragma once

#include <sheaf/config.hpp>
#include <sheaf/core/allocated.hpp>
#include <sheaf/core/interpolation_search.hpp>
#include <sheaf/core/two_ended_array.hpp>
#include <sheaf/detail/prefetch.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// The packets of one resource that are not yet part of its collated prefix, in index order: one small sorted
/// vector, and beyond `small_limit` entries a sorted vector of such vectors, so that a million pending packets in
/// the worst order of arrival cost little more than in the best.
///
/// `Value` is a pointer or like one; null means "absent". Indices are compared, never used as offsets: their values and
/// the width of gaps cost nothing.
///
/// Thread safety: a search notes the place that it has found, so two at once are a race, `find` and `first_absent` too.
/// The other `const` functions do not read that.
///
/// Throws: only `insert`, `std::bad_alloc`; the sequence is unchanged then.
/// Complexity of `find` and `insert`: O(log n) comparisons; `insert` moves at most half a block and rarely half of
/// the block list (n / 64 entries).
template <class Value, template <class> class Allocator = std::allocator>
class PendingSequence {
public:
    /// Entries in the single vector before blocks are used.
    static constexpr std::size_t small_limit = 64;
    /// Entries in a block before it is split.
    static constexpr std::size_t block_limit = 128;

    struct Entry {
        std::uint64_t index;
        Value value;
    };

    PendingSequence() noexcept = default;
    PendingSequence(PendingSequence&& other) noexcept
        : small_{std::move(other.small_)}
        , large_{std::exchange(other.large_, nullptr)} {}
    PendingSequence& operator=(PendingSequence&&) = delete;
    ~PendingSequence() { drop_large(); }

    [[nodiscard]] bool empty() const noexcept { return small_.empty() && large_ == nullptr; }
    [[nodiscard]] std::size_t size() const noexcept {
        return large_ == nullptr ? small_.size() : large_->size;
    }

    /// Precondition of both: not empty.
    [[nodiscard]] const Entry& front() const noexcept {
        return large_ == nullptr ? small_.front() : large_->blocks.front().block->front();
    }
    [[nodiscard]] const Entry& back() const noexcept {
        return large_ == nullptr ? small_.back() : large_->blocks.back().block->back();
    }

    /// The value at `index`, or null.
    [[nodiscard]] Value find(std::uint64_t index) const noexcept {
        const Place at = place_of(index);
        const Array& block = block_at(at);
        return at.position < block.size() && block[at.position].index == index ? block[at.position].value
                                                                               : Value{};
    }

    /// The entry that is so many places behind the first one, for whoever asks for its memory beforehand; or null,
    /// where there is none, or it is not at hand.
    [[nodiscard]] const Entry* ahead(std::size_t places) const noexcept {
        const Array* block = large_ == nullptr ? &small_ : large_->blocks.front().block;
        if (places >= block->size()) {
            places -= block->size();
            if (large_ == nullptr || large_->blocks.size() == 1) { return nullptr; }
            block = large_->blocks[1].block;
            if (places >= block->size()) { return nullptr; }
        }
        return &(*block)[places];
    }

    /// Two steps on the way to the place of an index, for many at a time: each asks for the memory that the next one
    /// reads.
    void prefetch(std::uint64_t index) const noexcept {
        if (large_ == nullptr) {
            detail::prefetch(small_.begin());
        } else {
            detail::prefetch(large_->blocks[block_for(index)].block);
        }
    }
    void prefetch_further(std::uint64_t index) const noexcept {
        if (large_ != nullptr) {
            const auto& blocks = large_->blocks;
            const std::size_t at = block_for(index);
            if (at + 1 == blocks.size()) { return; }  // as a rule it goes to the end, which is in the cache
            const Array& block = *blocks[at].block;
            const std::size_t place =
                guess_place(block.size(), blocks[at].first, blocks[at + 1].first, index);
            detail::prefetch(block.begin() + (place < 4 ? 0 : place - 4), 3);
        } else if (!small_.empty()) {
            prefetch_value(small_.front().value);  // next to be collated, if `index` is before it
        }
    }

    /// Room for one entry in an empty sequence. Throws: `std::bad_alloc`.
    void reserve_one() { small_.reserve_back(); }

    /// Precondition: `index` is not in the sequence.
    void insert(std::uint64_t index, Value value) {
        if (large_ == nullptr) {
            if (small_.size() < small_limit) {
                small_.insert(lower_bound(small_, index), Entry{index, value});
                return;
            }
            become_large();
        }
        insert_large(index, value);
    }

    /// Precondition: not empty.
    void pop_front() noexcept {
        if (large_ == nullptr) {
            small_.pop_front();
            return;
        }
        BlockEntry& first = large_->blocks.front();
        first.block->pop_front();
        --large_->size;
        if (first.block->empty()) {
            retire_block(0);
        } else {
            first.first = first.block->front().index;
        }
    }

    /// Puts another value in the place of the one at `index`. Precondition: `index` is in the sequence.
    void replace(std::uint64_t index, Value value) noexcept {
        const Place at = place_of(index);
        block_at(at)[at.position].value = value;
    }

    /// Precondition: `index` is in the sequence.
    void erase(std::uint64_t index) noexcept {
        if (large_ == nullptr) {
            small_.erase(lower_bound(small_, index));
            return;
        }
        const Place at = place_of(index);
        BlockEntry& entry = large_->blocks[at.block];
        entry.block->erase(at.position);
        --large_->size;
        if (entry.block->empty()) {
            retire_block(at.block);
        } else {
            entry.first = entry.block->front().index;
        }
    }

    /// The first index at or above `from` that is not in the sequence. O(log n + entries passed).
    [[nodiscard]] std::uint64_t first_absent(std::uint64_t from) const noexcept {
        if (empty()) { return from; }
        Place at = place_of(from);
        for (;;) {
            const Array& block = block_at(at);
            for (; at.position < block.size(); ++at.position, ++from) {
                if (block[at.position].index != from) { return from; }
            }
            if (large_ == nullptr || ++at.block == large_->blocks.size()) { return from; }
            at.position = 0;
        }
    }

    /// Removes all entries; keeps the memory of a small sequence.
    void clear() noexcept {
        small_.truncate(0);
        drop_large();
    }

    /// Calls `visit(index, value)` for each entry, ascending.
    template <class Visitor>
    void for_each(Visitor&& visit) const {
        if (large_ == nullptr) {
            for (const Entry& entry : small_) { visit(entry.index, entry.value); }
            return;
        }
        for (const BlockEntry& block : large_->blocks) {
            for (const Entry& entry : *block.block) { visit(entry.index, entry.value); }
        }
    }

private:
    using Array = TwoEndedArray<Entry, Allocator<Entry>>;

    struct BlockEntry {
        std::uint64_t first;  // the block's first index, beside the pointer so that a search touches no block
        Array* block;
    };
    /// Where an index is, or would be: of which block (0 while there are none), and before which of its entries.
    struct Place {
        std::size_t block = 0;
        std::size_t position = 0;
    };
    struct Large {
        TwoEndedArray<BlockEntry, Allocator<BlockEntry>> blocks;
        std::size_t size = 0;
        Place found{};  // the last place that was searched for: an index is looked up, inserted, and replaced
    };

    template <class T>
    using Owned = Allocated<T, Allocator>;
    template <class T>
    [[nodiscard]] static Owned<T> create() {
        return Owned<T>{create_object<T, Allocator>()};
    }

    static void prefetch_value(const Value& value) noexcept {
        if constexpr (requires { value.prefetch(); }) { value.prefetch(); }
    }

    [[nodiscard]] Array& block_at(const Place& at) noexcept {
        return large_ == nullptr ? small_ : *large_->blocks[at.block].block;
    }
    [[nodiscard]] const Array& block_at(const Place& at) const noexcept {
        return large_ == nullptr ? small_ : *large_->blocks[at.block].block;
    }

    [[nodiscard]] Place place_of(std::uint64_t index) const noexcept {
        if (large_ == nullptr) { return {0, lower_bound(small_, index)}; }
        if (!is_place_of(large_->found, index)) {
            const std::size_t block = block_for(index);
            large_->found = {block, lower_bound_in(block, index)};
        }
        return large_->found;
    }
    /// Whether `at`, which may have been right for another state of the sequence, is the place of `index`.
    [[nodiscard]] bool is_place_of(const Place& at, std::uint64_t index) const noexcept {
        const auto& blocks = large_->blocks;
        if (at.block >= blocks.size() || (at.block != 0 && blocks[at.block].first > index) ||
            (at.block + 1 < blocks.size() && blocks[at.block + 1].first <= index)) {
            return false;
        }
        const Array& block = *blocks[at.block].block;
        return at.position <= block.size() && (at.position == 0 || block[at.position - 1].index < index) &&
               (at.position == block.size() || block[at.position].index >= index);
    }

    [[nodiscard]] static std::size_t lower_bound(const Array& array, std::uint64_t index) noexcept {
        // Arrivals are nearly in order: the end is tried before the search.
        if (array.empty() || array.back().index < index) { return array.size(); }
        return lower_bound(array, index, array.front().index, array.back().index);
    }
    /// `first`, `last`: what the indices of the array are between.
    [[nodiscard]] static std::size_t lower_bound(const Array& array,
                                                 std::uint64_t index,
                                                 std::uint64_t first,
                                                 std::uint64_t last) noexcept {
        if (array.empty()) { return 0; }
        return search_from(array, guess_place(array.size(), first, last, index),
                           [index](const Entry& entry) { return entry.index < index; });
    }
    /// The same in a block; of all but the last one only what is near the place is read.
    [[nodiscard]] std::size_t lower_bound_in(std::size_t block, std::uint64_t index) const noexcept {
        const auto& blocks = large_->blocks;
        const Array& array = *blocks[block].block;
        return block + 1 == blocks.size()
                   ? lower_bound(array, index)
                   : lower_bound(array, index, blocks[block].first, blocks[block + 1].first);
    }

    /// The block in which `index` is, or would be: the last one that starts at or below it, else the first.
    [[nodiscard]] std::size_t block_for(std::uint64_t index) const noexcept {
        const auto& blocks = large_->blocks;
        const std::size_t above =
            search_from(blocks, guess_place(blocks.size(), blocks.front().first, blocks.back().first, index),
                        [index](const BlockEntry& block) { return block.first <= index; });
        return above == 0 ? 0 : above - 1;
    }

    void become_large() {
        Owned<Large> large = create<Large>();
        Owned<Array> block = create<Array>();
        large->blocks.insert(0, BlockEntry{small_.front().index, block.get()});
        large->size = small_.size();
        *block = std::move(small_);
        static_cast<void>(block.release());
        large_ = large.release();
    }

    void insert_large(std::uint64_t index, Value value) {
        auto& blocks = large_->blocks;
        Place at = place_of(index);
        if (blocks[at.block].block->size() >= block_limit) {
            at.block = split(at.block, index);
            at.position = lower_bound_in(at.block, index);
            large_->found = at;
        }
        Array& block = *blocks[at.block].block;
        block.insert(at.position, Entry{index, value});
        blocks[at.block].first = block.front().index;
        ++large_->size;
    }

    /// Makes room for `index` in or beside the full block `at`; returns the block to insert into. An index beyond
    /// either end of the block goes to the neighbour there if that has room, and else into a fresh block between:
    /// monotonous arrivals, wherever they are, fill blocks instead of halving them.
    [[nodiscard]] std::size_t split(std::size_t at, std::uint64_t index) {
        auto& blocks = large_->blocks;
        Array& full = *blocks[at].block;
        const bool before = index < full.front().index;  // only below the first block of all
        const bool after = index > full.back().index;
        if (after && at + 1 < blocks.size() && blocks[at + 1].block->size() < block_limit) { return at + 1; }
        Owned<Array> fresh = create<Array>();
        if (before || after) {
            // Room first: the caller's insert into the listed, still empty block must not fail.
            fresh->reserve_back();
            const std::size_t place = before ? at : at + 1;
            blocks.insert(place, BlockEntry{index, fresh.get()});
            static_cast<void>(fresh.release());
            return place;
        }
        const std::size_t half = full.size() / 2;
        fresh->reserve_back(full.size() - half + 1);
        for (std::size_t i = half; i < full.size(); ++i) { fresh->push_back_reserved(full[i]); }
        const std::uint64_t first = fresh->front().index;
        blocks.insert(at + 1, BlockEntry{first, fresh.get()});
        static_cast<void>(fresh.release());
        full.truncate(half);
        return index < first ? at : at + 1;
    }

    void retire_block(std::size_t at) noexcept {
        destroy_object<Allocator>(large_->blocks[at].block);
        large_->blocks.erase(at);
        if (large_->blocks.empty()) { drop_large(); }
    }

    void drop_large() noexcept {
        if (large_ == nullptr) { return; }
        for (BlockEntry& block : large_->blocks) { destroy_object<Allocator>(block.block); }
        destroy_object<Allocator>(std::exchange(large_, nullptr));
    }

    Array small_;
    Large* large_ = nullptr;
};

}  // namespace core

SHEAF_NAMESPACE_END
