#include <sheaf/collation/keep_chunks.hpp>

#include <sheaf/concepts.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using sheaf::KeepChunks;

struct CopiesMayThrow {
    static inline int copies_left = -1;
    int value = 0;
    explicit CopiesMayThrow(int v)
        : value{v} {}
    CopiesMayThrow(const CopiesMayThrow& other)
        : value{other.value} {
        if (copies_left-- == 0) { throw std::runtime_error{"copy"}; }
    }
    CopiesMayThrow& operator=(const CopiesMayThrow&) = default;
};

static_assert(sheaf::CollationFor<KeepChunks, int>);
static_assert(sheaf::CollationFor<KeepChunks, std::unique_ptr<int>>);

}  // namespace

TEST_CASE("KeepChunks keeps each chunk as one element") {
    KeepChunks::NoPrefix prefix;
    std::vector<std::string> chunks{"a", "", "longer than a short string, so that it owns memory"};
    const auto expected = chunks;
    const auto* const memory = chunks[2].data();
    CHECK_FALSE(KeepChunks::append<std::string>(prefix, chunks[0]));
    CHECK(chunks == expected);
    const auto output = KeepChunks::finish<std::string>(prefix, std::span{chunks});
    CHECK(output == expected);
    CHECK(output[2].data() == memory);
    CHECK(KeepChunks::finish<std::string>(prefix, {}).empty());
}

TEST_CASE("KeepChunks leaves the chunks alone where it throws") {
    KeepChunks::NoPrefix prefix;
    std::vector<CopiesMayThrow> chunks;
    chunks.reserve(3);
    for (int i = 1; i <= 3; ++i) { chunks.emplace_back(i); }
    CopiesMayThrow::copies_left = 2;
    CHECK_THROWS_AS(static_cast<void>(KeepChunks::finish<CopiesMayThrow>(prefix, std::span{chunks})),
                    std::runtime_error);
    CopiesMayThrow::copies_left = -1;
    REQUIRE(chunks.size() == 3);
    CHECK(chunks[0].value == 1);
    CHECK(chunks[2].value == 3);
    CHECK(KeepChunks::finish<CopiesMayThrow>(prefix, std::span{chunks})[1].value == 2);
}
