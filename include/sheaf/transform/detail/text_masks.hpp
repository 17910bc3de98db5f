#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/always_inline.hpp>
#include <sheaf/detail/x86_vectors.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>

#if SHEAF_HAS_X86_VECTORS
#    define SHEAF_TARGET_AVX2 [[gnu::target("avx2,bmi,popcnt")]]
#endif

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// With which instructions text is read.
enum class TextPath : std::uint8_t {
    portable,  ///< Plain C++ on words of 64 bits.
    sse2,      ///< What every x86-64 processor has.
    avx2,      ///< AVX2, BMI1 and POPCNT.
};

/// Whether this build has the path, and this processor what it needs.
[[nodiscard]] inline bool is_available(TextPath path) noexcept {
#if SHEAF_HAS_X86_VECTORS
    // A load and a few tests: the processor itself was asked when the program was loaded.
    return path != TextPath::avx2 || (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                                      __builtin_cpu_supports("popcnt"));
#else
    return path == TextPath::portable;
#endif
}

[[nodiscard]] inline TextPath fastest_text_path() noexcept {
    if (is_available(TextPath::avx2)) { return TextPath::avx2; }
    return is_available(TextPath::sse2) ? TextPath::sse2 : TextPath::portable;
}

inline constexpr std::size_t text_block_bytes = 64;

/// What is where in a block of 1 to 64 bytes: bit i stands for byte i, bits beyond the block are 0.
struct TextMasks {
    std::uint64_t spaces = 0;
    std::uint64_t continuations = 0;  ///< UTF-8 continuation bytes: 10xxxxxx.

    SHEAF_ALWAYS_INLINE void add(TextMasks part, std::size_t at) noexcept {
        spaces |= part.spaces << at;
        continuations |= part.continuations << at;
    }
};

// The functions below read a block and nothing beyond it: the last load overlaps the one before, which changes no bit,
// and a block shorter than one load is left to a narrower path.

/// The masks of 8 bytes, of which byte i is bits 8i to 8i+7.
SHEAF_ALWAYS_INLINE inline TextMasks masks_of_word(std::uint64_t word) noexcept {
    constexpr std::uint64_t each_byte = 0x0101010101010101U;
    constexpr std::uint64_t low_bits = 0x7F * each_byte;
    // Brings the highest bits of the bytes together: bit i of them and the bit 56-7i of the factor meet at bit 56+i.
    // All other products are 2^64 or more or fall below bit 56, no two on one bit, so that nothing carries.
    const auto gather = [](std::uint64_t high_bits) -> std::uint64_t {
        return (high_bits >> 7U) * 0x0102040810204080U >> 56U;
    };
    const std::uint64_t difference = word ^ (0x20 * each_byte);
    // The highest bit of each byte that is not 0; no sum leaves its byte.
    const std::uint64_t differs = ((difference & low_bits) + low_bits) | difference;
    return {.spaces = gather(~differs & ~low_bits),
            .continuations = gather(word & ~(word << 1U) & ~low_bits)};
}

SHEAF_ALWAYS_INLINE inline TextMasks masks_portable(const std::byte* block, std::size_t size) noexcept {
    constexpr std::size_t width = 8;
    // Put together by shifts, for any order of bytes in memory. Optimisers make one load of 8 bytes.
    const auto byte = [](const std::byte* from, unsigned i) {
        return std::to_integer<std::uint64_t>(from[i]) << 8U * i;
    };
    const auto load = [&byte](const std::byte* from) -> std::uint64_t {
        return byte(from, 0) | byte(from, 1) | byte(from, 2) | byte(from, 3) | byte(from, 4) | byte(from, 5) |
               byte(from, 6) | byte(from, 7);
    };
    if (size < width) {
        std::uint64_t word = 0;
        for (unsigned i = 0; i < size; ++i) { word |= byte(block, i); }
        return masks_of_word(word);
    }
    TextMasks masks;
    for (std::size_t at = 0; at + width < size; at += width) {
        masks.add(masks_of_word(load(block + at)), at);
    }
    masks.add(masks_of_word(load(block + size - width)), size - width);
    return masks;
}

#if SHEAF_HAS_X86_VECTORS

SHEAF_ALWAYS_INLINE inline TextMasks masks_sse2(const std::byte* block, std::size_t size) noexcept {
    constexpr std::size_t width = 16;
    using Bytes [[gnu::vector_size(width)]] = signed char;
    if (size < width) { return masks_portable(block, size); }
    TextMasks masks;
    for (std::size_t next = 0; next < size; next += width) {
        const std::size_t at = next + width < size ? next : size - width;
        Bytes bytes;
        std::memcpy(&bytes, block + at, width);
        // As signed numbers continuation bytes are those below 0xC0.
        masks.add({.spaces = static_cast<std::uint32_t>(__builtin_ia32_pmovmskb128(bytes == 0x20)),
                   .continuations = static_cast<std::uint32_t>(__builtin_ia32_pmovmskb128(bytes < -0x40))},
                  at);
    }
    return masks;
}

SHEAF_TARGET_AVX2 SHEAF_ALWAYS_INLINE inline TextMasks masks_avx2(const std::byte* block,
                                                                  std::size_t size) noexcept {
    constexpr std::size_t width = 32;
    using Bytes [[gnu::vector_size(width)]] = signed char;
    if (size < width) { return masks_sse2(block, size); }
    Bytes first;
    Bytes last;
    std::memcpy(&first, block, width);
    std::memcpy(&last, block + size - width, width);
    TextMasks masks{.spaces = static_cast<std::uint32_t>(__builtin_ia32_pmovmskb256(first == 0x20)),
                    .continuations = static_cast<std::uint32_t>(__builtin_ia32_pmovmskb256(first < -0x40))};
    masks.add({.spaces = static_cast<std::uint32_t>(__builtin_ia32_pmovmskb256(last == 0x20)),
               .continuations = static_cast<std::uint32_t>(__builtin_ia32_pmovmskb256(last < -0x40))},
              size - width);
    return masks;
}

#endif

}  // namespace detail

SHEAF_NAMESPACE_END
