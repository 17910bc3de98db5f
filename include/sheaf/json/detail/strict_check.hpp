#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/always_inline.hpp>
#include <sheaf/json/detail/decode_escape.hpp>
#include <sheaf/json/detail/frame_scan.hpp>
#include <sheaf/json/detail/json_masks.hpp>
#include <sheaf/json/detail/string_state.hpp>
#include <sheaf/json/frame_error.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// What the strict reading asks of a frame beyond its two members.
class StrictCheck {
public:
    StrictCheck() noexcept { kinds_[0] = 1; }  // of no bracket

    /// How deep arrays and objects may be nested.
    static constexpr unsigned max_depth = 1'024;

    /// Whether the bytes of a block must be looked at as UTF-8.
    [[nodiscard]] bool needs_utf8(const StrictMasks& masks) const noexcept {
        return masks.not_ascii != 0 || utf8_.is_open();
    }
    SHEAF_ALWAYS_INLINE void utf8(FrameScan& scan,
                                  const JsonBlock& block,
                                  const StrictMasks& masks,
                                  const Utf8Masks& utf8) noexcept {
        if (const std::uint64_t wrong = utf8_.errors(utf8, masks.not_ascii); wrong != 0) {
            scan.fail(FrameError::invalid_utf8, block.place(wrong));
        }
    }

    /// A block that `scan` has entered.
    SHEAF_ALWAYS_INLINE void block(FrameScan& scan,
                                   const JsonBlock& block,
                                   const JsonMasks& masks_of,
                                   const StrictMasks& masks) noexcept {
        if (const std::uint64_t wrong = masks.controls & block.inside; wrong != 0) {
            scan.fail(FrameError::control_character, block.place(wrong));
        }
        if (const std::uint64_t wrong = masks_of.backslashes & ~block.inside; wrong != 0) {
            scan.fail(FrameError::malformed, block.place(wrong));
        }
        if (const auto others = block.escaped & ~(masks.escapable & block.inside) & ~masks_of.quotes;
            others != 0) {
            units(scan, block.at, others);
        }
        for (std::uint64_t brackets = block.opens | block.closes; brackets != 0; brackets &= brackets - 1) {
            const std::size_t at = block.place(brackets);
            const auto bracket = static_cast<unsigned char>(scan.frame()[at]);
            // Of the four only those that open have the bit of 2, and those of objects that of 0x20.
            const bool is_opening = (bracket & 2U) != 0;
            const unsigned char kind = bracket & 0x20U;
            kinds_[depth_ + 1] = is_opening ? kind : kinds_[depth_ + 1];
            const bool is_wrong = !is_opening && kinds_[depth_] != kind;
            depth_ += is_opening ? 1U : ~0U;
            if (is_wrong || depth_ == 0 || depth_ > max_depth) {
                end_of_root(scan, at, is_wrong);
                if (scan.has_failed()) { return; }
            }
        }
    }

    /// The last block has been read.
    void end(FrameScan& scan, bool ends_in_string) noexcept {
        const std::size_t size = scan.frame().size();
        if (utf8_.is_open()) { scan.fail(FrameError::invalid_utf8, size); }
        if (ends_in_string) { scan.fail(FrameError::malformed, size); }
        if (depth_ != 0) { scan.fail(FrameError::unbalanced, size); }
        scan.end();
    }

private:
    /// What follows a backslash and is none of the single letters: a code unit, or nothing that can.
    static void units(FrameScan& scan, std::size_t block, std::uint64_t others) noexcept {
        for (; others != 0; others &= others - 1) {
            const std::size_t at = block + static_cast<std::size_t>(std::countr_zero(others));
            const std::string_view frame = scan.frame();
            if (at >= frame.size() || frame[at] != 'u' || hexadecimal_at(frame, at + 1) > 0xFFFF) {
                return scan.fail(FrameError::invalid_escape, at);
            }
        }
    }

    /// A bracket that is wrong, too deep, or the last one.
    void end_of_root(FrameScan& scan, std::size_t at, bool is_wrong) noexcept {
        if (is_wrong) {
            return scan.fail(depth_ + 1 == 0 ? FrameError::trailing_content : FrameError::unbalanced, at);
        }
        if (depth_ != 0) { return scan.fail(FrameError::too_deep, at); }
        const std::string_view rest = scan.frame().substr(at + 1);
        const auto more = std::find_if_not(rest.begin(), rest.end(), is_json_space);
        if (more != rest.end()) {
            scan.fail(FrameError::trailing_content, at + 1 + static_cast<std::size_t>(more - rest.begin()));
        }
    }

    Utf8State utf8_;
    unsigned depth_ = 0;
    unsigned char
        kinds_[max_depth + 2];  // of the brackets that are open, from 1 on; what is beyond them is not set
};

}  // namespace detail

SHEAF_NAMESPACE_END
