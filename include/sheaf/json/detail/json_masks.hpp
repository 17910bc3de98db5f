#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/always_inline.hpp>
#include <sheaf/detail/load_word.hpp>
#include <sheaf/detail/x86_vectors.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// With which instructions JSON is read.
enum class JsonPath : std::uint8_t {
    portable,  ///< Plain C++ on words of 64 bits.
    avx2,      ///< AVX2, BMI1, BMI2, POPCNT and PCLMULQDQ.
    avx512,    ///< The same and AVX-512BW.
};

/// Whether this build has the path, and this processor what it needs.
[[nodiscard]] inline bool is_available(JsonPath path) noexcept {
#if SHEAF_HAS_X86_VECTORS
    const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                          __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt") &&
                          __builtin_cpu_supports("pclmul");
    switch (path) {
    case JsonPath::portable: return true;
    case JsonPath::avx2: return has_avx2;
    case JsonPath::avx512: return has_avx2 && __builtin_cpu_supports("avx512bw");
    }
    return false;
#else
    return path == JsonPath::portable;
#endif
}

[[nodiscard]] inline JsonPath fastest_json_path() noexcept {
    if (is_available(JsonPath::avx512)) { return JsonPath::avx512; }
    return is_available(JsonPath::avx2) ? JsonPath::avx2 : JsonPath::portable;
}

inline constexpr std::size_t json_block_bytes = 64;

/// What is where in a block: bit i stands for byte i.
struct JsonMasks {
    std::uint64_t backslashes = 0;
    std::uint64_t quotes = 0;
    std::uint64_t opens = 0;    ///< `{` and `[`
    std::uint64_t closes = 0;   ///< `}` and `]`
    std::uint64_t letters = 0;  ///< The first letters of the two keys.
};

/// What only the strict reading asks for, where it says what is wrong.
struct StrictMasks {
    std::uint64_t controls = 0;   ///< Below 0x20.
    std::uint64_t escapable = 0;  ///< May follow a backslash; `"` and `u` are not looked at here.
    std::uint64_t not_ascii = 0;
};

/// What the strict reading asks for where it only finds that something may be, of a block or of half of one.
template <class Bits>
struct VectorMasks {
    Bits backslashes = 0;
    Bits quotes = 0;
    Bits brackets = 0;   ///< All four.
    Bits letters = 0;    ///< See `JsonMasks`.
    Bits escapable = 0;  ///< See `StrictMasks`.
    Bits common = 0;     ///< ASCII that is no control.
};

/// Which of the brackets are what. Where there are none, the bits mean nothing.
struct BracketMasks {
    std::uint64_t opens = 0;    ///< `{` and `[`
    std::uint64_t objects = 0;  ///< `{` and `}`
};

/// The bytes of UTF-8 by what they may be.
struct Utf8Masks {
    std::uint64_t continuations = 0;  ///< 0x80 to 0xBF
    std::uint64_t leads_two = 0;      ///< 0xC2 to 0xDF
    std::uint64_t leads_three = 0;    ///< 0xE0 to 0xEF
    std::uint64_t leads_four = 0;     ///< 0xF0 to 0xF4
    std::uint64_t below_a0 = 0;
    std::uint64_t below_90 = 0;
    std::uint64_t e0 = 0;
    std::uint64_t ed = 0;
    std::uint64_t f0 = 0;
    std::uint64_t f4 = 0;
};

/// The first letters of the two keys.
struct KeyLetters {
    char first = 0;
    char second = 0;
};

/// The functions of each path read a block.
struct PortableJson {
    static constexpr std::uint64_t each_byte = 0x0101010101010101U;

    /// One bit for each byte whose highest bit is 1. (Why none carries: see `masks_of_word` of the text transforms.)
    static std::uint64_t gather(std::uint64_t high_bits) noexcept {
        return (high_bits >> 7U & each_byte) * 0x0102040810204080U >> 56U;
    }
    static std::uint64_t equal(std::uint64_t word, char letter) noexcept {
        constexpr std::uint64_t low_bits = 0x7F * each_byte;
        const std::uint64_t difference = word ^ (static_cast<unsigned char>(letter) * each_byte);
        return gather(~(((difference & low_bits) + low_bits) | difference));
    }

