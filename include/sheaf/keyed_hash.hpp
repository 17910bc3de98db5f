#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/load_word.hpp>

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

SHEAF_NAMESPACE_BEGIN

/// The secret of a keyed hash.
struct SipKey {
    /// Its first eight bytes, little-endian.
    std::uint64_t k0 = 0;
    /// Its last eight bytes, little-endian.
    std::uint64_t k1 = 0;
};

namespace detail {

/// The state of SipHash (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012). `Compression` rounds for
/// each 8-byte word, `Finalization` rounds at the end: 1 and 3 for hash tables, 2 and 4 for the paper's vectors.
template <int Compression, int Finalization>
class SipState {
public:
    constexpr explicit SipState(SipKey key) noexcept
        : v0_{key.k0 ^ 0x736f6d6570736575ULL}
        , v1_{key.k1 ^ 0x646f72616e646f6dULL}
        , v2_{key.k0 ^ 0x6c7967656e657261ULL}
        , v3_{key.k1 ^ 0x7465646279746573ULL} {}

    constexpr void compress(std::uint64_t word) noexcept {
        v3_ ^= word;
        rounds(Compression);
        v0_ ^= word;
    }

    [[nodiscard]] constexpr std::uint64_t finish() noexcept {
        v2_ ^= 0xff;
        rounds(Finalization);
        return v0_ ^ v1_ ^ v2_ ^ v3_;
    }

private:
    constexpr void rounds(int count) noexcept {
        for (int i = 0; i < count; ++i) {
            v0_ += v1_;
            v1_ = std::rotl(v1_, 13) ^ v0_;
            v0_ = std::rotl(v0_, 32);
            v2_ += v3_;
            v3_ = std::rotl(v3_, 16) ^ v2_;
            v0_ += v3_;
            v3_ = std::rotl(v3_, 21) ^ v0_;
            v2_ += v1_;
            v1_ = std::rotl(v1_, 17) ^ v2_;
            v2_ = std::rotl(v2_, 32);
        }
    }

    std::uint64_t v0_, v1_, v2_, v3_;
};

/// SipHash of a byte string, the same on every platform.
template <int Compression = 1, int Finalization = 3>
[[nodiscard]] constexpr std::uint64_t sip_hash(std::span<const std::byte> bytes, SipKey key) noexcept {
    SipState<Compression, Finalization> state{key};
    const std::size_t whole = bytes.size() / 8 * 8;
    for (std::size_t at = 0; at < whole; at += 8) { state.compress(load_word(bytes.data() + at)); }
    std::uint64_t rest = std::uint64_t{bytes.size() & 0xffU} << 56U;
    for (std::size_t i = whole; i < bytes.size(); ++i) {
        rest |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * (i - whole));
    }
    state.compress(rest);
    return state.finish();
}

}  // namespace detail

/// Hashes ids, numbers or texts, by SipHash-1-3 under a key: without the key nobody can choose ids that collide.
///
/// Thread safety: immutable.
class KeyedHash {
public:
    /// The same key gives the same hashes, on every platform.
    constexpr explicit KeyedHash(SipKey key) noexcept
        : key_{key} {}

    /// The hash of the id as eight bytes, little-endian. Complexity: constant.
    template <std::integral Id>
    [[nodiscard]] constexpr std::uint64_t operator()(Id id) const noexcept {
        detail::SipState<1, 3> state{key_};
        state.compress(static_cast<std::uint64_t>(id));
        state.compress(std::uint64_t{sizeof(std::uint64_t)} << 56U);
        return state.finish();
    }

    /// The hash of the bytes. Complexity: linear.
    [[nodiscard]] std::uint64_t operator()(std::string_view id) const noexcept {
        return detail::sip_hash(std::as_bytes(std::span{id}), key_);
    }

private:
    SipKey key_;
};

SHEAF_NAMESPACE_END
