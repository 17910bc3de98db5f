#pragma once

#include <sheaf/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// CRC-32C (polynomial 0x1EDC6F41, reflected; RFC 3720, appendix B.4), eight tables for eight bytes at a time.
struct Crc32cTables {
    std::array<std::array<std::uint32_t, 256>, 8> table{};

    constexpr Crc32cTables() noexcept {
        constexpr std::uint32_t reflected_polynomial = 0x82f63b78U;
        for (std::uint32_t byte = 0; byte < 256; ++byte) {
            std::uint32_t remainder = byte;
            for (int bit = 0; bit < 8; ++bit) {
                remainder = remainder >> 1U ^ ((remainder & 1U) != 0 ? reflected_polynomial : 0);
            }
            table[0][byte] = remainder;
        }
        for (std::size_t distance = 1; distance < 8; ++distance) {
            for (std::size_t byte = 0; byte < 256; ++byte) {
                const std::uint32_t nearer = table[distance - 1][byte];
                table[distance][byte] = nearer >> 8U ^ table[0][nearer & 0xffU];
            }
        }
    }
};
inline constexpr Crc32cTables crc32c_tables{};

/// The checksum of `before` bytes and then these, where `crc` is that of the former; 0 for none.
///
/// Complexity: linear; about a byte a cycle.
[[nodiscard]] constexpr std::uint32_t crc32c(std::span<const std::byte> bytes,
                                             std::uint32_t crc = 0) noexcept {
    const auto& table = crc32c_tables.table;
    crc = ~crc;
    const auto byte_at = [&](std::size_t i) { return std::to_integer<std::uint32_t>(bytes[i]); };
    std::size_t i = 0;
    for (; i + 8 <= bytes.size(); i += 8) {
        const std::uint32_t low =
            crc ^ (byte_at(i) | byte_at(i + 1) << 8U | byte_at(i + 2) << 16U | byte_at(i + 3) << 24U);
        crc = table[7][low & 0xffU] ^ table[6][low >> 8U & 0xffU] ^ table[5][low >> 16U & 0xffU] ^
              table[4][low >> 24U] ^ table[3][byte_at(i + 4)] ^ table[2][byte_at(i + 5)] ^
              table[1][byte_at(i + 6)] ^ table[0][byte_at(i + 7)];
    }
    for (; i < bytes.size(); ++i) { crc = crc >> 8U ^ table[0][(crc ^ byte_at(i)) & 0xffU]; }
    return ~crc;
}

}  // namespace detail

SHEAF_NAMESPACE_END
