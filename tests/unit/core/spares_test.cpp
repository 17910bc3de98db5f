#include <sheaf/core/spares.hpp>
#include <sheaf/traits.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

/// An allocator that only a move takes along: memory has to go back to the arena that it is from.
template <class T>
struct ArenaAllocator {
    using value_type = T;
    using propagate_on_container_move_assignment = std::true_type;
    using is_always_equal = std::false_type;

    ArenaAllocator() noexcept = default;
    explicit ArenaAllocator(std::size_t arena_) noexcept
        : arena{arena_} {}
    template <class U>
    ArenaAllocator(const ArenaAllocator<U>& other) noexcept  // NOLINT(google-explicit-constructor)
        : arena{other.arena} {}

    [[nodiscard]] T* allocate(std::size_t count) {
        held[arena] += static_cast<std::ptrdiff_t>(count * sizeof(T));
        return std::allocator<T>{}.allocate(count);
    }
    void deallocate(T* memory, std::size_t count) noexcept {
        held[arena] -= static_cast<std::ptrdiff_t>(count * sizeof(T));
        std::allocator<T>{}.deallocate(memory, count);
    }
    friend bool operator==(const ArenaAllocator&, const ArenaAllocator&) noexcept = default;

    inline static std::array<std::ptrdiff_t, 2> held{};
    std::size_t arena = 0;
};

using Numbers = std::vector<std::uint32_t>;
using ArenaNumbers = std::vector<std::uint32_t, ArenaAllocator<std::uint32_t>>;

}  // namespace

TEST_CASE("Spares: large outputs leave the room to small ones") {
    sheaf::core::Spares<sheaf::DefaultTraits, Numbers> spares;
    for (std::size_t i = 0; i < 2 * spares.most_prefixes; ++i) {
        Numbers large(sheaf::core::kept_bytes / sizeof(std::uint32_t) + 1);
        spares.keep_prefix(large);
    }
    Numbers empty;
    spares.keep_prefix(empty);
    Numbers small{1, 2, 3};
    const auto* const memory = small.data();
    spares.keep_prefix(small);

    Numbers prefix;
    spares.take_prefix(prefix);
    CHECK(prefix.empty());
    CHECK(prefix.capacity() == 3);
    CHECK(prefix.data() == memory);
    Numbers next;
    spares.take_prefix(next);
    CHECK(next.capacity() == 0);
}

TEST_CASE("Spares: memory goes back to where it is from") {
    {
        sheaf::core::Spares<sheaf::DefaultTraits, ArenaNumbers> spares;
        ArenaNumbers output({1, 2, 3}, ArenaAllocator<std::uint32_t>{1});
        spares.keep_prefix(output);
        ArenaNumbers prefix;
        spares.take_prefix(prefix);
        CHECK(prefix.capacity() == 3);
        CHECK(ArenaAllocator<std::uint32_t>::held == std::array<std::ptrdiff_t, 2>{0, 12});
    }
    CHECK(ArenaAllocator<std::uint32_t>::held == std::array<std::ptrdiff_t, 2>{});
}