    static JsonMasks masks(const char* block, KeyLetters keys) noexcept {
        JsonMasks all;
        for (unsigned at = 0; at < json_block_bytes; at += 8) {
            const std::uint64_t word = load_word(block + at);
            const std::uint64_t folded = word | 0x20 * each_byte;
            all.backslashes |= equal(word, '\\') << at;
            all.quotes |= equal(word, '"') << at;
            all.opens |= equal(folded, '{') << at;
            all.closes |= equal(folded, '}') << at;
            all.letters |= (equal(word, keys.first) | equal(word, keys.second)) << at;
        }
        return all;
    }
    static std::uint64_t prefix_xor(std::uint64_t bits) noexcept {
        for (unsigned by = 1; by < 64; by *= 2) { bits ^= bits << by; }
        return bits;
    }
    static StrictMasks strict_masks(const char* block) noexcept {
        StrictMasks all;
        for (unsigned at = 0; at < json_block_bytes; at += 8) {
            const std::uint64_t word = load_word(block + at);
            // A difference to 0x20 below 0 borrows the highest bit that is put before it.
            all.controls |= gather(~((word | 0x80 * each_byte) - 0x20 * each_byte) & ~word) << at;
            all.not_ascii |= gather(word) << at;
            for (const char letter : {'\\', '/', 'b', 'f', 'n', 'r', 't'}) {
                all.escapable |= equal(word, letter) << at;
            }
        }
        return all;
    }
    static Utf8Masks utf8_masks(const char* block) noexcept {
        Utf8Masks all;
        for (unsigned at = 0; at < json_block_bytes; at += 8) {
            const std::uint64_t word = load_word(block + at);
            const auto has = [word, at](unsigned bits, unsigned value) {
                return equal(word & bits * each_byte, static_cast<char>(value)) << at;
            };
            all.continuations |= has(0xC0, 0x80);
            all.leads_two |= has(0xE0, 0xC0) & ~has(0xFE, 0xC0);
            all.leads_three |= has(0xF0, 0xE0);
            all.leads_four |= has(0xFC, 0xF0) | has(0xFF, 0xF4);
            // Bit 7, and one of those that are shifted to its place. (What they push into the next byte is not
            // gathered.)
            all.below_a0 |= gather(~(word & (word << 1U | word << 2U))) << at;
            all.below_90 |= gather(~(word & (word << 1U | word << 2U | word << 3U))) << at;
            all.e0 |= has(0xFF, 0xE0);
            all.ed |= has(0xFF, 0xED);
            all.f0 |= has(0xFF, 0xF0);
            all.f4 |= has(0xFF, 0xF4);
        }
        return all;
    }
};

#if SHEAF_HAS_X86_VECTORS

#    define SHEAF_TARGET_JSON_AVX2 [[gnu::target("avx2,bmi,bmi2,popcnt,pclmul")]]
#    define SHEAF_TARGET_JSON_AVX512 [[gnu::target("avx2,bmi,bmi2,popcnt,pclmul,avx512f,avx512bw")]]

struct Avx2Json {
    using Bytes [[gnu::vector_size(32)]] = unsigned char;
    using Mask [[gnu::vector_size(32)]] = signed char;
    using Chars [[gnu::vector_size(32)]] = char;

    SHEAF_TARGET_JSON_AVX2 SHEAF_ALWAYS_INLINE static std::uint64_t bits(const Mask& mask,
                                                                         unsigned at) noexcept {
        return std::uint64_t{static_cast<std::uint32_t>(
                   __builtin_ia32_pmovmskb256(reinterpret_cast<const Chars&>(mask)))}
               << at;
    }

    SHEAF_TARGET_JSON_AVX2 SHEAF_ALWAYS_INLINE static void add_masks(JsonMasks& all,
                                                                     const char* block,
                                                                     unsigned at,
                                                                     KeyLetters keys) noexcept {
        Bytes bytes;
        std::memcpy(&bytes, block + at, sizeof bytes);
        const Bytes folded = bytes | 0x20;
        all.backslashes |= bits(bytes == '\\', at);
        all.quotes |= bits(bytes == '"', at);
        all.opens |= bits(folded == '{', at);
        all.closes |= bits(folded == '}', at);
        all.letters |= bits((bytes == static_cast<unsigned char>(keys.first)) |
                                (bytes == static_cast<unsigned char>(keys.second)),
                            at);
    }
    SHEAF_TARGET_JSON_AVX2 SHEAF_ALWAYS_INLINE static JsonMasks masks(const char* block,
                                                                      KeyLetters keys) noexcept {
        JsonMasks all;
        add_masks(all, block, 0, keys);
        add_masks(all, block, 32, keys);
        return all;
    }

    SHEAF_TARGET_JSON_AVX2 SHEAF_ALWAYS_INLINE static std::uint64_t prefix_xor(std::uint64_t bits) noexcept {
        using Pair [[gnu::vector_size(16)]] = long long;
        // Without carries, a product by all ones is the sum of all shifts.
        const Pair product =
            __builtin_ia32_pclmulqdq128(Pair{static_cast<long long>(bits), 0}, Pair{-1, 0}, 0);
        return static_cast<std::uint64_t>(product[0]);
    }

