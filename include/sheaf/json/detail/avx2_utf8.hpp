#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/always_inline.hpp>
#include <sheaf/json/detail/json_masks.hpp>

#include <cstddef>
#include <cstring>

#if SHEAF_HAS_X86_VECTORS

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// What to look up by half a byte, twice: each half of a vector is looked up on its own.
struct TwiceTable {
    constexpr explicit TwiceTable(const unsigned char (&once)[16]) noexcept {
        for (std::size_t i = 0; i < sizeof of; ++i) { of[i] = once[i % sizeof once]; }
    }
    unsigned char of[32]{};
};

/// Whether a block is UTF-8 (RFC 3629, section 4), by AVX2.
///
/// The idea is Keiser's and Lemire's ("Validating UTF-8 In Less Than One Instruction Per Byte", 2020): all that
/// can be wrong with two bytes shows in three of their four halves. Three tables say which errors each half would
/// agree to, and those to which all three do are there. What is left is which bytes have to be the third or fourth
/// of a character.
struct Avx2Utf8 {
    using Bytes = Avx2Json::Bytes;
    using Chars = Avx2Json::Chars;
    using Mask = Avx2Json::Mask;

    static constexpr std::size_t size = sizeof(Bytes);

    /// `before`: the 32 bytes before the block, or null where they are ASCII.
    SHEAF_TARGET_JSON_AVX2 SHEAF_ALWAYS_INLINE static bool has_errors(const char* before,
                                                                      const char* block) noexcept {
        Bytes bytes[3]{};
        if (before != nullptr) { std::memcpy(&bytes[0], before, size); }
        std::memcpy(&bytes[1], block, size);
        std::memcpy(&bytes[2], block + size, size);
        const Bytes errors = errors_of(bytes[0], bytes[1]) | errors_of(bytes[1], bytes[2]);
        return Avx2Json::bits(errors != 0, 0) != 0;
    }

private:
    // The errors.
    using Error = unsigned char;
    static constexpr Error too_short = 0x01;      // no continuation after a lead
    static constexpr Error too_long = 0x02;       // one after ASCII
    static constexpr Error three_for_two = 0x04;  // 0xE0 before what needs no third byte
    static constexpr Error too_large = 0x08;      // 0xF4 or more before 0x90 or more: beyond U+10FFFF
    static constexpr Error surrogate = 0x10;
    static constexpr Error two_for_one = 0x20;  // 0xC0 and 0xC1
    // 0xF0 before what needs no fourth byte; and what is beyond U+10FFFF and not `too_large`.
    static constexpr Error four_for_three = 0x40;
    static constexpr Error is_later = 0x80;  // a continuation after another: an error where none has to be
    static constexpr Error after_any = too_short | too_long | is_later;
    static constexpr Error after_large = after_any | too_large | four_for_three;
    static constexpr Error continuation = too_long | two_for_one | is_later;

    // By the high half of the first byte, by its low half, and by the high half of the second byte.
    static constexpr TwiceTable by_first_high{
        {too_long, too_long, too_long, too_long, too_long, too_long, too_long, too_long, is_later, is_later,
         is_later, is_later, too_short | two_for_one, too_short, too_short | three_for_two | surrogate,
         too_short | too_large | four_for_three}};
    static constexpr TwiceTable by_first_low{
        {after_any | two_for_one | three_for_two | four_for_three, after_any | two_for_one, after_any,
         after_any, after_any | too_large, after_large, after_large, after_large, after_large, after_large,
         after_large, after_large, after_large, after_large | surrogate, after_large, after_large}};
    static constexpr TwiceTable by_second_high{
        {too_short, too_short, too_short, too_short, too_short, too_short, too_short, too_short,
         continuation | three_for_two | four_for_three, continuation | three_for_two | too_large,
         continuation | surrogate | too_large, continuation | surrogate | too_large, too_short, too_short,
         too_short, too_short}};

    SHEAF_TARGET_JSON_AVX2 SHEAF_ALWAYS_INLINE static Bytes look_up(const TwiceTable& table,
                                                                    const Bytes& halves) noexcept {
        Chars errors;
        std::memcpy(&errors, table.of, size);
        errors = __builtin_ia32_pshufb256(errors, reinterpret_cast<const Chars&>(halves));
        return reinterpret_cast<const Bytes&>(errors);
    }
    SHEAF_TARGET_JSON_AVX2 SHEAF_ALWAYS_INLINE static Bytes errors_of(const Bytes& before,
                                                                      const Bytes& bytes) noexcept {
        // Each byte's neighbours before it.
        const Bytes first =
            __builtin_shufflevector(before, bytes, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45,
                                    46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62);
        const Bytes second =
            __builtin_shufflevector(before, bytes, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44,
                                    45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61);
        const Bytes third =
            __builtin_shufflevector(before, bytes, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
                                    44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60);
        const Bytes errors = look_up(by_first_high, first >> 4) & look_up(by_first_low, first & 0x0F) &
                             look_up(by_second_high, bytes >> 4);
        const Mask is_none = (second < 0xE0) & (third < 0xF0);
        return errors ^ (~reinterpret_cast<const Bytes&>(is_none) & is_later);
    }
};

}  // namespace detail

SHEAF_NAMESPACE_END

#endif
