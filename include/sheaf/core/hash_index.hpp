#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/prefetch.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// An open-addressing table from a hash to a non-zero handle. It holds no keys: `find` asks the caller whether a handle
/// with the right hash is the one that is meant. A slot is two words of 32 bits; of hashes the low half counts. Linear
/// probing, at most 7/8 full, deletion by shifting back, so that no deleted marks pile up.
///
/// Throws: only `reserve_one`, `std::bad_alloc`; the table is unchanged then.
/// Complexity: O(1) expected for hashes that nobody can choose.
template <template <class> class Allocator = std::allocator>
class HashIndex {
public:
    using Handle = std::uint32_t;

    struct Slot {
        std::uint32_t hash = 0;
        Handle handle = 0;  // 0: free
    };

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// The slot with that hash for whose handle `matches(handle)` is true, or null. Valid until the next change.
    template <class Matches>
    [[nodiscard]] Slot* find(std::uint64_t hash, Matches&& matches) noexcept {
        if (size_ == 0) { return nullptr; }
        for (std::size_t at = hash & mask_;; at = (at + 1) & mask_) {
            Slot& slot = slots_[at];
            if (slot.handle == 0) { return nullptr; }
            if (slot.hash == static_cast<std::uint32_t>(hash) && matches(slot.handle)) { return &slot; }
        }
    }

    /// Asks for the memory where `find` will begin to look.
    void prefetch(std::uint64_t hash) const noexcept {
        if (size_ != 0) { detail::prefetch(slots_.data() + (hash & mask_)); }
    }

    /// Makes sure that the next `insert` needs no memory.
    void reserve_one() {
        if ((size_ + 1) * 8 > slots_.size() * 7) { grow(); }
    }

    /// Precondition: room is reserved, and no slot matches.
    void insert(std::uint64_t hash, Handle handle) noexcept {
        place(static_cast<std::uint32_t>(hash), handle);
        ++size_;
    }

    /// Frees a slot that `find` returned.
    void erase(Slot* slot) noexcept {
        std::size_t hole = static_cast<std::size_t>(slot - slots_.data());
        for (std::size_t at = (hole + 1) & mask_; slots_[at].handle != 0; at = (at + 1) & mask_) {
            // A slot may fill the hole if its home is not between the hole and itself (cyclically).
            if (((at - static_cast<std::size_t>(slots_[at].hash)) & mask_) >= ((at - hole) & mask_)) {
                slots_[hole] = slots_[at];
                hole = at;
            }
        }
        slots_[hole].handle = 0;
        --size_;
    }

private:
    void place(std::uint32_t hash, Handle handle) noexcept {
        std::size_t at = hash & mask_;
        while (slots_[at].handle != 0) { at = (at + 1) & mask_; }
        slots_[at] = Slot{hash, handle};
    }

    void grow() {
        std::vector<Slot, Allocator<Slot>> old(slots_.empty() ? 8 : slots_.size() * 2);
        old.swap(slots_);
        mask_ = slots_.size() - 1;
        for (const Slot& slot : old) {
            if (slot.handle != 0) { place(slot.hash, slot.handle); }
        }
    }

    std::vector<Slot, Allocator<Slot>> slots_;
    std::size_t mask_ = 0;
    std::size_t size_ = 0;
};

}  // namespace core

SHEAF_NAMESPACE_END
