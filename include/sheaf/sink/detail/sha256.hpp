#pragma once

#include <sheaf/config.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// SHA-256 (FIPS 180-4) of a text, in hexadecimal. Only for names of files that cannot be the ids
/// themselves: there two ids of one name would be a lost result, and who sends ids must not be able to make
/// such a pair.
class Sha256 {
public:
    /// Throws: `std::bad_alloc`.
    [[nodiscard]] static std::string hex(std::string_view text) {
        std::array<std::uint32_t, 8> state{0x6A09E667U, 0xBB67AE85U, 0x3C6EF372U, 0xA54FF53AU,
                                           0x510E527FU, 0x9B05688CU, 0x1F83D9ABU, 0x5BE0CD19U};
        std::string_view rest = text;
        for (; rest.size() >= block_size; rest.remove_prefix(block_size)) { mix(state, rest); }
        // Padding: a one bit, zeros, and the length in bits as 64 bits at the end of the last block.
        std::string tail{rest};
        tail += '\x80';
        tail.append((2 * block_size - 8 - tail.size()) % block_size, '\0');
        const std::uint64_t bits = std::uint64_t{text.size()} * 8;
        for (unsigned shift = 64; shift > 0; shift -= 8) {
            tail += static_cast<char>(static_cast<unsigned char>(bits >> (shift - 8)));
        }
        for (std::size_t i = 0; i < tail.size(); i += block_size) {
            mix(state, std::string_view{tail}.substr(i, block_size));
        }
        std::string digits;
        digits.reserve(64);
        for (const std::uint32_t word : state) {
            for (unsigned shift = 32; shift > 0; shift -= 4) {
                digits += "0123456789abcdef"[(word >> (shift - 4)) & 15U];
            }
        }
        return digits;
    }

private:
    static constexpr std::size_t block_size = 64;

    static void mix(std::array<std::uint32_t, 8>& state, std::string_view block) noexcept {
        std::array<std::uint32_t, 64> w{};
        for (std::size_t i = 0; i < 16; ++i) {
            const auto byte = [&](std::size_t j) {
                return std::uint32_t{static_cast<unsigned char>(block[4 * i + j])};
            };
            w[i] = byte(0) << 24U | byte(1) << 16U | byte(2) << 8U | byte(3);
        }
        for (std::size_t i = 16; i < 64; ++i) {
            const std::uint32_t low = std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ (w[i - 15] >> 3U);
            const std::uint32_t high = std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ (w[i - 2] >> 10U);
            w[i] = w[i - 16] + low + w[i - 7] + high;
        }
        auto [a, b, c, d, e, f, g, h] = state;
        for (std::size_t i = 0; i < 64; ++i) {
            const std::uint32_t one = h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) +
                                      ((e & f) ^ (~e & g)) + round_constants[i] + w[i];
            const std::uint32_t two =
                (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
            h = g;
            g = f;
            f = e;
            e = d + one;
            d = c;
            c = b;
            b = a;
            a = one + two;
        }
        const std::array<std::uint32_t, 8> mixed{a, b, c, d, e, f, g, h};
        for (std::size_t i = 0; i < 8; ++i) { state[i] += mixed[i]; }
    }

    // clang-format off
    static constexpr std::array<std::uint32_t, 64> round_constants{
        0x428A2F98U, 0x71374491U, 0xB5C0FBCFU, 0xE9B5DBA5U, 0x3956C25BU, 0x59F111F1U, 0x923F82A4U, 0xAB1C5ED5U,
        0xD807AA98U, 0x12835B01U, 0x243185BEU, 0x550C7DC3U, 0x72BE5D74U, 0x80DEB1FEU, 0x9BDC06A7U, 0xC19BF174U,
        0xE49B69C1U, 0xEFBE4786U, 0x0FC19DC6U, 0x240CA1CCU, 0x2DE92C6FU, 0x4A7484AAU, 0x5CB0A9DCU, 0x76F988DAU,
        0x983E5152U, 0xA831C66DU, 0xB00327C8U, 0xBF597FC7U, 0xC6E00BF3U, 0xD5A79147U, 0x06CA6351U, 0x14292967U,
        0x27B70A85U, 0x2E1B2138U, 0x4D2C6DFCU, 0x53380D13U, 0x650A7354U, 0x766A0ABBU, 0x81C2C92EU, 0x92722C85U,
        0xA2BFE8A1U, 0xA81A664BU, 0xC24B8B70U, 0xC76C51A3U, 0xD192E819U, 0xD6990624U, 0xF40E3585U, 0x106AA070U,
        0x19A4C116U, 0x1E376C08U, 0x2748774CU, 0x34B0BCB5U, 0x391C0CB3U, 0x4ED8AA4AU, 0x5B9CCA4FU, 0x682E6FF3U,
        0x748F82EEU, 0x78A5636FU, 0x84C87814U, 0x8CC70208U, 0x90BEFFFAU, 0xA4506CEBU, 0xBEF9A3F7U, 0xC67178F2U};
    // clang-format on
};

}  // namespace detail

SHEAF_NAMESPACE_END
