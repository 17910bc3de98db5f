#include <sheaf/detail/crc32c.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace {

std::uint32_t checksum(const std::vector<std::byte>& bytes) {
    return sheaf::detail::crc32c(std::span{bytes});
}

}  // namespace

TEST_CASE("crc32c: the examples of RFC 3720, appendix B.4") {
    CHECK(checksum(std::vector<std::byte>(32, std::byte{0})) == 0x8a9136aaU);
    CHECK(checksum(std::vector<std::byte>(32, std::byte{0xff})) == 0x62a8ab43U);
    std::vector<std::byte> rising(32);
    for (std::size_t i = 0; i < rising.size(); ++i) { rising[i] = static_cast<std::byte>(i); }
    CHECK(checksum(rising) == 0x46dd794eU);
    const std::string_view digits = "123456789";
    CHECK(sheaf::detail::crc32c(std::as_bytes(std::span{digits})) == 0xe3069283U);
    CHECK(sheaf::detail::crc32c({}) == 0);
}

TEST_CASE("crc32c: goes on where another call ended") {
    std::vector<std::byte> bytes(37);
    for (std::size_t i = 0; i < bytes.size(); ++i) { bytes[i] = static_cast<std::byte>(i * 73 + 5); }
    const std::span<const std::byte> all{bytes};
    for (std::size_t split = 0; split <= bytes.size(); ++split) {
        CAPTURE(split);
        const std::uint32_t first = sheaf::detail::crc32c(all.first(split));
        CHECK(sheaf::detail::crc32c(all.subspan(split), first) == sheaf::detail::crc32c(all));
    }
}
