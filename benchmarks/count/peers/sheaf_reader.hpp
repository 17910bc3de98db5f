#pragma once

#include <count/counting.hpp>
#include <count/frames.hpp>

#include <sheaf/json/json_number.hpp>
#include <sheaf/json/json_string.hpp>
#include <sheaf/json/root_key_reader.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sheaf_bench {

/// sheaf's reader, line by line.
template <sheaf::FrameCheck Check>
class SheafReader {
public:
    /// Calls `take(element)` for each frame that can be read.
    template <class Take>
    void read_all(const FrameBuffer& buffer, Take&& take) {
        for_each_line(buffer.frames(), [&](std::string_view line) {
            if (const auto element = read(line)) { take(*element); }
        });
    }

private:
    std::optional<sheaf::WindowElement> read(std::string_view line) {
        const sheaf::RootPair pair = reader_.read(line);
        if (!pair.status.ok()) { return std::nullopt; }
        std::string_view user = pair.first.text;
        if (pair.first.has_escapes) {
            if (!sheaf::decode_json_string(user, decoded_)) { return std::nullopt; }
            user = decoded_;
        }
        const std::optional<std::int64_t> seconds = sheaf::floor_of_json_number(pair.second.text);
        if (!seconds) { return std::nullopt; }
        return element_of(user, *seconds);
    }

    sheaf::RootKeyReader reader_{"uid", "ts", Check};
    std::string decoded_;
};

using SheafFast = SheafReader<sheaf::FrameCheck::fast>;
using SheafStrict = SheafReader<sheaf::FrameCheck::strict>;

}  // namespace sheaf_bench
