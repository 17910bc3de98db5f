#pragma once

#include <sheaf/config.hpp>
#include <sheaf/json/detail/frame_scan.hpp>
#include <sheaf/json/detail/json_masks.hpp>
#include <sheaf/json/detail/strict_check.hpp>
#include <sheaf/json/root_pair.hpp>

#include <cstdint>
#include <string_view>

SHEAF_NAMESPACE_BEGIN

namespace detail {

// One loop for each path: what it calls becomes a part of it, and takes on its instructions.

inline void read_fast_portably(FrameScan& scan) noexcept {
    while (const char* const bytes = scan.next_block()) {
        const JsonMasks masks = PortableJson::masks(bytes, scan.letters());
        const std::uint64_t quotes = scan.quotes(masks);
        if (scan.take<false>(scan.enter(masks, quotes, PortableJson::prefix_xor(quotes)))) { break; }
    }
    scan.end();
}

inline void read_strictly_portably(FrameScan& scan) noexcept {
    StrictCheck check;
    while (const char* const bytes = scan.next_block()) {
        const JsonMasks masks = PortableJson::masks(bytes, scan.letters());
        const std::uint64_t quotes = scan.quotes(masks);
        const JsonBlock block = scan.enter(masks, quotes, PortableJson::prefix_xor(quotes));
        scan.take<true>(block);
        const StrictMasks strict = PortableJson::strict_masks(bytes);
        if (check.needs_utf8(strict)) { check.utf8(scan, block, strict, PortableJson::utf8_masks(bytes)); }
        check.block(scan, block, masks, strict);
        if (scan.has_failed()) { return; }
    }
    check.end(scan);
}

#if SHEAF_HAS_X86_VECTORS

SHEAF_TARGET_JSON_AVX2 inline void read_fast_by_avx2(FrameScan& scan) noexcept {
    while (const char* const bytes = scan.next_block()) {
        const JsonMasks masks = Avx2Json::masks(bytes, scan.letters());
        const std::uint64_t quotes = scan.quotes(masks);
        if (scan.take<false>(scan.enter(masks, quotes, Avx2Json::prefix_xor(quotes)))) { break; }
    }
    scan.end();
}

SHEAF_TARGET_JSON_AVX2 inline void read_strictly_by_avx2(FrameScan& scan) noexcept {
    StrictCheck check;
    while (const char* const bytes = scan.next_block()) {
        const JsonMasks masks = Avx2Json::masks(bytes, scan.letters());
        const std::uint64_t quotes = scan.quotes(masks);
        const JsonBlock block = scan.enter(masks, quotes, Avx2Json::prefix_xor(quotes));
        scan.take<true>(block);
        const StrictMasks strict = Avx2Json::strict_masks(bytes);
        if (check.needs_utf8(strict)) { check.utf8(scan, block, strict, Avx2Json::utf8_masks(bytes)); }
        check.block(scan, block, masks, strict);
        if (scan.has_failed()) { return; }
    }
    check.end(scan);
}

SHEAF_TARGET_JSON_AVX512 inline void read_fast_by_avx512(FrameScan& scan) noexcept {
    while (const char* const bytes = scan.next_block()) {
        const JsonMasks masks = Avx512Json::masks(bytes, scan.letters());
        const std::uint64_t quotes = scan.quotes(masks);
        if (scan.take<false>(scan.enter(masks, quotes, Avx512Json::prefix_xor(quotes)))) { break; }
    }
    scan.end();
}

SHEAF_TARGET_JSON_AVX512 inline void read_strictly_by_avx512(FrameScan& scan) noexcept {
    StrictCheck check;
    while (const char* const bytes = scan.next_block()) {
        const JsonMasks masks = Avx512Json::masks(bytes, scan.letters());
        const std::uint64_t quotes = scan.quotes(masks);
        const JsonBlock block = scan.enter(masks, quotes, Avx512Json::prefix_xor(quotes));
        scan.take<true>(block);
        const StrictMasks strict = Avx512Json::strict_masks(bytes);
        if (check.needs_utf8(strict)) { check.utf8(scan, block, strict, Avx512Json::utf8_masks(bytes)); }
        check.block(scan, block, masks, strict);
        if (scan.has_failed()) { return; }
    }
    check.end(scan);
}

#endif

/// Reads the values of two keys that are not empty. Precondition: the path is available.
[[nodiscard]] inline RootPair read_frame(JsonPath path,
                                         bool strictly,
                                         std::string_view frame,
                                         std::string_view first,
                                         std::string_view second) noexcept {
    FrameScan scan{frame, first, second};
    if (!scan.has_failed()) {
        switch (path) {
#if SHEAF_HAS_X86_VECTORS
        case JsonPath::avx512: strictly ? read_strictly_by_avx512(scan) : read_fast_by_avx512(scan); break;
        case JsonPath::avx2: strictly ? read_strictly_by_avx2(scan) : read_fast_by_avx2(scan); break;
#endif
        default: strictly ? read_strictly_portably(scan) : read_fast_portably(scan);
        }
    }
    return scan.pair();
}

}  // namespace detail

SHEAF_NAMESPACE_END
