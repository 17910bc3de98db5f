#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/always_inline.hpp>
#include <sheaf/detail/x86_vectors.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>

#if SHEAF_HAS_X86_VECTORS

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// Vectors of integers of one size, as the compilers know them. `Loose` is one at any address, whatever the type of
/// the integers there.
template <class Lane, std::size_t Bytes>
struct VectorOf {
    typedef Lane Type __attribute__((vector_size(Bytes)));
    typedef Lane Loose __attribute__((vector_size(Bytes), aligned(1), may_alias));
};

/// The integer that stands for a key in vectors: of the same size and sign.
template <class Key>
struct LaneOf;
template <class Key>
    requires(sizeof(Key) == 4)
struct LaneOf<Key> {
    using Type = std::conditional_t<std::signed_integral<Key>, std::int32_t, std::uint32_t>;
};
template <class Key>
    requires(sizeof(Key) == 8)
struct LaneOf<Key> {
    using Type = std::conditional_t<std::signed_integral<Key>, std::int64_t, std::uint64_t>;
};

/// Merges two sorted vectors without a branch: of all their lanes the first half comes out in `x`, sorted, the other
/// in `y`. The network is Batcher's bitonic one (K. Batcher, "Sorting networks and their applications", AFIPS 1968),
/// in shuffles that fit the instructions.
///
/// Everything is passed by reference, and becomes a part of a function that has the instructions: without them the
/// compilers make shorter vectors of it, which is how tests run it on any processor.
template <class Lane, std::size_t Bytes, bool Descending>
struct MergeNetwork {
    using Vector = typename VectorOf<Lane, Bytes>::Type;
    static constexpr std::size_t lanes = Bytes / sizeof(Lane);

    SHEAF_ALWAYS_INLINE static void merge(Vector& x, Vector& y) noexcept {
        if constexpr (lanes == 16) {
            y = __builtin_shufflevector(y, y, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
            compare_and_interleave(x, y);
            compare_and_interleave(x, y);
            compare_and_interleave(x, y);
            compare_and_interleave(x, y);
            compare_and_interleave(x, y);
        } else if constexpr (Bytes == 64) {
            y = __builtin_shufflevector(y, y, 7, 6, 5, 4, 3, 2, 1, 0);
            compare_and_interleave(x, y);
            compare_and_interleave(x, y);
            compare_and_interleave(x, y);
            compare_and_interleave(x, y);
        } else {
            merge_within_halves(x, y);
        }
    }

private:
    static_assert((Bytes == 64 && (lanes == 8 || lanes == 16)) || (Bytes == 32 && lanes == 8));

    SHEAF_ALWAYS_INLINE static void compare(Vector& x, Vector& y) noexcept {
        const Vector low = x < y ? x : y;
        const Vector high = x < y ? y : x;
        x = Descending ? high : low;
        y = Descending ? low : high;
    }

    /// A step of the network in its perfect-shuffle form (H. Stone, "Parallel processing with the perfect shuffle",
    /// IEEE Transactions on Computers, 1971): lanes that are half of all apart are compared, and then dealt out like
    /// two halves of a pack of cards. After as many steps as the number of a lane has bits, each is back in its
    /// place. For instructions that shuffle two whole vectors in any way, as AVX-512 has them.
    SHEAF_ALWAYS_INLINE static void compare_and_interleave(Vector& x, Vector& y) noexcept {
        compare(x, y);
        const Vector low = x;
        if constexpr (lanes == 16) {
            x = __builtin_shufflevector(low, y, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
            y = __builtin_shufflevector(low, y, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        } else {
            x = __builtin_shufflevector(low, y, 0, 8, 1, 9, 2, 10, 3, 11);
            y = __builtin_shufflevector(low, y, 4, 12, 5, 13, 6, 14, 7, 15);
        }
    }

    /// For AVX2, whose shuffles stay within halves of a vector but for those that move whole halves: eight lanes,
    /// compared at distances of eight, four, two and one.
    SHEAF_ALWAYS_INLINE static void merge_within_halves(Vector& x, Vector& y) noexcept {
        y = __builtin_shufflevector(y, y, 7, 6, 5, 4, 3, 2, 1, 0);
        compare(x, y);
        Vector p = __builtin_shufflevector(x, y, 0, 1, 2, 3, 8, 9, 10, 11);
        Vector q = __builtin_shufflevector(x, y, 4, 5, 6, 7, 12, 13, 14, 15);
        compare(p, q);
        Vector r = __builtin_shufflevector(p, q, 0, 1, 8, 9, 4, 5, 12, 13);
        Vector s = __builtin_shufflevector(p, q, 2, 3, 10, 11, 6, 7, 14, 15);
        compare(r, s);
        Vector even = __builtin_shufflevector(r, s, 0, 2, 8, 10, 4, 6, 12, 14);
        Vector odd = __builtin_shufflevector(r, s, 1, 3, 9, 11, 5, 7, 13, 15);
        compare(even, odd);
        const Vector low = __builtin_shufflevector(even, odd, 0, 8, 1, 9, 4, 12, 5, 13);
        const Vector high = __builtin_shufflevector(even, odd, 2, 10, 3, 11, 6, 14, 7, 15);
        p = __builtin_shufflevector(low, high, 0, 1, 8, 9, 4, 5, 12, 13);
        q = __builtin_shufflevector(low, high, 2, 3, 10, 11, 6, 7, 14, 15);
        x = __builtin_shufflevector(p, q, 0, 1, 2, 3, 8, 9, 10, 11);
        y = __builtin_shufflevector(p, q, 4, 5, 6, 7, 12, 13, 14, 15);
    }
};

}  // namespace detail

SHEAF_NAMESPACE_END

#endif
