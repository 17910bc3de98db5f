#pragma once

#include <sheaf/config.hpp>

#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// The eight bytes from there on, the first one lowest, on every platform. At run time one load, where that is the processor's own
/// order: GCC does not always make one of eight loads of a byte.
template <class Byte>
[[nodiscard]] constexpr std::uint64_t load_word(const Byte* from) noexcept {
    static_assert(sizeof(Byte) == 1);
    std::uint64_t word = 0;
    if (std::endian::native == std::endian::little && !std::is_constant_evaluated()) {
        std::memcpy(&word, from, sizeof word);
    } else {
        for (unsigned i = 0; i < 8; ++i) {
            word |= std::uint64_t{static_cast<unsigned char>(from[i])} << 8U * i;
        }
    }
    return word;
}

}  // namespace detail

SHEAF_NAMESPACE_END
