#pragma once

#include <sheaf/config.hpp>
#include <sheaf/core/allocated.hpp>
#include <sheaf/detail/prefetch.hpp>
#include <sheaf/detail/throw.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// Objects that stay where they are, in blocks of 32: each takes little more than its own size and is named by a handle
/// of 32 bits. A block in which there is nothing goes back to the allocator, unless no other one has room just then.
///
/// Throws: only `create`. Complexity: O(1), but for the allocations.
template <class T, template <class> class Allocator = std::allocator>
class Slab {
public:
    using Handle = std::uint32_t;
    static constexpr Handle none = 0;              ///< Names nothing.
    static constexpr std::size_t block_size = 32;  ///< One bit of a word each.

    Slab() noexcept = default;
    Slab(const Slab&) = delete;
    Slab& operator=(const Slab&) = delete;
    /// Precondition: every object has been destroyed.
    ~Slab() {
        while (with_room_ != nullptr) {
            Block* const block = with_room_;
            unlist(*block);
            destroy_object<Allocator>(block);
        }
    }

    /// Makes `T{handle, arguments...}`. Throws: `std::bad_alloc`, what the constructor throws; nothing is made then.
    template <class... Arguments>
    [[nodiscard]] T& create(Arguments&&... arguments) {
        if (with_room_ == nullptr) { add_block(); }
        Block& block = *with_room_;
        const auto place = static_cast<std::uint32_t>(std::countr_zero(block.free));
        const Handle handle = static_cast<Handle>(block.number * block_size) + place + 1;
        T* const made =
            ::new (static_cast<void*>(block.address(place))) T{handle, std::forward<Arguments>(arguments)...};
        block.free &= block.free - 1;
        if (block.free == 0) { unlist(block); }
        return *made;
    }

    void destroy(Handle handle) noexcept {
        Block& block = *blocks_[(handle - 1) / block_size].block;
        const std::size_t place = (handle - 1) % block_size;
        std::destroy_at(block.object(place));
        if (block.free == 0) { list(block); }
        block.free |= std::uint32_t{1} << place;
        if (block.free == all_free && (block.next != nullptr || block.previous != nullptr)) {
            unlist(block);
            blocks_[block.number].next_absent = std::exchange(first_absent_, block.number + 1);
            destroy_object<Allocator>(&block);
        }
    }

    /// Precondition: the handle of an object.
    [[nodiscard]] T& operator[](Handle handle) const noexcept {
        return *blocks_[(handle - 1) / block_size].block->object((handle - 1) % block_size);
    }

    /// Asks for the memory of the next object.
    void prefetch_next() const noexcept {
        if (with_room_ == nullptr) { return; }
        const auto place = static_cast<std::size_t>(std::countr_zero(with_room_->free));
        detail::prefetch(with_room_->address(place), 1 + sizeof(T) / 64);
    }

private:
    static constexpr std::uint32_t all_free = ~std::uint32_t{0};
    static constexpr std::size_t most_blocks = ~Handle{0} / block_size;

    struct Block {
        std::uint32_t free = all_free;  // bit i: there is no object at place i
        std::uint32_t number = 0;
        Block* next = nullptr;  // neighbours among those with room
        Block* previous = nullptr;
        alignas(T) std::byte memory[block_size * sizeof(T)];

        Block() noexcept {}  // leaves the memory alone
        [[nodiscard]] std::byte* address(std::size_t place) noexcept { return memory + place * sizeof(T); }
        [[nodiscard]] T* object(std::size_t place) noexcept {
            return std::launder(reinterpret_cast<T*>(address(place)));
        }
    };
    union Entry {
        Block* block;
        std::uint32_t next_absent;  // of those numbers that have no block: the next one plus 1, or 0
    };

    void add_block() {
        if (first_absent_ == 0) {
            if (blocks_.size() == most_blocks) { detail::throw_bad_alloc(); }  // not covered: 380 GB
            blocks_.push_back(Entry{.next_absent = 0});
            first_absent_ = static_cast<std::uint32_t>(blocks_.size());
        }
        Block& block = *create_object<Block, Allocator>();
        block.number = first_absent_ - 1;
        first_absent_ = blocks_[block.number].next_absent;
        blocks_[block.number].block = &block;
        list(block);
    }

    void list(Block& block) noexcept {
        block.previous = nullptr;
        block.next = std::exchange(with_room_, &block);
        if (block.next != nullptr) { block.next->previous = &block; }
    }
    void unlist(Block& block) noexcept {
        (block.previous == nullptr ? with_room_ : block.previous->next) = block.next;
        if (block.next != nullptr) { block.next->previous = block.previous; }
        block.next = nullptr;
        block.previous = nullptr;
    }

    std::vector<Entry, Allocator<Entry>> blocks_;  // by number
    std::uint32_t first_absent_ = 0;
    Block* with_room_ = nullptr;
};

}  // namespace core

SHEAF_NAMESPACE_END
