#pragma once

#include <sheaf/config.hpp>
#include <sheaf/transform/detail/text_masks.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// Measures the words of a text chunk by chunk: `read` says how many end in a chunk, `write` how long they are, so that
/// room for exactly so many can be made in between. The word that the text ends in is `open_length()` long.
class WordScan {
public:
    static constexpr std::size_t chunk_bytes = 1024;

    WordScan(TextPath path, bool code_points, bool skip_empty) noexcept
        : uncounted_continuations_{code_points ? ~std::uint64_t{0} : 0}
        , skipped_spaces_{skip_empty ? ~std::uint64_t{0} : 0}
        , path_{path} {}

    /// Reads the next chunk, of at most `chunk_bytes`; returns how many words end at its spaces.
    [[nodiscard]] std::size_t read(std::span<const std::byte> chunk) noexcept {
#if SHEAF_HAS_X86_VECTORS
        if (path_ == TextPath::avx2) { return read_avx2(chunk); }
        if (path_ == TextPath::sse2) { return read_sse2(chunk); }
#endif
        return read_portable(chunk);
    }

    /// Writes the lengths of the words that the chunk just read ends.
    void write(std::uint32_t* lengths) noexcept {
#if SHEAF_HAS_X86_VECTORS
        if (path_ == TextPath::avx2) { return write_avx2(lengths); }
#endif
        write_blocks<false>(lengths);
    }

    /// Whether a word ends where the text does.
    [[nodiscard]] bool has_open_word() const noexcept { return (skipped_spaces_ & after_space_) == 0; }
    [[nodiscard]] std::uint32_t open_length() const noexcept { return open_length_; }

private:
    /// Bit i stands for byte i of a block.
    struct Block {
        std::uint64_t ends;     ///< Spaces that end a word.
        std::uint64_t counted;  ///< Bytes that count towards the length of their word.
    };

    // Each path is a function of its own; what they share becomes a part of them. `NativePopcount`: whether the path
    // has an instruction for it; without one compilers call a function.

    std::size_t read_portable(std::span<const std::byte> chunk) noexcept {
        std::size_t count = 0;
        for (block_count_ = 0; chunk.size() > text_block_bytes; chunk = chunk.subspan(text_block_bytes)) {
            count += add_block<false>(masks_portable(chunk.data(), text_block_bytes), text_block_bytes);
        }
        if (!chunk.empty()) {
            count += add_block<false>(masks_portable(chunk.data(), chunk.size()), chunk.size());
        }
        return count;
    }

#if SHEAF_HAS_X86_VECTORS
    std::size_t read_sse2(std::span<const std::byte> chunk) noexcept {
        std::size_t count = 0;
        for (block_count_ = 0; chunk.size() > text_block_bytes; chunk = chunk.subspan(text_block_bytes)) {
            count += add_block<false>(masks_sse2(chunk.data(), text_block_bytes), text_block_bytes);
        }
        if (!chunk.empty()) {
            count += add_block<false>(masks_sse2(chunk.data(), chunk.size()), chunk.size());
        }
        return count;
    }

    SHEAF_TARGET_AVX2 std::size_t read_avx2(std::span<const std::byte> chunk) noexcept {
        std::size_t count = 0;
        for (block_count_ = 0; chunk.size() > text_block_bytes; chunk = chunk.subspan(text_block_bytes)) {
            count += add_block<true>(masks_avx2(chunk.data(), text_block_bytes), text_block_bytes);
        }
        if (!chunk.empty()) {
            count += add_block<true>(masks_avx2(chunk.data(), chunk.size()), chunk.size());
        }
        return count;
    }

    SHEAF_TARGET_AVX2 void write_avx2(std::uint32_t* lengths) noexcept { write_blocks<true>(lengths); }
#endif

    template <bool NativePopcount>
    SHEAF_ALWAYS_INLINE std::size_t add_block(TextMasks masks, std::size_t size) noexcept {
        const std::uint64_t valid = ~std::uint64_t{0} >> (text_block_bytes - size);
        const std::uint64_t after_spaces = masks.spaces << 1U | after_space_;
        const std::uint64_t ends = masks.spaces & ~(after_spaces & skipped_spaces_);
        blocks_[block_count_++] = {
            .ends = ends,
            .counted = valid & ~masks.spaces & ~(masks.continuations & uncounted_continuations_),
        };
        after_space_ = masks.spaces >> (size - 1);
        return popcount<NativePopcount>(ends);
    }

