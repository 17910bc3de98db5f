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

/// The link of an item that can be used again.
template <class T>
[[nodiscard]] T*& spare_link(T& item) noexcept {
    return item.next;
}
template <class Traits, class Chunk>
[[nodiscard]] Resource<Traits, Chunk>*& spare_link(Resource<Traits, Chunk>& resource) noexcept {
    return resource.younger;  // it is in neither of the engine's lists
}

/// A list of resources linked through `older` and `younger`.
template <class R>
class ResourceList {
public:
    [[nodiscard]] bool empty() const noexcept { return oldest_ == nullptr; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] R* oldest() const noexcept { return oldest_; }

    void append(R& resource) noexcept {
        resource.older = youngest_;
        resource.younger = nullptr;
        (youngest_ == nullptr ? oldest_ : youngest_->younger) = &resource;
        youngest_ = &resource;
        ++size_;
    }
    void remove(R& resource) noexcept {
        (resource.older == nullptr ? oldest_ : resource.older->younger) = resource.younger;
        (resource.younger == nullptr ? youngest_ : resource.younger->older) = resource.older;
        --size_;
    }

private:
    R* oldest_ = nullptr;
    R* youngest_ = nullptr;
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
        spare_link(item) = std::exchange(top_, &item);
        ++size_;
    }
    /// The last one, or null.
    [[nodiscard]] T* pop() noexcept {
        T* const item = top_;
        if (item != nullptr) {
            top_ = spare_link(*item);
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
