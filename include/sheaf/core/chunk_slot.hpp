#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/prefetch.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace core {

/// Memory of a recycled object that is kept for the next use; more goes back to the allocator.
inline constexpr std::size_t kept_bytes = 4096;

/// A container that can be emptied without losing its memory.
template <class T>
concept Reusable = requires(T& value) {
    value.clear();
    { value.capacity() * sizeof(*value.data()) } -> std::convertible_to<std::size_t>;
};

/// The bytes of memory of a container.
template <Reusable T>
[[nodiscard]] std::size_t held_bytes(const T& value) noexcept {
    return value.capacity() * sizeof(*value.data());
}

/// Empties a container, and keeps its memory if that is little.
template <Reusable T>
void empty_for_reuse(T& value) noexcept {
    if (held_bytes(value) > kept_bytes) { static_cast<void>(T{std::move(value)}); }
    value.clear();
}

/// Asks for the memory where the next element of a container will be.
template <class T>
void prefetch_end(const T& value) noexcept {
    if constexpr (Reusable<T>) { detail::prefetch(value.data() + value.size()); }
}

/// The chunk of a packet, if there is one. Like `std::optional`, but an absent chunk may keep its memory, which a
/// transform that fills a given chunk can write to.
template <class Chunk>
class ChunkSlot {
public:
    [[nodiscard]] bool has_value() const noexcept { return is_set_; }
    /// Precondition of both: has a value.
    [[nodiscard]] Chunk& operator*() noexcept { return *chunk_; }
    [[nodiscard]] const Chunk& operator*() const noexcept { return *chunk_; }

    void emplace(Chunk&& chunk) noexcept {
        chunk_.emplace(std::move(chunk));
        is_set_ = true;
    }

    /// Takes the chunk over; what is left in it is memory of a former one, or unspecified.
    void take(Chunk& chunk) noexcept {
        if constexpr (std::is_nothrow_swappable_v<Chunk>) {
            if (chunk_.has_value()) {
                using std::swap;
                swap(*chunk_, chunk);
                is_set_ = true;
                return;
            }
        }
        emplace(std::move(chunk));
    }

    /// What may be filled before `set` makes it the value. Its content is unspecified.
    [[nodiscard]] Chunk& storage() noexcept {
        if (!chunk_.has_value()) { chunk_.emplace(); }
        return *chunk_;
    }
    void set() noexcept { is_set_ = true; }

    /// Makes it absent.
    void reset() noexcept {
        is_set_ = false;
        if constexpr (Reusable<Chunk>) {
            // Elements that own nothing may as well stay, to be written over.
            const bool owns_nothing =
                std::is_trivially_destructible_v<std::remove_cvref_t<decltype(*chunk_->data())>>;
            const bool is_little = chunk_.has_value() && held_bytes(*chunk_) <= kept_bytes;
            if (chunk_.has_value() && !(is_little && owns_nothing)) { empty_for_reuse(*chunk_); }
        } else {
            chunk_.reset();
        }
    }

private:
    std::optional<Chunk> chunk_;
    bool is_set_ = false;
};

}  // namespace core

SHEAF_NAMESPACE_END
