#pragma once

#include <sheaf/config.hpp>
#include <sheaf/transform/detail/text_masks.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>

SHEAF_NAMESPACE_BEGIN

namespace detail {

// `NativePopcount` in these functions: whether the path has an instruction for it; without one compilers call a
// function.

template <bool NativePopcount>
SHEAF_ALWAYS_INLINE inline std::uint32_t popcount(std::uint64_t bits) noexcept {
    if constexpr (NativePopcount) {
        return static_cast<std::uint32_t>(std::popcount(bits));
    } else {  // sums in fields of 2, 4 and 8 bits; their sum is the highest byte of the product
        bits -= bits >> 1U & 0x5555555555555555U;
        bits = (bits & 0x3333333333333333U) + (bits >> 2U & 0x3333333333333333U);
        bits = (bits + (bits >> 4U)) & 0x0F0F0F0F0F0F0F0FU;
        return static_cast<std::uint32_t>(bits * 0x0101010101010101U >> 56U);
    }
}

/// What counts, as masks of all bits or none.
struct WordRules {
    WordRules(bool code_points, bool skip_empty) noexcept
        : uncounted_continuations{code_points ? ~std::uint64_t{0} : 0}
        , skipped_spaces{skip_empty ? ~std::uint64_t{0} : 0} {}

    std::uint64_t uncounted_continuations;
    std::uint64_t skipped_spaces;  ///< Of the spaces that follow a space.
};

/// The words of a block of 1 to 64 bytes. Bit i stands for byte i.
struct WordBlock {
    std::uint64_t ends;     ///< Spaces that end a word.
    std::uint64_t counted;  ///< Bytes that count towards the length of their word.

    WordBlock() noexcept {}  // a scan has many, and fills those that it needs
    /// `after_space`: 1 where the block follows a space or begins the text, else 0; becomes that of the next block.
    SHEAF_ALWAYS_INLINE WordBlock(TextMasks masks,
                                  std::size_t size,
                                  const WordRules& rules,
                                  std::uint64_t& after_space) noexcept
        : ends{masks.spaces & ~((masks.spaces << 1U | after_space) & rules.skipped_spaces)}
        , counted{~std::uint64_t{0} >> (text_block_bytes - size) & ~masks.spaces &
                  ~(masks.continuations & rules.uncounted_continuations)} {
        after_space = masks.spaces >> (size - 1);
    }
};

/// Writes the lengths of the words that a block ends, and returns the place after them. `open_length`: of the word that
/// the block continues; becomes that of the word in which it ends.
template <bool NativePopcount>
SHEAF_ALWAYS_INLINE inline std::uint32_t* write_lengths(const WordBlock& block,
                                                        std::uint32_t* lengths,
                                                        std::uint32_t& open_length) noexcept {
    std::uint64_t ends = block.ends;
    const std::uint64_t counted = block.counted;
    if (ends == 0) {
        open_length += popcount<NativePopcount>(counted);
        return lengths;
    }
    // Where a word starts, seen from this block: before it, if the word was open; 32 bits wrap.
    std::uint32_t start = 0U - open_length;
    const std::uint64_t used = ends | counted;
    if (!NativePopcount && (used & (used + 1)) == 0) {
        // No byte between is left out, which is the rule: distances, where to count bits takes long.
        do {
            const auto end = static_cast<std::uint32_t>(std::countr_zero(ends));
            *lengths++ = end - start;
            start = end + 1;
            ends &= ends - 1;
        } while (ends != 0);
        open_length = static_cast<std::uint32_t>(std::bit_width(used)) - start;
    } else {
        do {
            const std::uint64_t up_to_end = ends ^ (ends - 1);  // the space at the end is not counted
            const std::uint32_t end = popcount<NativePopcount>(counted & up_to_end);
            *lengths++ = end - start;
            start = end;
            ends &= ends - 1;
        } while (ends != 0);
        open_length = popcount<NativePopcount>(counted) - start;
    }
    return lengths;
}

}  // namespace detail

SHEAF_NAMESPACE_END
