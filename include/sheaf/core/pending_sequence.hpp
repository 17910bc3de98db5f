#pragma once

#include <sheaf/config.hpp>
#include <sheaf/core/allocated.hpp>
#include <sheaf/core/two_ended_array.hpp>

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
/// `Value` is a pointer or like one; null means "absent". Indices are compared, never used as offsets: their values and the
/// width of gaps cost nothing.
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
        const Array* block = &small_;
        if (large_ != nullptr) { block = large_->blocks[block_for(index)].block; }
        const std::size_t position = lower_bound(*block, index);
        return position < block->size() && (*block)[position].index == index ? (*block)[position].value
                                                                             : Value{};
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
        Array& block = large_ == nullptr ? small_ : *large_->blocks[block_for(index)].block;
        block[lower_bound(block, index)].value = value;
    }

    /// Precondition: `index` is in the sequence.
    void erase(std::uint64_t index) noexcept {
        if (large_ == nullptr) {
            small_.erase(lower_bound(small_, index));
            return;
        }
        const std::size_t at = block_for(index);
        BlockEntry& entry = large_->blocks[at];
        entry.block->erase(lower_bound(*entry.block, index));
        --large_->size;
        if (entry.block->empty()) {
            retire_block(at);
        } else {
            entry.first = entry.block->front().index;
        }
    }

    /// The first index at or above `from` that is not in the sequence. O(log n + entries passed).
    [[nodiscard]] std::uint64_t first_absent(std::uint64_t from) const noexcept {
        if (empty()) { return from; }
        std::size_t at = large_ == nullptr ? 0 : block_for(from);
        const Array* block = large_ == nullptr ? &small_ : large_->blocks[at].block;
        std::size_t position = lower_bound(*block, from);
        for (;;) {
            for (; position < block->size(); ++position, ++from) {
                if ((*block)[position].index != from) { return from; }
            }
            if (large_ == nullptr || ++at == large_->blocks.size()) { return from; }
            block = large_->blocks[at].block;
            position = 0;
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
    struct Large {
        TwoEndedArray<BlockEntry, Allocator<BlockEntry>> blocks;
        std::size_t size = 0;
    };

    template <class T>
    using Owned = Allocated<T, Allocator>;
    template <class T>
    [[nodiscard]] static Owned<T> create() {
        return Owned<T>{create_object<T, Allocator>()};
    }

    [[nodiscard]] static std::size_t lower_bound(const Array& array, std::uint64_t index) noexcept {
        // Arrivals are nearly in order: the end is tried before the search.
        if (array.empty() || array.back().index < index) { return array.size(); }
        return search(
            array, index, [](const Entry& entry) { return entry.index; },
            [index](std::uint64_t other) { return other < index; });
    }

    /// How many of the ascending keys stand before the place of `index`. Precondition: not empty. As a rule the indices
    /// are spread evenly, so the search begins where `index` would be then, and goes on in steps of 1, 2, 4 and so on:
    /// of a million packets in random order that touches one cache line or two, where halving touches a line with
    /// nearly every step. O(log n), whatever the indices.
    template <class Sorted, class KeyOf, class IsBefore>
    [[nodiscard]] static std::size_t search(const Sorted& sorted,
                                            std::uint64_t index,
                                            KeyOf key_of,
                                            IsBefore is_before) noexcept {
        const std::size_t count = sorted.size();
        const std::uint64_t first = key_of(sorted.front());
        const std::uint64_t width = key_of(sorted.back()) - first;
        const std::uint64_t offset = index > first ? (std::min)(index - first, width) : 0;
        const auto guess =
            width == 0 ? std::size_t{0}
                       : (std::min)(count - 1, static_cast<std::size_t>(static_cast<double>(offset) /
                                                                        static_cast<double>(width) *
                                                                        static_cast<double>(count - 1)));
        // All below `low` are before the place, none from `high` on is.
        std::size_t low = 0;
        std::size_t high = count;
        if (is_before(key_of(sorted[guess]))) {
            low = guess + 1;
            for (std::size_t step = 1; guess + step < count; step *= 2) {
                if (!is_before(key_of(sorted[guess + step]))) {
                    high = guess + step;
                    break;
                }
                low = guess + step + 1;
            }
        } else {
            high = guess;
            for (std::size_t step = 1; step <= guess; step *= 2) {
                if (is_before(key_of(sorted[guess - step]))) {
                    low = guess - step + 1;
                    break;
                }
                high = guess - step;
            }
        }
        while (low < high) {
            const std::size_t middle = low + (high - low) / 2;
            if (is_before(key_of(sorted[middle]))) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /// The block in which `index` is, or would be: the last one that starts at or below it, else the first.
    [[nodiscard]] std::size_t block_for(std::uint64_t index) const noexcept {
        const std::size_t above = search(
            large_->blocks, index, [](const BlockEntry& block) { return block.first; },
            [index](std::uint64_t first) { return first <= index; });
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
        std::size_t at = block_for(index);
        if (blocks[at].block->size() >= block_limit) { at = split(at, index); }
        Array& block = *blocks[at].block;
        block.insert(lower_bound(block, index), Entry{index, value});
        blocks[at].first = block.front().index;
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
