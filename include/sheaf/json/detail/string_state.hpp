#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/always_inline.hpp>
#include <sheaf/json/detail/json_masks.hpp>

#include <cstdint>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// Which bytes are escaped and which are in strings, block after block.
///
/// The ideas are those of simdjson: the strings are the exclusive or of all quotes before (Langdale and Lemire,
/// "Parsing Gigabytes of JSON per Second", 2019, section 3.1); and one subtraction finds every other byte of all
/// runs of backslashes.
class StringState {
public:
    /// The bytes of a block that a backslash before them escapes; of a run of backslashes only what follows it.
    SHEAF_ALWAYS_INLINE std::uint64_t escaped(std::uint64_t backslashes) noexcept {
        constexpr std::uint64_t odd = 0xAAAA'AAAA'AAAA'AAAAU;
        const std::uint64_t first = escapes_next_;
        const std::uint64_t runs = backslashes & ~first;
        // Of a run that begins at an even place the subtraction leaves ones, and a zero behind it, else zeros and
        // a one. Either way, what then differs from `odd` is every other byte: the backslashes that escape, and
        // behind a run of an odd length the byte that its last one escapes.
        const std::uint64_t every_other = ((runs << 1U | odd) - runs) ^ odd;
        escapes_next_ = (every_other & backslashes) >> 63U;
        return every_other ^ (backslashes | first);
    }

    /// The bytes in strings, with the quotes that open them and without those that close them. `parity`: for each place the
    /// parity of the quotes up to it.
    SHEAF_ALWAYS_INLINE std::uint64_t inside(std::uint64_t parity) noexcept {
        const std::uint64_t inside = parity ^ inside_before_;
        inside_before_ = (inside >> 63U) != 0 ? ~std::uint64_t{0} : 0;
        return inside;
    }

    [[nodiscard]] bool ends_inside() const noexcept { return inside_before_ != 0; }

private:
    std::uint64_t escapes_next_ = 0;   // 1 where the first byte of the next block is escaped
    std::uint64_t inside_before_ = 0;  // all ones where the next block begins in a string
};

/// Whether bytes are UTF-8, block after block: every lead is followed by as many continuations as it says, and nothing else is;
/// no character is longer than it need be, a surrogate, or beyond U+10FFFF (RFC 3629, section 4).
class Utf8State {
public:
    /// The bytes at which it is not. `masks` are those of a block that has other bytes than ASCII, or follows one that
    /// `is_open` after; `not_ascii` are its bytes from 0x80 on.
    SHEAF_ALWAYS_INLINE std::uint64_t errors(const Utf8Masks& masks, std::uint64_t not_ascii) noexcept {
        const std::uint64_t two_or_more = masks.leads_two | masks.leads_three | masks.leads_four;
        const std::uint64_t three_or_more = masks.leads_three | masks.leads_four;
        const std::uint64_t expected =
            two_or_more << 1U | three_or_more << 2U | masks.leads_four << 3U | expected_;
        const std::uint64_t known = two_or_more | masks.continuations;
        // The second byte of a character says more than that it is a continuation.
        const std::uint64_t after_e0 = masks.e0 << 1U | (last_ == Last::e0 ? 1U : 0U);
        const std::uint64_t after_ed = masks.ed << 1U | (last_ == Last::ed ? 1U : 0U);
        const std::uint64_t after_f0 = masks.f0 << 1U | (last_ == Last::f0 ? 1U : 0U);
        const std::uint64_t after_f4 = masks.f4 << 1U | (last_ == Last::f4 ? 1U : 0U);
        expected_ = two_or_more >> 63U | three_or_more >> 62U | masks.leads_four >> 61U;
        constexpr std::uint64_t end = std::uint64_t{1} << 63U;
        last_ = (masks.e0 & end) != 0   ? Last::e0
                : (masks.ed & end) != 0 ? Last::ed
                : (masks.f0 & end) != 0 ? Last::f0
                : (masks.f4 & end) != 0 ? Last::f4
                                        : Last::other;
        return (expected ^ masks.continuations) | (not_ascii & ~known) | (after_e0 & masks.below_a0) |
               (after_ed & ~masks.below_a0) | (after_f0 & masks.below_90) | (after_f4 & ~masks.below_90);
    }

    /// The last block ended within a character.
    [[nodiscard]] bool is_open() const noexcept { return expected_ != 0; }

private:
    enum class Last : std::uint8_t { other, e0, ed, f0, f4 };
    std::uint64_t expected_ = 0;  // the continuations that the next block begins with
    Last last_ = Last::other;
};

}  // namespace detail

SHEAF_NAMESPACE_END
