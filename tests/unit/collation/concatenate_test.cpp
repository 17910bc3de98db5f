#include <sheaf/collation/concatenate.hpp>

#include <sheaf/concepts.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using sheaf::Concatenate;
using Numbers = std::vector<std::uint32_t>;

/// Allocator that fails from the given allocation on.
struct Memory {
    static inline int allocations_left = -1;  // below zero: any number
    static inline std::size_t blocks = 0;
};
template <class T>
struct LimitedAllocator {
    using value_type = T;
    LimitedAllocator() = default;
    template <class U>
    LimitedAllocator(const LimitedAllocator<U>& /*other*/) noexcept {}  // NOLINT
    T* allocate(std::size_t n) {
        if (Memory::allocations_left == 0) { throw std::bad_alloc{}; }
        if (Memory::allocations_left > 0) { --Memory::allocations_left; }
        ++Memory::blocks;
        return std::allocator<T>{}.allocate(n);
    }
    void deallocate(T* memory, std::size_t n) noexcept {
        --Memory::blocks;
        std::allocator<T>{}.deallocate(memory, n);
    }
    friend bool operator==(LimitedAllocator, LimitedAllocator) noexcept { return true; }
};
using Limited = std::vector<int, LimitedAllocator<int>>;

/// An element whose moves and copies may throw.
struct Fragile {
    static inline int copies_left = -1;
    int value = 0;
    Fragile() = default;
    explicit Fragile(int v)
        : value{v} {}
    Fragile(const Fragile& other)
        : value{other.value} {
        if (copies_left == 0) { throw std::runtime_error{"copy"}; }
        if (copies_left > 0) { --copies_left; }
    }
    Fragile& operator=(const Fragile&) = default;
    friend bool operator==(const Fragile&, const Fragile&) = default;
};

struct UniqueElement {
    UniqueElement(UniqueElement&&) noexcept(false) {}
};

static_assert(sheaf::CollationFor<Concatenate, Numbers>);
static_assert(sheaf::CollationFor<Concatenate, std::string>);
static_assert(sheaf::CollationFor<Concatenate, std::list<int>>);
static_assert(sheaf::CollationFor<Concatenate, std::vector<bool>>);
static_assert(sheaf::CollationFor<Concatenate, std::vector<std::unique_ptr<int>>>);
static_assert(!sheaf::CollationFor<Concatenate, int>);
static_assert(!sheaf::CollationFor<Concatenate, std::list<std::unique_ptr<int>>>,
              "its finish would have to copy");
static_assert(!sheaf::CollationFor<Concatenate, std::vector<UniqueElement>>);

}  // namespace

TEST_CASE("Concatenate takes the first chunk over and appends the others") {
    Numbers prefix;
    Numbers first{1, 2};
    const auto* const memory = first.data();
    REQUIRE(Concatenate::append<Numbers>(prefix, first));
    CHECK(prefix == Numbers{1, 2});
    CHECK(prefix.data() == memory);
    CHECK(first.capacity() == 0);

    Numbers second{3};
    Numbers empty;
    Numbers third{4, 5, 6};
    REQUIRE(Concatenate::append<Numbers>(prefix, second));
    REQUIRE(Concatenate::append<Numbers>(prefix, empty));
    REQUIRE(Concatenate::append<Numbers>(prefix, third));
    CHECK(prefix == Numbers{1, 2, 3, 4, 5, 6});
    CHECK(Concatenate::finish<Numbers>(prefix, {}) == Numbers{1, 2, 3, 4, 5, 6});
}

TEST_CASE("Concatenate keeps working on empty chunks, also in front") {
    Numbers prefix;
    Numbers empty;
    empty.reserve(100);
    REQUIRE(Concatenate::append<Numbers>(prefix, empty));
    REQUIRE(Concatenate::append<Numbers>(prefix, empty));
    Numbers one{7};
    REQUIRE(Concatenate::append<Numbers>(prefix, one));
    CHECK(prefix == Numbers{7});
    Numbers nothing;
    CHECK(Concatenate::finish<Numbers>(nothing, {}).empty());
}

