#include <sheaf/transform/identity.hpp>

#include <sheaf/concepts.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <type_traits>
#include <vector>

static_assert(sheaf::SynchronousTransform<sheaf::Identity>);
static_assert(std::is_same_v<sheaf::transform_chunk_t<sheaf::Identity>, std::vector<std::byte>>);

TEST_CASE("Identity copies the payload") {
    const std::vector<std::byte> payload{std::byte{0}, std::byte{0xFF}, std::byte{0x20}};
    const auto chunk = sheaf::Identity{}(payload);
    CHECK(chunk == payload);
    CHECK(chunk.data() != payload.data());
    CHECK(sheaf::Identity{}({}).empty());
}
