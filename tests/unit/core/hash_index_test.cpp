#include <sheaf/core/hash_index.hpp>

#include "random.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

using sheaf::core::HashIndex;
using Handle = HashIndex<>::Handle;

namespace {

/// Handles stand for keys here; which hash belongs to a handle is up to the test.
bool has(HashIndex<>& index, std::uint64_t hash, Handle handle) {
    const auto* slot = index.find(hash, [handle](Handle other) { return other == handle; });
    return slot != nullptr && slot->handle == handle && slot->hash == static_cast<std::uint32_t>(hash);
}

void insert(HashIndex<>& index, std::uint64_t hash, Handle handle) {
    index.reserve_one();
    index.insert(hash, handle);
}

void erase(HashIndex<>& index, std::uint64_t hash, Handle handle) {
    index.erase(index.find(hash, [handle](Handle other) { return other == handle; }));
}

}  // namespace

TEST_CASE("HashIndex: an empty one finds nothing") {
    HashIndex<> index;
    CHECK(index.size() == 0);
    CHECK(index.find(0, [](Handle) { return true; }) == nullptr);
}

TEST_CASE("HashIndex: asks only about handles with the right hash") {
    HashIndex<> index;
    insert(index, 8, 1);
    insert(index, 16, 2);  // the same place in a small table
    int asked = 0;
    const auto* slot = index.find(16, [&asked](Handle handle) {
        ++asked;
        return handle == 2;
    });
    REQUIRE(slot != nullptr);
    CHECK(slot->handle == 2);
    CHECK(asked == 1);
}

TEST_CASE("HashIndex: a slot can be pointed elsewhere") {
    HashIndex<> index;
    insert(index, 5, 10);
    index.find(5, [](Handle) { return true; })->handle = 11;
    CHECK_FALSE(has(index, 5, 10));
    CHECK(has(index, 5, 11));
}

TEST_CASE("HashIndex: follows an unordered_map whatever the hash") {
    // Masks that leave all hashes distinct, that let them collide, and that wrap around the end of the table.
    for (const std::uint64_t mask :
         {~std::uint64_t{0}, std::uint64_t{0xff}, std::uint64_t{7}, std::uint64_t{0}}) {
        for (const std::uint64_t offset : {std::uint64_t{0}, ~std::uint64_t{0} - 2}) {
            CAPTURE(mask);
            CAPTURE(offset);
            test::Random random{mask ^ offset};
            HashIndex<> index;
            std::unordered_map<Handle, std::uint64_t> reference;  // handle to hash
            for (int step = 0; step < 3'000; ++step) {
                const auto handle = static_cast<Handle>(random.between(1, 300));
                const std::uint64_t hash = ((handle * 0x9e3779b97f4a7c15U) & mask) + offset;
                const unsigned growth = step < 2'000 ? 60 : 20;  // fills, then empties
                if (random.chance(growth)) {
                    if (reference.emplace(handle, hash).second) { insert(index, hash, handle); }
                } else if (reference.erase(handle) != 0) {
                    erase(index, hash, handle);
                }
                REQUIRE(index.size() == reference.size());
                REQUIRE(has(index, hash, handle) == reference.contains(handle));
                if (step % 50 == 0) {
                    for (Handle other = 1; other <= 300; ++other) {
                        const std::uint64_t hash_of_other = ((other * 0x9e3779b97f4a7c15U) & mask) + offset;
                        REQUIRE(has(index, hash_of_other, other) == reference.contains(other));
                    }
                }
            }
        }
    }
}
