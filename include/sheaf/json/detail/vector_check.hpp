#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/always_inline.hpp>
#include <sheaf/json/detail/avx2_utf8.hpp>
#include <sheaf/json/detail/frame_scan.hpp>
#include <sheaf/json/detail/json_masks.hpp>
#include <sheaf/json/detail/packed_brackets.hpp>
#include <sheaf/json/detail/string_state.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if SHEAF_HAS_X86_VECTORS

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// What is where in some blocks of a frame that follow each other, each mask in an array of its own.
struct BlockGroup {
    static constexpr std::size_t most_blocks = 64;
    static constexpr std::size_t most_bytes = most_blocks * json_block_bytes;
    using Masks = std::uint64_t[most_blocks];
    using Indices = unsigned char[most_blocks];

    std::size_t begin;       ///< The place of the first block.
    const char* last;        ///< The bytes of the last one: a copy, if the frame ends in it.
    std::size_t blocks = 0;  ///< How many they are.
    std::size_t rares = 0;   ///< How many are in `rare`.
    Masks backslashes;
    Masks quotes;
    Masks brackets;
    Masks letters;
    Masks escapable;
    Indices rare;  ///< Those that have controls or other bytes than ASCII.

    /// The masks of a block, or of half of one, which need not be put together for that: `part` counts what they
    /// are of.
    template <class Bits>
    SHEAF_ALWAYS_INLINE void put(std::size_t part, const VectorMasks<Bits>& masks) noexcept {
        const auto put_bits = [part](Masks& all, Bits bits) {
            std::memcpy(reinterpret_cast<char*>(all) + part * sizeof bits, &bits, sizeof bits);
        };
        put_bits(backslashes, masks.backslashes);
        put_bits(quotes, masks.quotes);
        put_bits(brackets, masks.brackets);
        put_bits(letters, masks.letters);
        put_bits(escapable, masks.escapable);
    }
};

SHEAF_TARGET_JSON_AVX2 inline void add_by_avx2(BlockGroup& group,
                                               const char* bytes,
                                               std::size_t blocks,
                                               KeyLetters keys) noexcept {
    std::size_t rares = group.rares;
    const std::size_t end = group.blocks + blocks;
    for (std::size_t index = group.blocks; index < end; ++index, bytes += json_block_bytes) {
        const VectorMasks<std::uint32_t> low = Avx2Json::half_masks(bytes, keys);
        group.put(2 * index, low);
        const VectorMasks<std::uint32_t> high = Avx2Json::half_masks(bytes + json_block_bytes / 2, keys);
        group.put(2 * index + 1, high);
        group.rare[rares] = static_cast<unsigned char>(index);
        rares += ~(low.common & high.common) != 0 ? 1U : 0U;
    }
    group.rares = rares;
    group.blocks = end;
}
SHEAF_TARGET_JSON_AVX512 inline void add_by_avx512(BlockGroup& group,
                                                   const char* bytes,
                                                   std::size_t blocks,
                                                   KeyLetters keys) noexcept {
    std::size_t rares = group.rares;
    const std::size_t end = group.blocks + blocks;
    for (std::size_t index = group.blocks; index < end; ++index, bytes += json_block_bytes) {
        const VectorMasks<std::uint64_t> masks = Avx512Json::block_masks(bytes, keys);
        group.put(index, masks);
        group.rare[rares] = static_cast<unsigned char>(index);
        rares += ~masks.common != 0 ? 1U : 0U;
    }
    group.rares = rares;
    group.blocks = end;
}

/// Whether `StrictCheck` might find anything in a frame: it might where this says so, which is in all frames in
/// which it does and in hardly any other. What it is and where would take most of the instructions.
///
/// The blocks are looked at in groups. Short loops over a group find one thing after the other: what each of them
/// needs stays in registers, and nothing is mispredicted. What only some of the blocks need is done for lists of
/// these.
class VectorCheck {
public:
    explicit VectorCheck(FrameScan& scan) noexcept
        : scan_{scan} {}

    /// The blocks of a group. Returns whether nothing is suspicious up to now.
    SHEAF_TARGET_JSON_AVX2 bool is_good(BlockGroup& group) noexcept {
        GroupStrings strings;
        find_strings(group, strings);
        if (strings.any_others != 0 && !are_units(group, strings)) { return false; }
        return is_utf8(group, strings) && take_keys(group, strings);
    }

