#include <sheaf/core/chunk_slot.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using sheaf::core::ChunkSlot;
using sheaf::core::kept_bytes;

namespace {

/// A chunk that is no container; it says when it goes.
struct Plain {
    std::shared_ptr<int> value;
};

}  // namespace

TEST_CASE("ChunkSlot: has what was put into it until it is reset") {
    ChunkSlot<std::vector<int>> slot;
    CHECK_FALSE(slot.has_value());
    slot.emplace({1, 2, 3});
    REQUIRE(slot.has_value());
    CHECK(*slot == std::vector<int>{1, 2, 3});
    slot.emplace({4});
    CHECK(*std::as_const(slot) == std::vector<int>{4});
    slot.reset();
    CHECK_FALSE(slot.has_value());
}

TEST_CASE("ChunkSlot: its storage is no value until it is set") {
    ChunkSlot<std::vector<int>> slot;
    slot.storage().assign({5, 6});
    CHECK_FALSE(slot.has_value());
    slot.set();
    REQUIRE(slot.has_value());
    CHECK(*slot == std::vector<int>{5, 6});
}

TEST_CASE("ChunkSlot: memory that is little stays for the next chunk") {
    ChunkSlot<std::vector<std::byte>> slot;
    slot.storage().resize(kept_bytes);
    slot.set();
    const std::byte* const memory = slot.storage().data();
    REQUIRE(slot.storage().capacity() == kept_bytes);
    slot.reset();
    CHECK_FALSE(slot.has_value());
    slot.storage().assign(kept_bytes, std::byte{1});
    CHECK(slot.storage().data() == memory);
    slot.reset();
    slot.reset();  // without a chunk, too
    CHECK(slot.storage().data() == memory);
}

TEST_CASE("ChunkSlot: memory that is much goes back") {
    ChunkSlot<std::vector<std::byte>> slot;
    slot.emplace(std::vector<std::byte>(kept_bytes + 1));
    slot.reset();
    CHECK(slot.storage().capacity() == 0);
    slot.storage().resize(2 * kept_bytes);  // of a call that has failed, so that it was never set
    slot.reset();
    CHECK(slot.storage().capacity() == 0);
}

TEST_CASE("ChunkSlot: what elements own goes with the chunk, the chunk's own memory stays") {
    const auto owned = std::make_shared<int>(1);
    ChunkSlot<std::vector<std::shared_ptr<int>>> slot;
    slot.emplace({owned, owned});
    const auto* const memory = (*slot).data();
    CHECK(owned.use_count() == 3);
    slot.reset();
    CHECK(owned.use_count() == 1);
    slot.storage().push_back(nullptr);
    CHECK(slot.storage().data() == memory);
}

TEST_CASE("ChunkSlot: a chunk that is no container is destroyed") {
    const auto owned = std::make_shared<int>(1);
    ChunkSlot<Plain> slot;
    slot.emplace(Plain{owned});
    CHECK(owned.use_count() == 2);
    slot.reset();
    CHECK(owned.use_count() == 1);
    slot.storage().value = owned;
    slot.set();
    CHECK((*slot).value == owned);
    slot.reset();
    CHECK(owned.use_count() == 1);
}

TEST_CASE("ChunkSlot: short texts have no memory of their own to keep") {
    ChunkSlot<std::string> slot;
    slot.emplace("abc");
    slot.reset();
    CHECK_FALSE(slot.has_value());
    slot.storage() = "d";
    slot.set();
    CHECK(*slot == "d");
}

TEST_CASE("ChunkSlot: a container that is emptied for its memory is empty, whatever it held") {
    std::vector<int> little(10, 1);
    const std::size_t capacity = little.capacity();
    sheaf::core::empty_for_reuse(little);
    CHECK(little.empty());
    CHECK(little.capacity() == capacity);
    std::vector<int> much(kept_bytes / sizeof(int) + 1);
    sheaf::core::empty_for_reuse(much);
    CHECK(much.empty());
    CHECK(much.capacity() == 0);
}
