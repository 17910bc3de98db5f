#pragma once

#include <sheaf/config.hpp>
#include <sheaf/core/resource.hpp>

#include <cstddef>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// The link of an item in a work list.
template <class T>
[[nodiscard]] T*& work_link(T& item) noexcept {
    return item.next;
}
template <class Traits, class Chunk>
[[nodiscard]] Resource<Traits, Chunk>*& work_link(Resource<Traits, Chunk>& resource) noexcept {
    return resource.activity->next_resource;  // one that has ended is active
}

/// A list of resources of one slab, linked through `older` and `younger`.
template <class R, class ResourceSlab>
class ResourceList {
public:
    /// `slab` outlives the list.
    explicit ResourceList(const ResourceSlab& slab) noexcept
        : slab_{slab} {}

    [[nodiscard]] bool empty() const noexcept { return oldest_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Null where there is none; so with `younger_than`.
    [[nodiscard]] R* oldest() const noexcept { return at(oldest_); }
    [[nodiscard]] R* younger_than(const R& resource) const noexcept { return at(resource.younger); }

    void append(R& resource) noexcept {
        const Handle handle = std::exchange(resource.younger, Handle{0});
        resource.older = youngest_;
        (youngest_ == 0 ? oldest_ : slab_[youngest_].younger) = handle;
        youngest_ = handle;
        ++size_;
    }
    void remove(R& resource) noexcept {
        Handle& link_from_older = resource.older == 0 ? oldest_ : slab_[resource.older].younger;
        const Handle handle = std::exchange(link_from_older, resource.younger);
        (resource.younger == 0 ? youngest_ : slab_[resource.younger].older) = resource.older;
        resource.younger = handle;
        --size_;
    }

private:
    using Handle = typename R::Handle;

    [[nodiscard]] R* at(Handle handle) const noexcept { return handle == 0 ? nullptr : &slab_[handle]; }

    const ResourceSlab& slab_;
    Handle oldest_ = 0;
    Handle youngest_ = 0;
    std::size_t size_ = 0;
};

/// An intrusive queue of nodes or resources, linked through `next`: handing work out of the engine needs no memory.
template <class T>
class WorkList {
public:
    WorkList() noexcept = default;
    WorkList(WorkList&& other) noexcept
        : first_{std::exchange(other.first_, nullptr)}
        , last_{std::exchange(other.last_, nullptr)} {}
    WorkList& operator=(WorkList&&) = delete;

    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
    void push(T& item) noexcept {
        work_link(item) = nullptr;
        (first_ == nullptr ? first_ : work_link(*last_)) = &item;
        last_ = &item;
    }
    /// The oldest item, or null.
    [[nodiscard]] T* pop() noexcept {
        T* const item = first_;
        if (item != nullptr) { first_ = std::exchange(work_link(*item), nullptr); }
        return item;
    }

private:
    T* first_ = nullptr;
    T* last_ = nullptr;
};

/// A stack of objects to be used again, linked through `next`: the one that left last has its memory in the cache.
template <class T>
class RecyclingList {
public:
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    void push(T& item) noexcept {
        item.next = std::exchange(top_, &item);
        ++size_;
    }
    /// The last one, or null.
    [[nodiscard]] T* pop() noexcept {
        T* const item = top_;
        if (item != nullptr) {
            top_ = item->next;
            --size_;
        }
        return item;
    }

private:
    T* top_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace core

SHEAF_NAMESPACE_END