    SHEAF_TARGET_JSON_AVX2 SHEAF_ALWAYS_INLINE static Chars looked_up(const Chars& table,
                                                                      const Bytes& bytes) noexcept {
        return __builtin_ia32_pshufb256(table, reinterpret_cast<const Chars&>(bytes));
    }
    SHEAF_TARGET_JSON_AVX2 SHEAF_ALWAYS_INLINE static std::uint32_t bits(const Mask& mask) noexcept {
        return static_cast<std::uint32_t>(__builtin_ia32_pmovmskb256(reinterpret_cast<const Chars&>(mask)));
    }
    /// Of half a block.
    SHEAF_TARGET_JSON_AVX2 SHEAF_ALWAYS_INLINE static VectorMasks<std::uint32_t> half_masks(
        const char* half, KeyLetters keys) noexcept {
        Bytes bytes;
        std::memcpy(&bytes, half, sizeof bytes);
        const Chars chars = reinterpret_cast<const Chars&>(bytes);
        // By its low half each byte finds the one that it has to be; `b` and `r` have the same.
        constexpr Chars escapes{1, 0, 'b', 0, 't', 0, 'f', 0, 0, 0, 0, 0, '\\', 0, 'n', '/',
                                1, 0, 'b', 0, 't', 0, 'f', 0, 0, 0, 0, 0, '\\', 0, 'n', '/'};
        constexpr Chars brackets{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{', 0, '}', 0, 0,
                                 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{', 0, '}', 0, 0};
        return {bits(bytes == '\\'),
                bits(bytes == '"'),
                bits(looked_up(brackets, bytes) == (chars | 0x20)),
                bits((bytes == static_cast<unsigned char>(keys.first)) |
                     (bytes == static_cast<unsigned char>(keys.second))),
                bits((looked_up(escapes, bytes) == chars) | (bytes == 'r')),
                bits(reinterpret_cast<const Mask&>(bytes) > 0x1F)};
    }

    SHEAF_TARGET_JSON_AVX2 SHEAF_ALWAYS_INLINE static BracketMasks bracket_masks(const char* block) noexcept {
        using Words [[gnu::vector_size(32)]] = short;
        Words low;
        Words high;
        std::memcpy(&low, block, sizeof low);
        std::memcpy(&high, block + sizeof low, sizeof high);
        // Of the four only those that open have the bit of 2, and those of objects that of 0x20. Masks take the
        // highest bit.
        const Words low_opens = low << 6;
        const Words high_opens = high << 6;
        const Words low_objects = low << 2;
        const Words high_objects = high << 2;
        const auto& mask = [](const Words& words) -> const Mask& {
            return reinterpret_cast<const Mask&>(words);
        };
        return {bits(mask(low_opens), 0) | bits(mask(high_opens), 32),
                bits(mask(low_objects), 0) | bits(mask(high_objects), 32)};
    }

    SHEAF_TARGET_JSON_AVX2 SHEAF_ALWAYS_INLINE static StrictMasks strict_masks(const char* block) noexcept {
        Bytes low;
        Bytes high;
        std::memcpy(&low, block, sizeof low);
        std::memcpy(&high, block + sizeof low, sizeof high);
        return {bits(low < 0x20, 0) | bits(high < 0x20, 32),
                std::uint64_t{half_masks(block + sizeof low, {}).escapable} << 32U |
                    half_masks(block, {}).escapable,
                bits(reinterpret_cast<const Mask&>(low), 0) | bits(reinterpret_cast<const Mask&>(high), 32)};
    }
};

/// Compares whole blocks into masks; the rarer functions are those of AVX2.
struct Avx512Json : Avx2Json {
    using Block [[gnu::vector_size(64)]] = char;
    static constexpr int equal = 0;  // the predicate of the comparison

    SHEAF_TARGET_JSON_AVX512 SHEAF_ALWAYS_INLINE static std::uint64_t where(const Block& block,
                                                                            char letter) noexcept {
        return static_cast<std::uint64_t>(__builtin_ia32_cmpb512_mask(block, Block{} + letter, equal, ~0ULL));
    }
    SHEAF_TARGET_JSON_AVX512 SHEAF_ALWAYS_INLINE static JsonMasks masks(const char* block,
                                                                        KeyLetters keys) noexcept {
        Block bytes;
        std::memcpy(&bytes, block, sizeof bytes);
        const Block folded = bytes | 0x20;
        return {where(bytes, '\\'), where(bytes, '"'), where(folded, '{'), where(folded, '}'),
                where(bytes, keys.first) | where(bytes, keys.second)};
    }
    SHEAF_TARGET_JSON_AVX512 SHEAF_ALWAYS_INLINE static VectorMasks<std::uint64_t> block_masks(
        const char* block, KeyLetters keys) noexcept {
        Block bytes;
        std::memcpy(&bytes, block, sizeof bytes);
        const Block folded = bytes | 0x20;
        const VectorMasks<std::uint32_t> low = half_masks(block, keys);
        const VectorMasks<std::uint32_t> high = half_masks(block + 32, keys);
        return {where(bytes, '\\'),
                where(bytes, '"'),
                where(folded, '{') | where(folded, '}'),
                where(bytes, keys.first) | where(bytes, keys.second),
                std::uint64_t{high.escapable} << 32U | low.escapable,
                std::uint64_t{high.common} << 32U | low.common};
    }
};

#endif

}  // namespace detail

SHEAF_NAMESPACE_END
