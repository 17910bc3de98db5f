#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace driver {

/// What is counted of a frame.
struct ReadFrame {
    std::uint64_t user;  ///< Its hash.
    std::chrono::sys_seconds time;
    std::uint32_t line;  ///< In its block, from 0.
};

/// A line that is no frame.
struct MalformedFrame {
    std::uint32_t line;  ///< In its block, from 0.
    std::string reason;
};

/// Some lines of a source: what is read at a time, by one thread.
struct FrameBlock {
    std::size_t source = 0;  ///< Its number in the list of sources.
    /// Whole lines; only the last of the source may lack its end.
    std::string_view text{};
    /// Where the text stands if it is not mapped.
    std::vector<char> buffer{};
    std::uint64_t bytes =
        0;  ///< How much of the source it is; more than the text where something was thrown away.
    std::uint64_t next = 0;  ///< Where a restart would begin: behind the last line that has its end.
    bool is_last = false;    ///< Nothing follows in this source.

    std::vector<ReadFrame> frames{};
    std::vector<MalformedFrame> malformed{};
    std::uint64_t lines = 0;  ///< Blank ones too.
};

}  // namespace driver
