#pragma once

#include <sheaf/config.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <ranges>
#include <span>
#include <type_traits>
#include <utility>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// A container to whose end a range can be moved. (Asked with move iterators: whether the elements can be
/// copied is another question.)
template <class C>
concept EndInsertable =
    std::default_initializable<C> && std::movable<C> && std::ranges::forward_range<C> &&
    requires(C& target, std::ranges::iterator_t<C> first) {
        target.insert(target.end(), std::make_move_iterator(first), std::make_move_iterator(first));
    };

/// A container to whose end a range can be added so that nothing but the allocation can fail, and the
/// allocation can be made first: the vector-like ones, whose elements move without throwing.
///
/// An element whose move may throw halfway would leave the target with some elements of the chunk and the
/// chunk without them; such containers are never appended to in place, only copied together in `finish`.
template <class C>
concept ReservingContainer =
    EndInsertable<C> && std::ranges::contiguous_range<C> && std::is_nothrow_move_constructible_v<C> &&
    std::is_nothrow_move_assignable_v<C> &&
    std::is_nothrow_move_constructible_v<std::ranges::range_value_t<C>> &&
    requires(C& target, std::size_t n) {
        target.reserve(n);
        { target.capacity() } -> std::convertible_to<std::size_t>;
        { target.size() } -> std::convertible_to<std::size_t>;
    };

/// Moves the elements of `chunk` to the end of `target`, which has the capacity for them, and releases the
/// memory of `chunk`. Does not throw.
template <ReservingContainer C>
void move_to_end(C& target, C& chunk) {
    // The move construction takes the buffer away from `chunk`; an assignment of an empty container need not
    // (a short string copies its characters and keeps the old buffer).
    C taken{std::move(chunk)};
    auto* const first = std::ranges::data(taken);
    auto* const last = first + std::ranges::size(taken);
    if constexpr (std::is_trivially_copyable_v<std::ranges::range_value_t<C>>) {
        target.insert(target.end(), std::as_const(first), std::as_const(last));
    } else {
        target.insert(target.end(), std::make_move_iterator(first), std::make_move_iterator(last));
    }
}

}  // namespace detail

/// A chunk that `Concatenate` can take: a container with `insert(end, first, last)` whose elements either can
/// be copied or (in a vector-like container) move without throwing.
template <class Chunk>
concept Concatenable =
    detail::EndInsertable<Chunk> &&
    (detail::ReservingContainer<Chunk> ||
     (std::copy_constructible<Chunk> && std::copy_constructible<std::ranges::range_value_t<Chunk>>));

/// Collation (the default): the output is one container with the elements of all chunks in index order.
/// Chunks join it as soon as they follow the prefix, so the end of a resource costs no more than its last
/// chunk.
///
/// Thread safety: static functions without state; distinct arguments may be used concurrently.
struct Concatenate {
    /// What the chunks are appended to, one after the other.
    template <class Chunk>
    using prefix_type = Chunk;
    /// A container of the same type as the chunks.
    template <class Chunk>
    using output_type = Chunk;

    /// Takes `chunk`, the next one in index order, into `prefix` and returns true; what is left in it then is
    /// unspecified, but owns nothing beyond its own memory. Returns false with both as they were where memory is short,
    /// and always for containers that are not vector-like or whose elements may throw when moved.
    ///
    /// Runs under the stripe's lock. Moves elements and allocates; calls nothing else of the element type.
    ///
    /// Complexity: amortised linear in the size of `chunk`; a first chunk without spare room is taken over in constant
    /// time, if `prefix` has no memory for it.
    template <Concatenable Chunk>
    [[nodiscard]] static bool append(Chunk& prefix, Chunk& chunk) noexcept {
        if constexpr (detail::ReservingContainer<Chunk>) {
            constexpr bool copies = std::is_trivially_copyable_v<std::ranges::range_value_t<Chunk>>;
            const std::size_t held = std::ranges::size(prefix);
            const std::size_t more = std::ranges::size(chunk);
            if (held == 0 && (!copies || (prefix.capacity() < more && chunk.capacity() <= more + more / 4))) {
                // By construction, not by assignment, for the reason given in move_to_end.
                Chunk first{std::move(chunk)};
                prefix = std::move(first);
                return true;
            }
            SHEAF_TRY {
                grow(prefix, held, more);
                if constexpr (copies) {
                    const auto* const first = std::ranges::data(std::as_const(chunk));
                    prefix.insert(prefix.end(), first, first + more);
                } else {
                    detail::move_to_end(prefix, chunk);
                }
                return true;
            }
            SHEAF_CATCH_ALL { return false; }
        } else {
            return false;
        }
    }

    /// The output: `prefix` followed by the elements of `chunks`. Prefix and chunks are left in a
    /// moved-from state.
    ///
    /// Runs under no lock. Throws: `std::bad_alloc`, `std::length_error`, and what copying an element throws
    /// (only where elements cannot be moved without throwing). If it throws, `prefix` and `chunks` hold what
    /// they held before.
    ///
    /// Complexity: linear in the sizes of `chunks`, and in that of `prefix` where it has to grow (or the
    /// container is not vector-like); at most one allocation for vector-like containers.
    template <Concatenable Chunk>
    [[nodiscard]] static Chunk finish(Chunk& prefix, std::span<Chunk> chunks) {
        if constexpr (detail::ReservingContainer<Chunk>) {
            if (std::ranges::empty(prefix) && chunks.size() == 1) { return std::move(chunks.front()); }
            std::size_t total = std::ranges::size(prefix);
            for (const Chunk& chunk : chunks) { total += std::ranges::size(chunk); }
            if (total > prefix.capacity()) {
                prefix.reserve(total);  // all that can throw, and it has no effect then
            }
            for (Chunk& chunk : chunks) { detail::move_to_end(prefix, chunk); }
            return std::move(prefix);
        } else {
            // Copies, because a throw halfway through moving would have taken the chunks apart.
            Chunk output(std::as_const(prefix));
            for (const Chunk& chunk : chunks) {
                output.insert(output.end(), std::ranges::begin(chunk), std::ranges::end(chunk));
            }
            return output;
        }
    }

private:
    /// Makes room for `more` elements behind the `held` ones; doubles, so that appending is amortised linear
    /// whatever the container's own `reserve` rounds to.
    template <class Chunk>
    static void grow(Chunk& prefix, std::size_t held, std::size_t more) {
        const std::size_t capacity = prefix.capacity();
        if (more > capacity - held) { prefix.reserve((std::max)(held + more, 2 * capacity)); }
    }
};

SHEAF_NAMESPACE_END
