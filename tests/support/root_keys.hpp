#pragma once

#include <sheaf/json/root_key_reader.hpp>

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// The reading of two root keys by each path of instructions.
namespace test {

/// Those that this processor has.
inline std::vector<sheaf::detail::JsonPath> json_paths() {
    using sheaf::detail::JsonPath;
    std::vector<JsonPath> all;
    for (const JsonPath path : {JsonPath::portable, JsonPath::avx2, JsonPath::avx512}) {
        if (is_available(path)) { all.push_back(path); }
    }
    return all;
}

/// Both values in one text, with a backslash behind one that has escapes; or the error and its place.
inline std::string told(const sheaf::RootPair& pair) {
    if (!pair.status.ok()) { return pair.status.message(); }
    const auto text_of = [](const sheaf::RootValue& value) {
        return (value.is_string ? '"' + std::string{value.text} + '"' : std::string{value.text}) +
               (value.has_escapes ? "\\" : "");
    };
    return text_of(pair.first) + " " + text_of(pair.second);
}

/// Of a copy in memory of just its size, so that sanitizers see each byte that is read beyond it.
inline std::string read_keys(sheaf::detail::JsonPath path,
                             bool strictly,
                             std::string_view frame,
                             std::string_view first = "uid",
                             std::string_view second = "ts") {
    const auto copy = std::make_unique<char[]>(frame.size());
    frame.copy(copy.get(), frame.size());
    return told(sheaf::detail::read_frame(path, strictly, {copy.get(), frame.size()}, first, second));
}

}  // namespace test
