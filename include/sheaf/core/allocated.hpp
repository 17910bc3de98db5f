#pragma once

#include <sheaf/config.hpp>

#include <memory>
#include <new>
#include <type_traits>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// `new T{arguments...}` in memory of an `Allocator<T>`. Throws: `std::bad_alloc`.
template <class T, template <class> class Allocator, class... Arguments>
    requires std::is_nothrow_constructible_v<T, Arguments...>
[[nodiscard]] T* create_object(Arguments&&... arguments) {
    Allocator<T> allocator;
    T* const memory = std::allocator_traits<Allocator<T>>::allocate(allocator, 1);
    return ::new (static_cast<void*>(memory)) T{std::forward<Arguments>(arguments)...};
}

/// The counterpart of `create_object`.
template <template <class> class Allocator, class T>
void destroy_object(T* object) noexcept {
    Allocator<T> allocator;
    object->~T();
    std::allocator_traits<Allocator<T>>::deallocate(allocator, object, 1);
}

template <template <class> class Allocator>
struct ObjectDeleter {
    template <class T>
    void operator()(T* object) const noexcept {
        destroy_object<Allocator>(object);
    }
};

/// Owns an object of `create_object`.
template <class T, template <class> class Allocator>
using Allocated = std::unique_ptr<T, ObjectDeleter<Allocator>>;

}  // namespace core

SHEAF_NAMESPACE_END
