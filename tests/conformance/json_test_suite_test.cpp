#include "unseen_faults.hpp"

#include <sheaf/json/frame_error.hpp>
#include <sheaf/json/root_key_reader.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// Each case of JSONTestSuite as the value of a member before the two that are read: strict refuses what is not JSON,
/// but for faults between brackets and strings; whatever the bytes are, all paths of instructions say the same. None of
/// the cases that are not JSON becomes so by standing there: those that open or close a bracket or a string too many
/// break the object around them, the empty one leaves it without a value, and no other has what goes with the members
/// beside it.

namespace {

using sheaf::detail::JsonPath;

std::vector<JsonPath> paths() {
    std::vector<JsonPath> all;
    for (const JsonPath path : {JsonPath::portable, JsonPath::avx2, JsonPath::avx512}) {
        if (is_available(path)) { all.push_back(path); }
    }
    return all;
}

struct Case {
    std::string name;  ///< Of its file, without `.json`.
    std::string bytes;
};

/// The cases whose names begin so, in the order of their names.
std::vector<Case> cases(std::string_view prefix) {
    std::vector<Case> all;
    for (const auto& entry : std::filesystem::directory_iterator{SHEAF_JSON_TEST_SUITE}) {
        Case one{entry.path().stem().string(), {}};
        if (!one.name.starts_with(prefix)) { continue; }
        std::ifstream file{entry.path(), std::ios::binary};
        one.bytes.assign(std::istreambuf_iterator<char>{file}, {});
        REQUIRE(!file.bad());
        REQUIRE(one.bytes.size() == entry.file_size());
        all.push_back(std::move(one));
    }
    std::sort(all.begin(), all.end(), [](const Case& a, const Case& b) { return a.name < b.name; });
    return all;
}

/// Spaces before the members move all that follows to another place in its block.
std::string frame_of(const Case& one, std::size_t spaces) {
    return '{' + std::string(spaces, ' ') + R"("case":)" + one.bytes + R"(,"uid":"a","ts":1})";
}

sheaf::RootPair read(JsonPath path, bool strictly, std::string_view frame) {
    return sheaf::detail::read_frame(path, strictly, frame, "uid", "ts");
}

bool is_same(const sheaf::RootValue& one, const sheaf::RootValue& other) {
    return one.text == other.text && one.is_string == other.is_string && one.has_escapes == other.has_escapes;
}

bool is_same(const sheaf::RootPair& one, const sheaf::RootPair& other) {
    if (one.status != other.status) { return false; }
    return !one.status.ok() || (is_same(one.first, other.first) && is_same(one.second, other.second));
}

/// What strict says of the case. Demands that all paths say the same of it, fast and strictly, wherever it stands in a
/// block.
sheaf::FrameStatus status_of(const Case& one) {
    CAPTURE(one.name);
    sheaf::FrameStatus at_first;
    for (std::size_t spaces = 0; spaces < 64; ++spaces) {
        CAPTURE(spaces);
        const std::string text = frame_of(one, spaces);
        // A copy in memory of just its size, so that sanitizers see each byte that is read beyond it.
        const auto copy = std::make_unique<char[]>(text.size());
        text.copy(copy.get(), text.size());
        const std::string_view frame{copy.get(), text.size()};
        for (const bool strictly : {false, true}) {
            CAPTURE(strictly);
            const sheaf::RootPair pair = read(JsonPath::portable, strictly, frame);
            for (const JsonPath path : paths()) {
                CAPTURE(static_cast<int>(path));
                CHECK(is_same(read(path, strictly, frame), pair));
            }
            if (!strictly) { continue; }
            if (spaces == 0) { at_first = pair.status; }
            CHECK(pair.status.ok() == at_first.ok());
            if (!pair.status.ok()) { continue; }
            CHECK(pair.first.text == "a");
            CHECK(pair.first.is_string);
            CHECK(pair.second.text == "1");
            CHECK_FALSE(pair.second.is_string);
        }
    }
    return at_first;
}

}  // namespace

TEST_CASE("JSONTestSuite: strict accepts what is JSON") {
    const std::vector<Case> all = cases("y_");
    CHECK(all.size() == 95);
    for (const Case& one : all) {
        CAPTURE(one.name);
        CHECK(status_of(one).message() == "");
    }
}

TEST_CASE("JSONTestSuite: strict refuses what is not JSON, but for faults between brackets and strings") {
    const std::vector<Case> all = cases("n_");
    CHECK(all.size() == 188);
    std::vector<std::string_view> accepted;
    for (const Case& one : all) {
        if (status_of(one).ok()) { accepted.push_back(one.name); }
    }
    const std::vector<std::string_view> unseen = unseen_faults();
    const auto holds = [](const std::vector<std::string_view>& list, std::string_view name) {
        return std::find(list.begin(), list.end(), name) != list.end();
    };
    // Name by name, so that a failure says which.
    for (const Case& one : all) {
        CAPTURE(one.name);
        CHECK(holds(accepted, one.name) == holds(unseen, one.name));
    }
    CHECK(accepted.size() == unseen.size());
}

TEST_CASE("JSONTestSuite: what readers may decide is decided alike on all paths") {
    const std::vector<Case> all = cases("i_");
    CHECK(all.size() == 35);
    for (const Case& one : all) { static_cast<void>(status_of(one)); }
}
