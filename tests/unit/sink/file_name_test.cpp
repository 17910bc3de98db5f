#include <sheaf/sink/detail/file_name.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace std::string_view_literals;
using sheaf::detail::file_name_of;

bool is_safe(std::string_view name) {
    return !name.empty() && name.size() <= sheaf::detail::longest_plain_name && name.front() != '.' &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      c == '_' || c == '-' || c == '.' || c == '%';
           });
}

}  // namespace

TEST_CASE("file names: a table") {
    const std::vector<std::pair<std::string_view, std::string_view>> rows{
        {"101"sv, "101"},
        {"-5"sv, "-5"},
        {"Order_7-b.part"sv, "Order_7-b.part"},
        {""sv, "%empty"},
        {"."sv, "%2E"},
        {".."sv, "%2E."},
        {"../../etc/passwd"sv, "%2E.%2F..%2Fetc%2Fpasswd"},
        {"/absolute"sv, "%2Fabsolute"},
        {".hidden"sv, "%2Ehidden"},
        {"a\0b"sv, "a%00b"},
        {"\0"sv, "%00"},
        {"%2E"sv, "%252E"},
        {"%empty"sv, "%25empty"},
        {"a b\n\\:*?\"<>|~"sv, "a%20b%0A%5C%3A%2A%3F%22%3C%3E%7C%7E"},
        {"\xC3\xBC\xFF"sv, "%C3%BC%FF"},
        {"Twin"sv, "Twin"},
        {"twin"sv, "twin"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.second);
        CHECK(file_name_of(row.first) == row.second);
        CHECK(is_safe(file_name_of(row.first)));
    }
}

TEST_CASE("file names: long ids are cut and hashed") {
    const std::string longest(200, 'a');
    CHECK(file_name_of(longest) == longest);
    const std::string over(201, 'a');
    // SHA-256 of it, by another program.
    CHECK(file_name_of(over) ==
          std::string(100, 'a') + "%long-a92efd82109373e58f9a2056dee01e807e216ce6075f7051207c0a9f7d666e50");
    for (const std::size_t size : {201U, 255U, 256U, 10'000U, 100'000U}) {
        for (const char c : {'a', '/', '.', '\0'}) {
            const std::string id(size, c);
            CHECK(is_safe(file_name_of(id)));
            CHECK(file_name_of(id) != file_name_of(id + c));
        }
    }
    CHECK(file_name_of(std::string(66, '/')).size() == 198);  // counted after the encoding
    CHECK(file_name_of(std::string(67, '/')).find("%long-") != std::string::npos);
    CHECK(file_name_of(file_name_of(over)) != file_name_of(over));
}

TEST_CASE("file names: distinct for distinct ids") {
    std::map<std::string, std::string> id_of;
    std::size_t ids = 0;
    const auto add = [&](const std::string& id) {
        const auto name = file_name_of(id);
        REQUIRE(is_safe(name));
        const auto [place, is_new] = id_of.emplace(name, id);
        REQUIRE(place->second == id);
        ids += is_new ? 1U : 0U;
    };
    add("");
    for (int a = 0; a < 256; ++a) {  // all ids of one byte and of two
        add(std::string{static_cast<char>(a)});
        for (int b = 0; b < 256; ++b) { add(std::string{static_cast<char>(a), static_cast<char>(b)}); }
    }
    // Ids made of what names consist of, and names of names.
    std::mt19937 random{99};
    const std::vector<std::string> pieces{"%",      "2",      "E", ".", "/",    "%2E",
                                          "%empty", "%long-", "a", "A", "\xFF", std::string(1, '\0')};
    for (int i = 0; i < 30'000; ++i) {
        std::string id;
        for (auto count = random() % 8; count > 0; --count) { id += pieces[random() % pieces.size()]; }
        add(id);
        if (i % 10 == 0) {
            add(file_name_of(id));
            add(id + std::string(190 + random() % 20, 'x'));
            add(std::string(190 + random() % 20, '%') + id);
        }
    }
    CHECK(ids > 70'000);
}

TEST_CASE("SHA-256: vectors of FIPS 180-4 and the borders of its blocks") {
    using sheaf::detail::Sha256;
    CHECK(Sha256::hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(Sha256::hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(Sha256::hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(Sha256::hex(std::string(1'000'000, 'a')) ==
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    CHECK(Sha256::hex(std::string(55, 'a')) ==
          "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
    CHECK(Sha256::hex(std::string(56, 'a')) ==
          "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a");
    CHECK(Sha256::hex(std::string(63, 'a')) ==
          "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34");
    CHECK(Sha256::hex(std::string(64, 'a')) ==
          "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
    CHECK(Sha256::hex(std::string(65, 'a')) ==
          "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0");
    CHECK(Sha256::hex(std::string(119, 'a')) ==
          "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb");
    CHECK(Sha256::hex(std::string(120, 'a')) ==
          "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c");
}