    /// After the last group.
    SHEAF_TARGET_JSON_AVX2 bool ends_well() noexcept {
        // Nothing but spaces follows a bracket, which is then the last one.
        const std::string_view frame = scan_.frame();
        std::size_t size = frame.size();
        while (is_json_space(frame[size - 1])) { --size; }
        return !is_open_ && !strings_.ends_inside() && frame[size - 1] == '}' && brackets_.are_one_object();
    }

private:
    /// What the strings of a group make of its masks.
    struct GroupStrings {
        std::uint64_t any_others;
        std::uint64_t has_candidates;  // a bit for each block
        std::size_t bracketed;         // how many blocks are in `with_brackets`
        BlockGroup::Masks inside;
        BlockGroup::Masks candidates;
        // What is escaped and is none of the letters that may be; and backslashes outside of strings.
        BlockGroup::Masks others;
        BlockGroup::Masks brackets;  // outside of strings
        BlockGroup::Indices with_brackets;
    };

    SHEAF_TARGET_JSON_AVX2 [[gnu::noinline]] void find_strings(const BlockGroup& group,
                                                               GroupStrings& found) noexcept {
        StringState strings = strings_;
        std::uint64_t any_others = 0;
        std::uint64_t has_candidates = 0;
        std::size_t bracketed = 0;
        for (std::size_t i = 0; i < group.blocks; ++i) {
            const std::uint64_t backslashes = group.backslashes[i];
            const std::uint64_t escaped = strings.escaped(backslashes);
            const std::uint64_t quotes = group.quotes[i] & ~escaped;
            const std::uint64_t inside = strings.inside(Avx2Json::prefix_xor(quotes));
            found.inside[i] = inside;
            const std::uint64_t candidates = quotes & inside & key_begins(group.letters[i] | backslashes);
            found.candidates[i] = candidates;
            has_candidates |= std::uint64_t{candidates != 0} << i;
            const std::uint64_t others =
                (escaped & ~(group.escapable[i] | group.quotes[i])) | (backslashes & ~inside);
            found.others[i] = others;
            any_others |= others;
            const std::uint64_t brackets = group.brackets[i] & ~inside;
            found.brackets[i] = brackets;
            found.with_brackets[bracketed] = static_cast<unsigned char>(i);
            bracketed += brackets != 0 ? 1U : 0U;
        }
        strings_ = strings;
        found.any_others = any_others;
        found.has_candidates = has_candidates;
        found.bracketed = bracketed;
    }

    /// And no string has a control.
    SHEAF_TARGET_JSON_AVX2 bool is_utf8(const BlockGroup& group, const GroupStrings& strings) noexcept {
        std::size_t next = 0;
        for (std::size_t i = 0; i < group.rares; ++i) {
            const std::size_t index = group.rare[i];
            if (is_open_ && index != next) { return false; }
            const std::size_t at = group.begin + index * json_block_bytes;
            const char* const bytes = bytes_of(group, index);
            const StrictMasks masks = Avx2Json::strict_masks(bytes);
            if ((masks.controls & strings.inside[index]) != 0) { return false; }
            if (masks.not_ascii == 0 && !is_open_) { continue; }
            // The first block begins with a bracket, so what is before it does not matter.
            constexpr std::size_t size = Avx2Utf8::size;
            const char* const before = at < size ? nullptr : scan_.frame().data() + at - size;
            if (Avx2Utf8::has_errors(before, bytes)) { return false; }
            is_open_ = ends_in_character(bytes + json_block_bytes);
            next = index + 1;
        }
        return !is_open_ || next == group.blocks;
    }