    template <bool NativePopcount>
    SHEAF_ALWAYS_INLINE void write_blocks(std::uint32_t* lengths) noexcept {
        std::uint32_t open_length = open_length_;
        for (std::size_t i = 0; i < block_count_; ++i) {
            std::uint64_t ends = blocks_[i].ends;
            const std::uint64_t counted = blocks_[i].counted;
            if (ends == 0) {
                open_length += popcount<NativePopcount>(counted);
                continue;
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
                    const std::uint64_t before_end = ~ends & (ends - 1);
                    const std::uint32_t end = popcount<NativePopcount>(counted & before_end);
                    *lengths++ = end - start;
                    start = end;
                    ends &= ends - 1;
                } while (ends != 0);
                open_length = popcount<NativePopcount>(counted) - start;
            }
        }
        open_length_ = open_length;
    }

    template <bool NativePopcount>
    SHEAF_ALWAYS_INLINE static std::uint32_t popcount(std::uint64_t bits) noexcept {
        if constexpr (NativePopcount) {
            return static_cast<std::uint32_t>(std::popcount(bits));
        } else {  // sums in fields of 2, 4 and 8 bits; their sum is the highest byte of the product
            bits -= bits >> 1U & 0x5555555555555555U;
            bits = (bits & 0x3333333333333333U) + (bits >> 2U & 0x3333333333333333U);
            bits = (bits + (bits >> 4U)) & 0x0F0F0F0F0F0F0F0FU;
            return static_cast<std::uint32_t>(bits * 0x0101010101010101U >> 56U);
        }
    }

    std::uint64_t uncounted_continuations_;  ///< All bits or none.
    std::uint64_t skipped_spaces_;   ///< All bits or none: of the spaces that follow a space, or nothing.
    std::uint64_t after_space_ = 1;  ///< 1 after a space and at the beginning.
    std::size_t block_count_ = 0;
    Block blocks_[chunk_bytes /
                  text_block_bytes];  // not initialised, which would cost more than to read a short payload
    std::uint32_t open_length_ = 0;
    TextPath path_;
};

[[nodiscard]] inline std::span<const std::byte> take_chunk(std::span<const std::byte>& text) noexcept {
    const auto chunk = text.first((std::min)(text.size(), WordScan::chunk_bytes));
    text = text.subspan(chunk.size());
    return chunk;
}

/// How many words end in the rest of a text, of which `scan` has read what comes before.
[[nodiscard]] inline std::size_t count_words(WordScan scan, std::span<const std::byte> rest) noexcept {
    std::size_t count = 0;
    while (!rest.empty()) { count += scan.read(take_chunk(rest)); }
    return scan.has_open_word() ? count + 1 : count;
}

/// Replaces what `lengths` holds by the lengths of the words of `text`, with a scan that has read nothing yet (by
/// reference, because a copy takes as long as a short text). Allocates once at most.
///
/// Throws: `std::bad_alloc`; `lengths` then holds the lengths of the first words, or none.
inline void measure_words(WordScan&& scan,
                          std::span<const std::byte> text,
                          std::vector<std::uint32_t>& lengths) {
    std::size_t written = 0;
    for (bool is_last = false; !is_last;) {
        const std::size_t ended = written + scan.read(take_chunk(text));
        is_last = text.empty();
        const std::size_t needed = is_last && scan.has_open_word() ? ended + 1 : ended;
        if (lengths.size() < needed) {
            if (lengths.capacity() < needed) {
                lengths.resize(written);  // what is stale is not moved
                lengths.reserve(is_last ? needed : needed + count_words(scan, text));
            }
            lengths.resize(needed);
        }
        scan.write(lengths.data() + written);
        if (needed > ended) { lengths[ended] = scan.open_length(); }
        written = needed;
    }
    lengths.resize(written);
}

}  // namespace detail

SHEAF_NAMESPACE_END
