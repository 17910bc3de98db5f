#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/always_inline.hpp>
#include <sheaf/json/detail/json_masks.hpp>

#include <bit>
#include <cstdint>

#if SHEAF_HAS_X86_VECTORS

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// The brackets of a frame without what is between them, one bit each; the first is that of the root.
///
/// To go from bracket to bracket with a stack costs a dozen instructions for each of them, and branches that are
/// mispredicted in every other block. Instead they are pushed together, and once there are 63 of them, all that
/// stand side by side as in `{}` or `[]` are compared and taken out at once, then those that have become
/// neighbours, and so on: a few rounds for a whole frame.
class PackedBrackets {
public:
    /// Those of the next block that has any.
    SHEAF_TARGET_JSON_AVX2 SHEAF_ALWAYS_INLINE void add(std::uint64_t brackets,
                                                        const BracketMasks& masks) noexcept {
        const auto more = static_cast<unsigned>(std::popcount(brackets));
        if (size_ + more > capacity && !has_made_room(more)) { return; }
        opens_ |= __builtin_ia32_pext_di(masks.opens, brackets) << size_;
        objects_ |= __builtin_ia32_pext_di(masks.objects, brackets) << size_;
        size_ += more;
    }

    /// They are those of one object. Precondition: the last one is the last of the frame, and closes an object.
    SHEAF_TARGET_JSON_AVX2 SHEAF_ALWAYS_INLINE bool are_one_object() noexcept {
        if (is_wrong_) { return false; }
        // Without the last one, the first is all that is left; were it closed before, there would be another.
        --size_;
        take_out_pairs();
        return !is_wrong_ && size_ == 1;
    }

private:
    static constexpr unsigned capacity = 63;  // a shift by 64 is none

    /// Ones for all that are there.
    SHEAF_ALWAYS_INLINE std::uint64_t all() const noexcept { return (std::uint64_t{1} << size_) - 1; }

    SHEAF_TARGET_JSON_AVX2 SHEAF_ALWAYS_INLINE bool has_made_room(unsigned more) noexcept {
        take_out_pairs();
        // What is left are those that are open; one that closes has nothing to close. There may also be too many
        // of them, or in one block: that need not be wrong, but is rare enough to leave it to `StrictCheck`.
        is_wrong_ = is_wrong_ || opens_ != all() || size_ + more > capacity;
        return !is_wrong_;
    }
    SHEAF_TARGET_JSON_AVX2 SHEAF_ALWAYS_INLINE void take_out_pairs() noexcept {
        for (;;) {
            // Which open and are followed by one that closes. The first of all is left alone.
            const std::uint64_t pairs = opens_ & ~(opens_ >> 1U) & (all() >> 1U) & ~std::uint64_t{1};
            if (pairs == 0) { return; }
            is_wrong_ = is_wrong_ || (pairs & (objects_ ^ objects_ >> 1U)) != 0;
            const std::uint64_t others = ~(pairs | pairs << 1U);
            opens_ = __builtin_ia32_pext_di(opens_, others);
            objects_ = __builtin_ia32_pext_di(objects_, others);
            size_ -= 2 * static_cast<unsigned>(std::popcount(pairs));
        }
    }

    std::uint64_t opens_ = 0;
    std::uint64_t objects_ = 0;  // those that open or close objects, not arrays
    unsigned size_ = 0;
    bool is_wrong_ = false;
};

}  // namespace detail

SHEAF_NAMESPACE_END

#endif
