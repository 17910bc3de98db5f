#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
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
    std::uint32_t line;       ///< In its block, from 0.
    std::size_t reason_size;  ///< Of the next reason in `FrameBlock::reasons`.
};

/// Some lines of a source: what is read at a time, by one thread.
struct FrameBlock {
    /// Its number in the list of sources.
    std::size_t source = 0;
    /// Whole lines; or the last one of the source, without its end.
    std::string_view text{};
    /// Where the text stands if it is not mapped.
    std::vector<char> buffer{};
    /// How much of the source it is; more than the text where something was thrown away.
    std::uint64_t bytes = 0;
    /// Where a run that counts this block, and is then restarted, goes on in the source. None where nothing came.
    std::optional<std::uint64_t> next{};
    /// The last line of a source, without its end: whoever writes it may go on with it.
    bool is_unfinished = false;
    /// Nothing follows in this source for now.
    bool is_last = false;
    /// The sources whose frames may be as old as some of these, and which have not been in a list before.
    std::vector<std::size_t> begins{};

    std::vector<ReadFrame> frames{};
    std::vector<MalformedFrame> malformed{};
    /// Why they are, one after the other.
    std::string reasons{};
    /// Blank ones too.
    std::uint64_t lines = 0;

    /// What has been read of it, not its text.
    void forget_frames() {
        frames.clear();
        malformed.clear();
        reasons.clear();
        lines = 0;
        // Blocks are used again, and one of nothing but garbage needs 40 times as much as others.
        constexpr std::size_t usual = 4096;
        if (malformed.capacity() > usual) { malformed.shrink_to_fit(); }
        if (reasons.capacity() > 64 * usual) { reasons.shrink_to_fit(); }
    }
};

}  // namespace driver
