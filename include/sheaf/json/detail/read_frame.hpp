#pragma once

#include <sheaf/config.hpp>
#include <sheaf/json/detail/frame_scan.hpp>
#include <sheaf/json/detail/json_masks.hpp>
#include <sheaf/json/detail/root_key.hpp>
#include <sheaf/json/detail/strict_check.hpp>
#include <sheaf/json/detail/vector_check.hpp>
#include <sheaf/json/root_pair.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

SHEAF_NAMESPACE_BEGIN

namespace detail {

// One loop for each path: what it calls becomes a part of it, and takes on its instructions.

inline void read_fast_portably(FrameScan& scan) noexcept {
    const KeyLetters letters = scan.letters();
    BlockState state;
    for (std::size_t at = scan.begin(); at < scan.frame().size(); at += json_block_bytes) {
        const JsonMasks masks = PortableJson::masks(scan.block(at), letters);
        const std::uint64_t quotes = state.quotes(masks);
        if (scan.take<false>(state.enter(at, masks, quotes, PortableJson::prefix_xor(quotes)))) { break; }
    }
    scan.end();
}

inline void read_strictly_portably(FrameScan& scan) noexcept {
    const KeyLetters letters = scan.letters();
    BlockState state;
    StrictCheck check;
    for (std::size_t at = scan.begin(); at < scan.frame().size(); at += json_block_bytes) {
        const char* const bytes = scan.block(at);
        const JsonMasks masks = PortableJson::masks(bytes, letters);
        const std::uint64_t quotes = state.quotes(masks);
        const JsonBlock block = state.enter(at, masks, quotes, PortableJson::prefix_xor(quotes));
        scan.take<true>(block);
        const StrictMasks strict = PortableJson::strict_masks(bytes);
        if (check.needs_utf8(strict)) { check.utf8(scan, block, strict, PortableJson::utf8_masks(bytes)); }
        check.block(scan, block, masks, strict);
        if (scan.has_failed()) { return; }
    }
    check.end(scan, state.ends_in_string());
}

#if SHEAF_HAS_X86_VECTORS

SHEAF_TARGET_JSON_AVX2 inline void read_fast_by_avx2(FrameScan& scan) noexcept {
    const KeyLetters letters = scan.letters();
    BlockState state;
    for (std::size_t at = scan.begin(); at < scan.frame().size(); at += json_block_bytes) {
        const JsonMasks masks = Avx2Json::masks(scan.block(at), letters);
        const std::uint64_t quotes = state.quotes(masks);
        if (scan.take<false>(state.enter(at, masks, quotes, Avx2Json::prefix_xor(quotes)))) { break; }
    }
    scan.end();
}

SHEAF_TARGET_JSON_AVX512 inline void read_fast_by_avx512(FrameScan& scan) noexcept {
    const KeyLetters letters = scan.letters();
    BlockState state;
    for (std::size_t at = scan.begin(); at < scan.frame().size(); at += json_block_bytes) {
        const JsonMasks masks = Avx512Json::masks(scan.block(at), letters);
        const std::uint64_t quotes = state.quotes(masks);
        if (scan.take<false>(state.enter(at, masks, quotes, Avx512Json::prefix_xor(quotes)))) { break; }
    }
    scan.end();
}

/// What `read_strictly_by_vectors` has found something in, once more: what it is, and where.
SHEAF_TARGET_JSON_AVX2 inline void explain_by_avx2(FrameScan& scan) noexcept {
    const KeyLetters letters = scan.letters();
    BlockState state;
    StrictCheck check;
    for (std::size_t at = scan.begin(); at < scan.frame().size(); at += json_block_bytes) {
        const char* const bytes = scan.block(at);
        const JsonMasks masks = Avx2Json::masks(bytes, letters);
        const std::uint64_t quotes = state.quotes(masks);
        const JsonBlock block = state.enter(at, masks, quotes, Avx2Json::prefix_xor(quotes));
        scan.take<true>(block);
        const StrictMasks strict = Avx2Json::strict_masks(bytes);
        if (check.needs_utf8(strict)) { check.utf8(scan, block, strict, PortableJson::utf8_masks(bytes)); }
        check.block(scan, block, masks, strict);
        if (scan.has_failed()) { return; }
    }
    check.end(scan, state.ends_in_string());
}

#endif

/// Reads the values of two keys that are not empty. Precondition: the path is available.
[[nodiscard]] inline RootPair read_frame(JsonPath path,
                                         bool strictly,
                                         std::string_view frame,
                                         const RootKey& first,
                                         const RootKey& second) noexcept {
    RootPair pair;
    FrameScan scan{frame, first, second, pair};
    if (scan.has_failed()) { return pair; }
#if SHEAF_HAS_X86_VECTORS
    if (path != JsonPath::portable) {
        const bool has_avx512 = path == JsonPath::avx512;
        if (!strictly) {
            has_avx512 ? read_fast_by_avx512(scan) : read_fast_by_avx2(scan);
        } else if (!read_strictly_by_vectors(scan, has_avx512 ? add_by_avx512 : add_by_avx2)) {
            // What is wrong, and where, is asked only then, and in the same way as on the portable path. Good frames,
            // which nearly all are, do not pay for it.
            pair = {};
            FrameScan again{frame, first, second, pair};
            explain_by_avx2(again);
        }
        return pair;
    }
#else
    static_cast<void>(path);
#endif
    strictly ? read_strictly_portably(scan) : read_fast_portably(scan);
    return pair;
}
/// The same, of keys that are looked at for this one frame.
[[nodiscard]] inline RootPair read_frame(JsonPath path,
                                         bool strictly,
                                         std::string_view frame,
                                         std::string_view first,
                                         std::string_view second) noexcept {
    return read_frame(path, strictly, frame, RootKey{first, KeyWord{first}},
                      RootKey{second, KeyWord{second}});
}

}  // namespace detail

SHEAF_NAMESPACE_END