    /// Goes over the blocks with brackets, then looks for the keys in those that have a part of the root.
    SHEAF_TARGET_JSON_AVX2 [[gnu::noinline]] bool take_keys(const BlockGroup& group,
                                                            const GroupStrings& strings) noexcept {
        // Of the blocks with brackets; and, behind all, of those without that are in the root.
        int depths[BlockGroup::most_blocks + 1];
        depths[BlockGroup::most_blocks] = 1;
        int depth = depth_;
        PackedBrackets packed = brackets_;
        // Those blocks: from each one with brackets all that follow, until the next one says otherwise.
        std::uint64_t roots = depth == 1 ? ~std::uint64_t{0} : 0;
        for (std::size_t i = 0; i < strings.bracketed; ++i) {
            const std::size_t index = strings.with_brackets[i];
            const std::uint64_t brackets = strings.brackets[index];
            const BracketMasks kinds = Avx2Json::bracket_masks(bytes_of(group, index));
            packed.add(brackets, kinds);
            depths[index] = depth;
            const int closed = std::popcount(brackets & ~kinds.opens);
            const std::uint64_t bit = std::uint64_t{1} << index;
            const std::uint64_t upto = bit | (bit - 1);
            roots |= depth <= closed + 1 ? bit : 0;
            depth += std::popcount(brackets & kinds.opens) - closed;
            roots = (roots & upto) | (depth == 1 ? ~upto : 0);
        }
        depth_ = depth;
        brackets_ = packed;
        for (std::uint64_t left = roots & strings.has_candidates; left != 0; left &= left - 1) {
            const auto index = static_cast<std::size_t>(std::countr_zero(left));
            // The same for all, whether they have brackets or not: a branch for that would often be mispredicted.
            const std::uint64_t brackets = strings.brackets[index];
            JsonBlock block;
            block.at = group.begin + index * json_block_bytes;
            block.depth = depths[brackets == 0 ? BlockGroup::most_blocks : index];
            block.opens = brackets & Avx2Json::bracket_masks(bytes_of(group, index)).opens;
            block.closes = brackets & ~block.opens;
            block.candidates = strings.candidates[index];
            scan_.take<true>(block);
        }
        return !scan_.has_failed();
    }

    [[nodiscard]] const char* bytes_of(const BlockGroup& group, std::size_t index) const noexcept {
        const char* const bytes = scan_.frame().data() + group.begin + index * json_block_bytes;
        return index + 1 == group.blocks ? group.last : bytes;
    }
    /// All `others` begin a code unit.
    [[gnu::noinline]] bool are_units(const BlockGroup& group, const GroupStrings& strings) const noexcept {
        const std::string_view frame = scan_.frame();
        for (std::size_t i = 0; i < group.blocks; ++i) {
            for (std::uint64_t others = strings.others[i]; others != 0; others &= others - 1) {
                const std::size_t at =
                    group.begin + i * json_block_bytes + static_cast<std::size_t>(std::countr_zero(others));
                if (frame.size() - (std::min)(at, frame.size()) < 5 || frame[at] != 'u') { return false; }
                // Digits and letters are mixed at random: a branch for each would be mispredicted.
                unsigned good = 1;
                for (std::size_t digit = at + 1; digit < at + 5; ++digit) {
                    good &= is_hexadecimal(static_cast<unsigned char>(frame[digit]));
                }
                if (good == 0) { return false; }
            }
        }
        return true;
    }
    [[nodiscard]] static unsigned is_hexadecimal(unsigned byte) noexcept {
        return unsigned{byte - '0' < 10U} | unsigned{(byte | 0x20U) - 'a' < 6U};
    }
    /// A character that begins before `end` goes on behind it.
    SHEAF_ALWAYS_INLINE static bool ends_in_character(const char* end) noexcept {
        const auto byte = [end](std::ptrdiff_t back) { return static_cast<unsigned char>(*(end - back)); };
        return (unsigned{byte(1) >= 0xC0} | unsigned{byte(2) >= 0xE0} | unsigned{byte(3) >= 0xF0}) != 0;
    }

    FrameScan& scan_;
    StringState strings_;
    PackedBrackets brackets_;
    int depth_ = 0;
    bool is_open_ = false;  // the next block begins within a character
};

/// Returns false where something may be wrong. `add` puts the next blocks into a group.
template <class Add>
SHEAF_TARGET_JSON_AVX2 bool read_strictly_by_vectors(FrameScan& scan, Add* add) noexcept {
    const KeyLetters letters = scan.letters();
    const std::string_view frame = scan.frame();
    VectorCheck check{scan};
    for (std::size_t begin = scan.begin(); begin < frame.size(); begin += BlockGroup::most_bytes) {
        BlockGroup group;
        group.begin = begin;
        const std::size_t size = (std::min)(frame.size() - begin, BlockGroup::most_bytes);
        const char* const bytes = frame.data() + begin;
        add(group, bytes, size / json_block_bytes, letters);
        if (size % json_block_bytes == 0) {
            group.last = bytes + size - json_block_bytes;
        } else {
            group.last = scan.last_block();
            add(group, group.last, 1, letters);
        }
        if (!check.is_good(group)) { return false; }
    }
    if (!check.ends_well()) { return false; }
    scan.end();
    return true;
}

}  // namespace detail

SHEAF_NAMESPACE_END

#endif
