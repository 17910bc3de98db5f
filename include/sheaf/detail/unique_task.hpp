#pragma once

#include <sheaf/config.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// A move-only `void()` of any type (C++20 has no `std::move_only_function`). Callables of up to 64 bytes
/// whose move does not throw live inside the object, others in memory of their own.
///
/// Thread safety: a plain value.
class UniqueTask {
public:
    static constexpr std::size_t inline_size = 64;

    /// Empty.
    UniqueTask() noexcept = default;

    /// Takes `callable` over. Throws: `std::bad_alloc` for a large one, and what its move throws.
    template <class F>
        requires(!std::same_as<std::remove_cvref_t<F>, UniqueTask> && std::invocable<std::decay_t<F>&>)
    explicit UniqueTask(F&& callable) {
        using Callable = std::decay_t<F>;
        if constexpr (fits_inline<Callable>) {
            ::new (static_cast<void*>(storage_)) Callable(std::forward<F>(callable));
            operations_ = &inline_operations<Callable>;
        } else {
            auto owner = std::make_unique<Callable>(std::forward<F>(callable));
            ::new (static_cast<void*>(storage_)) Callable*(owner.release());
            operations_ = &heap_operations<Callable>;
        }
    }

    UniqueTask(UniqueTask&& other) noexcept { take(other); }
    UniqueTask& operator=(UniqueTask&& other) noexcept {
        if (this != &other) {
            reset();
            take(other);
        }
        return *this;
    }
    ~UniqueTask() { reset(); }

    [[nodiscard]] explicit operator bool() const noexcept { return operations_ != nullptr; }

    /// Calls it. Precondition: not empty. A task must not throw: nobody above could take the exception, so it
    /// terminates, as it would leaving a `std::thread`.
    void operator()() noexcept {
        SHEAF_ASSERT(operations_ != nullptr, "sheaf: an empty task was called");
        operations_->call(storage_);
    }

    /// Destroys the callable; the object is empty already while that runs.
    void reset() noexcept {
        if (const Operations* operations = std::exchange(operations_, nullptr)) {
            operations->destroy(storage_);
        }
    }

private:
    struct Operations {
        void (*call)(void* storage);
        /// Moves the callable into raw storage and destroys the source.
        void (*relocate)(void* from, void* to) noexcept;
        void (*destroy)(void* storage) noexcept;
    };

    template <class Callable>
    static constexpr bool fits_inline =
        sizeof(Callable) <= inline_size && alignof(Callable) <= alignof(void*) &&
        std::is_nothrow_move_constructible_v<Callable>;

    template <class T>
    [[nodiscard]] static T& in(void* storage) noexcept {
        return *std::launder(static_cast<T*>(storage));
    }

    template <class Callable>
    static constexpr Operations inline_operations{
        [](void* storage) { static_cast<void>(in<Callable>(storage)()); },
        [](void* from, void* to) noexcept {
            Callable& source = in<Callable>(from);
            ::new (to) Callable(std::move(source));
            source.~Callable();
        },
        [](void* storage) noexcept { in<Callable>(storage).~Callable(); },
    };

    template <class Callable>
    static constexpr Operations heap_operations{
        [](void* storage) { static_cast<void>((*in<Callable*>(storage))()); },
        [](void* from, void* to) noexcept { ::new (to) Callable*(in<Callable*>(from)); },
        [](void* storage) noexcept { std::default_delete<Callable>{}(in<Callable*>(storage)); },
    };

    void take(UniqueTask& other) noexcept {
        if (other.operations_ != nullptr) {
            other.operations_->relocate(other.storage_, storage_);
            operations_ = std::exchange(other.operations_, nullptr);
        }
    }

    alignas(void*) std::byte storage_[inline_size];
    const Operations* operations_ = nullptr;
};

}  // namespace detail

SHEAF_NAMESPACE_END
