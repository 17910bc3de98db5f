#pragma once

#include "count_settings.hpp"
#include "frame_block.hpp"
#include "frame_members.hpp"
#include "frame_reader.hpp"

#include <sheaf/json/line_splitter.hpp>
#include <sheaf/json/root_pair.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace driver {

/// Reads frames of a line each. `Parser`: `bool read(std::string_view line, sheaf::RootValue& user, sheaf::RootValue& time)`, and
/// where that returns false `std::string reason() const`.
template <class Parser>
class FrameLines : public FrameReader {
public:
    FrameLines(const CountSettings& settings, Parser parser)
        : max_line_{settings.max_line}
        , parser_{std::move(parser)}
        , members_{settings} {}

    void read(FrameBlock& block, std::size_t most_frames) override {
        block.forget_frames();
        sheaf::LineSplitter lines{block.text};
        for (std::string_view line; block.frames.size() < most_frames && lines.next(line);) {
            read_line(line, block);
            ++block.lines;
        }
    }

private:
    void read_line(std::string_view line, FrameBlock& block) {
        if (line.ends_with('\r')) { line.remove_suffix(1); }
        if (line.size() > max_line_) { return add_malformed(block, "longer than --max-line"); }
        ReadFrame frame{.user = 0, .time = {}, .line = static_cast<std::uint32_t>(block.lines)};
        sheaf::RootValue user;
        sheaf::RootValue time;
        if (parser_.read(line, user, time)) {
            if (members_.take(user, time, frame)) {
                block.frames.push_back(frame);
            } else {
                add_malformed(block, members_.reason());
            }
        } else if (line.find_first_not_of(" \t\r") != std::string_view::npos) {
            add_malformed(block, parser_.reason());
        }
    }

    static void add_malformed(FrameBlock& block, std::string_view reason) {
        block.malformed.push_back({static_cast<std::uint32_t>(block.lines), reason.size()});
        block.reasons += reason;
    }

    std::size_t max_line_;
    Parser parser_;
    FrameMembers members_;
};

}  // namespace driver
