#include <sheaf/collation/fold.hpp>

#include <sheaf/concepts.hpp>

#include <doctest/doctest.h>

#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Join {
    std::string operator()(std::string all, const std::string& chunk) const {
        if (chunk == "throw") { throw std::runtime_error{"fold"}; }
        return all + '[' + chunk + ']';
    }
};
struct Numbered {
    int calls = 0;
    std::string operator()(std::string all, int chunk) {
        return std::move(all) + std::to_string(++calls) + ':' + std::to_string(chunk) + ' ';
    }
};
using JoinAll = sheaf::Fold<std::string, Join>;

static_assert(sheaf::CollationFor<JoinAll, std::string>);
static_assert(!sheaf::CollationFor<JoinAll, std::vector<int>>);

}  // namespace

TEST_CASE("Fold folds in index order, from a value-initialised output") {
    JoinAll::NoPrefix prefix;
    std::vector<std::string> chunks{"a", "b", "", "c"};
    CHECK_FALSE(JoinAll::append<std::string>(prefix, chunks[0]));
    CHECK(JoinAll::finish<std::string>(prefix, std::span{chunks}) == "[a][b][][c]");
    CHECK(JoinAll::finish<std::string>(prefix, {}).empty());
}

TEST_CASE("Fold makes one function object for each resource") {
    using Count = sheaf::Fold<std::string, Numbered>;
    Count::NoPrefix prefix;
    std::vector<int> chunks{10, 20};
    CHECK(Count::finish<int>(prefix, std::span{chunks}) == "1:10 2:20 ");
    CHECK(Count::finish<int>(prefix, std::span{chunks}) == "1:10 2:20 ");
}

TEST_CASE("Fold lets what the function throws through and leaves the chunks alone") {
    JoinAll::NoPrefix prefix;
    std::vector<std::string> chunks{"a", "throw", "c"};
    const auto expected = chunks;
    CHECK_THROWS_WITH_AS(static_cast<void>(JoinAll::finish<std::string>(prefix, std::span{chunks})), "fold",
                         std::runtime_error);
    CHECK(chunks == expected);
}
