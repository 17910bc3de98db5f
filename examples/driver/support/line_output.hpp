#pragma once

#include "../errors.hpp"
#include "../uri.hpp"
#include "line_file.hpp"

#include <string>

namespace driver {

/// Where a command's lines go: `stdout:`, or `file:PATH`, which is appended to. `what` is said of them where `to` is
/// neither.
///
/// Throws: `UsageError`, `std::system_error`.
[[nodiscard]] inline LineFile open_line_output(const std::string& to, const std::string& what) {
    const Uri uri = Uri::parse(to);
    if (uri.scheme == "stdout" && uri.rest.empty()) { return LineFile::standard_output(); }
    if (uri.scheme == "file" && !uri.rest.empty()) { return LineFile::append_to(std::string{uri.rest}); }
    throw UsageError{"--to " + to + ": " + what + " to stdout: or to file:PATH"};
}

}  // namespace driver
