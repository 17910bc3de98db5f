#include "frame_reader.hpp"

#include "frame_lines.hpp"
#include "simdjson_parser.hpp"

#include <sheaf/json/frame_error.hpp>
#include <sheaf/json/root_key_reader.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace driver {
namespace {

/// The library's own.
class RootKeyParser {
public:
    explicit RootKeyParser(const CountSettings& settings)
        : keys_{'"' + settings.key + "\" or \"" + settings.time + '"'}
        , reader_{settings.key, settings.time,
                  settings.parser == FrameParser::strict ? sheaf::FrameCheck::strict
                                                         : sheaf::FrameCheck::fast} {}

    [[nodiscard]] bool read(std::string_view line, sheaf::RootValue& user, sheaf::RootValue& time) noexcept {
        const sheaf::RootPair pair = reader_.read(line);
        user = pair.first;
        time = pair.second;
        status_ = pair.status;
        return status_.ok();
    }

    [[nodiscard]] std::string reason() const {
        return status_.error == sheaf::FrameError::missing_key ? "no " + keys_ + " at the root"
                                                               : status_.message();
    }

private:
    std::string keys_;
    sheaf::RootKeyReader reader_;
    sheaf::FrameStatus status_;
};

}  // namespace

std::unique_ptr<FrameReader> make_frame_reader(const CountSettings& settings) {
    if (settings.parser == FrameParser::simdjson) {
        return std::make_unique<FrameLines<SimdjsonParser>>(settings, SimdjsonParser{settings});
    }
    return std::make_unique<FrameLines<RootKeyParser>>(settings, RootKeyParser{settings});
}

}  // namespace driver
