#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

namespace fuzz {

/// Gives every file of a harness's corpus to the harness.
inline void replay(const char* name, std::string (*harness)(std::span<const std::byte>)) {
    const std::filesystem::path folder = std::filesystem::path{SHEAF_FUZZ_CORPUS} / name;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator{folder}) { files.push_back(entry.path()); }
    REQUIRE_FALSE(files.empty());
    std::sort(files.begin(), files.end());
    for (const std::filesystem::path& file : files) {
        CAPTURE(file.string());
        std::ifstream stream{file, std::ios::binary};
        REQUIRE(stream.is_open());
        const std::string input{std::istreambuf_iterator<char>{stream}, {}};
        CHECK(harness(std::as_bytes(std::span{input})) == "");
    }
}

}  // namespace fuzz
