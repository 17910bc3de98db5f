#pragma once

#include <sheaf/config.hpp>
#include <sheaf/transform/detail/text_masks.hpp>
#include <sheaf/transform/detail/word_block.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace detail {

// Each path is a function of its own; what they share becomes a part of them.

/// Measures the words of a text chunk by chunk: `read` says how many end in a chunk, `write` how long they are, so that
/// room for exactly so many can be made in between. The word that the text ends in is `open_length()` long.
class WordScan {
public:
    static constexpr std::size_t chunk_bytes = 1024;

    WordScan(TextPath path, const WordRules& rules) noexcept
        : rules_{rules}
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
    [[nodiscard]] bool has_open_word() const noexcept { return (rules_.skipped_spaces & after_space_) == 0; }
    [[nodiscard]] std::uint32_t open_length() const noexcept { return open_length_; }

private:
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
        blocks_[block_count_] = WordBlock{masks, size, rules_, after_space_};
        return popcount<NativePopcount>(blocks_[block_count_++].ends);
    }

    template <bool NativePopcount>
    SHEAF_ALWAYS_INLINE void write_blocks(std::uint32_t* lengths) noexcept {
        std::uint32_t open_length = open_length_;
        for (std::size_t i = 0; i < block_count_; ++i) {
            lengths = write_lengths<NativePopcount>(blocks_[i], lengths, open_length);
        }
        open_length_ = open_length;
    }

    WordRules rules_;
    std::uint64_t after_space_ = 1;  ///< 1 after a space and at the beginning.
    std::size_t block_count_ = 0;
    WordBlock blocks_[chunk_bytes / text_block_bytes];
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

/// `measure_words` for a text of any size.
inline void measure_long_text(TextPath path,
                              const WordRules& rules,
                              std::span<const std::byte> text,
                              std::vector<std::uint32_t>& lengths) {
    WordScan scan{path, rules};
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

/// The same for a text of one block, whose words need not be noted down: takes 0.6 times as long.
template <bool NativePopcount>
SHEAF_ALWAYS_INLINE inline void measure_block(TextMasks masks,
                                              std::size_t size,
                                              const WordRules& rules,
                                              std::vector<std::uint32_t>& lengths) {
    std::uint64_t after_space = 1;
    const WordBlock block{masks, size, rules, after_space};
    const std::size_t ended = popcount<NativePopcount>(block.ends);
    const bool has_open_word = (rules.skipped_spaces & after_space) == 0;
    const std::size_t needed = has_open_word ? ended + 1 : ended;
    lengths.clear();  // new elements are soon made, and whether there are any needs no guess then
    if (lengths.capacity() < needed) { lengths.reserve(needed); }
    lengths.resize(needed);
    std::uint32_t open_length = 0;
    std::uint32_t* const end = write_lengths<NativePopcount>(block, lengths.data(), open_length);
    if (has_open_word) { *end = open_length; }
}

inline void measure_block_portable(std::span<const std::byte> text,
                                   const WordRules& rules,
                                   std::vector<std::uint32_t>& lengths) {
    measure_block<false>(masks_portable(text.data(), text.size()), text.size(), rules, lengths);
}

#if SHEAF_HAS_X86_VECTORS
inline void measure_block_sse2(std::span<const std::byte> text,
                               const WordRules& rules,
                               std::vector<std::uint32_t>& lengths) {
    measure_block<false>(masks_sse2(text.data(), text.size()), text.size(), rules, lengths);
}

SHEAF_TARGET_AVX2 inline void measure_block_avx2(std::span<const std::byte> text,
                                                 const WordRules& rules,
                                                 std::vector<std::uint32_t>& lengths) {
    measure_block<true>(masks_avx2(text.data(), text.size()), text.size(), rules, lengths);
}
#endif

/// Replaces what `lengths` holds by the lengths of the words of `text`. Allocates once at most.
///
/// Throws: `std::bad_alloc`; `lengths` then holds the lengths of the first words, or none.
inline void measure_words(TextPath path,
                          const WordRules& rules,
                          std::span<const std::byte> text,
                          std::vector<std::uint32_t>& lengths) {
    if (text.empty() || text.size() > text_block_bytes) {
        return measure_long_text(path, rules, text, lengths);
    }
#if SHEAF_HAS_X86_VECTORS
    if (path == TextPath::avx2) { return measure_block_avx2(text, rules, lengths); }
    if (path == TextPath::sse2) { return measure_block_sse2(text, rules, lengths); }
#endif
    measure_block_portable(text, rules, lengths);
}

}  // namespace detail

SHEAF_NAMESPACE_END
