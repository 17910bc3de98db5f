#include <sheaf/core/slab.hpp>

#include "counting_allocator.hpp"
#include "random.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <vector>

namespace {

struct Item {
    explicit Item(std::uint32_t made_as, std::uint64_t content_ = 0)
        : handle{made_as}
        , content{content_} {
        if (content == refused) { throw std::runtime_error{"refused"}; }
        ++alive;
    }
    Item(const Item&) = delete;
    Item& operator=(const Item&) = delete;
    ~Item() { --alive; }

    static constexpr std::uint64_t refused = ~std::uint64_t{0};
    inline static std::size_t alive = 0;

    std::uint32_t handle;
    std::uint64_t content;
};

using Slab = sheaf::core::Slab<Item, test::CountingAllocator>;

}  // namespace

TEST_CASE("Slab: objects stay where they are, and their handles name them, whatever comes and goes") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        test::Random random{seed};
        {
            Slab slab;
            std::map<Slab::Handle, Item*> reference;
            std::vector<Slab::Handle> handles;
            for (int step = 0; step < 4'000; ++step) {
                const unsigned growth = step < 2'500 ? 60 : 20;  // fills, then empties
                if (handles.empty() || random.chance(growth)) {
                    Item& made = slab.create(static_cast<std::uint64_t>(step));
                    REQUIRE(made.handle != Slab::none);
                    REQUIRE(reference.emplace(made.handle, &made).second);
                    handles.push_back(made.handle);
                } else {
                    const std::size_t at = random.below(handles.size());
                    slab.destroy(handles[at]);
                    reference.erase(handles[at]);
                    handles[at] = handles.back();
                    handles.pop_back();
                }
                slab.prefetch_next();
                REQUIRE(Item::alive == reference.size());
            }
            for (const auto& [handle, item] : reference) {
                REQUIRE(&slab[handle] == item);
                REQUIRE(item->handle == handle);
            }
            for (const Slab::Handle handle : handles) { slab.destroy(handle); }
        }
        REQUIRE(Item::alive == 0);
    }
}

TEST_CASE("Slab: an object that is not made leaves everything as it was") {
    Slab slab;
    CHECK_THROWS_AS(static_cast<void>(slab.create(Item::refused)), std::runtime_error);
    Item& first = slab.create(1U);
    CHECK_THROWS_AS(static_cast<void>(slab.create(Item::refused)), std::runtime_error);
    Item& second = slab.create(2U);
    CHECK(first.content == 1);
    CHECK(second.content == 2);
    CHECK(first.handle != second.handle);
    CHECK(Item::alive == 2);
    slab.destroy(first.handle);
    slab.destroy(second.handle);
}

TEST_CASE("Slab: memory goes back block by block, and the last one with room stays") {
    Slab slab;
    std::vector<Slab::Handle> handles;
    const auto fill = [&](std::size_t count) {
        while (handles.size() < count) { handles.push_back(slab.create().handle); }
    };
    const auto empty = [&](std::size_t count) {
        for (; handles.size() > count; handles.pop_back()) { slab.destroy(handles.back()); }
    };
    fill(3 * Slab::block_size);
    const std::size_t at_most = test::allocated_bytes();
    empty(0);
    CHECK(test::allocated_bytes() <= at_most - 2 * Slab::block_size * sizeof(Item));
    // One more and one less, over and over, needs no memory.
    const std::size_t while_empty = test::allocated_bytes();
    for (int i = 0; i < 100; ++i) {
        fill(1);
        CHECK(test::allocated_bytes() == while_empty);
        empty(0);
        CHECK(test::allocated_bytes() == while_empty);
    }
    fill(3 * Slab::block_size);
    CHECK(test::allocated_bytes() == at_most);
    empty(0);
}