TEST_CASE("Concatenate grows geometrically") {
    Numbers prefix;
    std::size_t growths = 0;
    for (std::uint32_t i = 0; i < 100'000; ++i) {
        Numbers chunk{i};
        const auto before = prefix.capacity();
        REQUIRE(Concatenate::append<Numbers>(prefix, chunk));
        growths += prefix.capacity() == before ? 0U : 1U;
    }
    CHECK(prefix.size() == 100'000);
    CHECK(prefix.back() == 99'999);
    CHECK(growths <= 18);
}

TEST_CASE("Concatenate copies a first chunk with much spare room, whose memory serves the next one") {
    Numbers prefix;
    Numbers chunk{1, 2};
    chunk.reserve(1000);
    const auto* const memory = chunk.data();
    REQUIRE(Concatenate::append<Numbers>(prefix, chunk));
    CHECK(prefix == Numbers{1, 2});
    CHECK(prefix.capacity() < 1000);
    CHECK(chunk.capacity() == 1000);
    CHECK(chunk.data() == memory);
}

TEST_CASE("Concatenate copies into a prefix that has room") {
    std::string prefix;
    prefix.reserve(100);
    const auto* const memory = prefix.data();
    std::string chunk(50, 'x');
    REQUIRE(Concatenate::append<std::string>(prefix, chunk));
    CHECK(prefix == std::string(50, 'x'));
    CHECK(prefix.data() == memory);
}

TEST_CASE("Concatenate leaves nothing in a chunk whose elements own something") {
    std::vector<std::string> prefix{"a"};
    std::vector<std::string> chunk{std::string(1000, 'x')};
    REQUIRE(Concatenate::append<std::vector<std::string>>(prefix, chunk));
    CHECK(prefix.back() == std::string(1000, 'x'));
    CHECK(chunk.capacity() == 0);
}

TEST_CASE("Concatenate::append leaves both alone where memory is short") {
    const Limited one_two{1, 2};
    const Limited three_four{3, 4};
    {
        Limited prefix{one_two};
        Limited chunk{three_four};
        const auto* const prefix_memory = prefix.data();
        const auto* const chunk_memory = chunk.data();
        Memory::allocations_left = 0;
        CHECK_FALSE(Concatenate::append<Limited>(prefix, chunk));
        Memory::allocations_left = -1;
        CHECK(prefix == one_two);
        CHECK(chunk == three_four);
        CHECK(prefix.data() == prefix_memory);
        CHECK(chunk.data() == chunk_memory);
        CHECK(Concatenate::append<Limited>(prefix, chunk));
        CHECK(prefix == Limited{1, 2, 3, 4});
    }
    CHECK(Memory::blocks == 2);  // the two constants
}

TEST_CASE("Concatenate::finish joins what stayed separate, with one allocation") {
    const Limited expected{1, 2, 3, 4, 5};
    Limited prefix{1};
    std::vector<Limited> chunks{Limited{2, 3}, Limited{}, Limited{4}, Limited{5}};
    Memory::allocations_left = 1;
    const Limited output = Concatenate::finish<Limited>(prefix, std::span{chunks});
    Memory::allocations_left = -1;
    CHECK(output == expected);
    CHECK(chunks[0].capacity() == 0);

    Limited none;
    std::vector<Limited> single{Limited{8, 9}};
    Memory::allocations_left = 0;
    const Limited taken = Concatenate::finish<Limited>(none, std::span{single});
    Memory::allocations_left = -1;
    CHECK(taken == Limited{8, 9});
}

TEST_CASE("Concatenate::finish has no effect where it throws") {
    const Limited expected{1};
    const std::vector<Limited> expected_chunks{Limited{2, 3}, Limited{4}};
    Limited prefix{expected};
    std::vector<Limited> chunks{expected_chunks};
    Memory::allocations_left = 0;
    CHECK_THROWS_AS(static_cast<void>(Concatenate::finish<Limited>(prefix, std::span{chunks})),
                    std::bad_alloc);
    Memory::allocations_left = -1;
    CHECK(prefix == expected);
    CHECK(chunks == expected_chunks);
}

TEST_CASE("Concatenate copies elements whose move may throw, and only in finish") {
    using Chunk = std::vector<Fragile>;
    Chunk prefix;
    Chunk chunk{Fragile{1}};
    CHECK_FALSE(Concatenate::append<Chunk>(prefix, chunk));
    CHECK(chunk.size() == 1);

    const std::vector<Chunk> expected{Chunk{Fragile{1}, Fragile{2}}, Chunk{Fragile{3}}};
    std::vector<Chunk> chunks{expected};
    Fragile::copies_left = 2;
    CHECK_THROWS_AS(static_cast<void>(Concatenate::finish<Chunk>(prefix, std::span{chunks})),
                    std::runtime_error);
    Fragile::copies_left = -1;
    CHECK(prefix.empty());
    CHECK(chunks == expected);
    CHECK(Concatenate::finish<Chunk>(prefix, std::span{chunks}) == Chunk{Fragile{1}, Fragile{2}, Fragile{3}});
}

TEST_CASE("Concatenate takes containers that are not vectors, and elements that cannot be copied") {
    using List = std::list<int>;
    List prefix;
    std::vector<List> lists{List{1, 2}, List{3}};
    CHECK_FALSE(Concatenate::append<List>(prefix, lists[0]));
    CHECK(Concatenate::finish<List>(prefix, std::span{lists}) == List{1, 2, 3});

    using Bits = std::vector<bool>;
    Bits no_bits;
    std::vector<Bits> bits{Bits{true}, Bits{false, true}};
    CHECK(Concatenate::finish<Bits>(no_bits, std::span{bits}) == Bits{true, false, true});

    using Pointers = std::vector<std::unique_ptr<int>>;
    Pointers pointers;
    Pointers a;
    a.push_back(std::make_unique<int>(1));
    Pointers b;
    b.push_back(std::make_unique<int>(2));
    REQUIRE(Concatenate::append<Pointers>(pointers, a));
    REQUIRE(Concatenate::append<Pointers>(pointers, b));
    const Pointers output = Concatenate::finish<Pointers>(pointers, {});
    REQUIRE(output.size() == 2);
    CHECK(*output[0] == 1);
    CHECK(*output[1] == 2);
}
