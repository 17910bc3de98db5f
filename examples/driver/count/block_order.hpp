#pragma once

#include "block_source.hpp"
#include "frame_block.hpp"
#include "frame_reader.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace driver {

/// In which order the blocks of several sources are counted: of those that are there first the one whose frames are the oldest. So
/// files go on through time together, whether they are parts of one history or each has all of it, and windows can close as if
/// all had come together; their order depends on nothing but their contents. Streams are taken as they come.
///
/// Thread safety: none.
class BlockOrder {
public:
    using Sources = std::vector<std::unique_ptr<BlockSource>>;

    /// `reader` looks at some frames of a block. Sources are said to begin `margin` before their time comes. After `patience` without anything there is a block without anything; zero: never.
    BlockOrder(const Sources& sources,
               std::unique_ptr<FrameReader> reader,
               std::chrono::seconds margin,
               std::chrono::milliseconds patience);

    /// The next block. Returns false after the last. Once the program is to stop these are what has been read and cannot be read
    /// again.
    ///
    /// Throws: as `BlockSource::next`.
    [[nodiscard]] bool next(FrameBlock& block);

    /// The files that have not been handed out to their ends, because the program was to stop.
    [[nodiscard]] std::vector<const BlockSource*> cut_short() const;
    /// It was.
    [[nodiscard]] bool was_stopped() const noexcept { return was_stopped_; }

private:
    using Time = std::optional<std::chrono::sys_seconds>;

    /// What comes next of a source.
    struct Turn {
        FrameBlock block;
        Time first;  // of its first frames; none if there are none
        bool is_ready = false;
        bool has_ended = false;
        bool has_begun = false;  // it has been in a list of those that begin
    };

    [[nodiscard]] Turn* oldest();
    [[nodiscard]] bool fetch(std::size_t source);
    void hand_out(Turn& turn, FrameBlock& block);
    [[nodiscard]] bool next_of_stop(FrameBlock& block);
    [[nodiscard]] Time reached_by(const Turn& turn, const FrameBlock& block);
    [[nodiscard]] bool wait_for_streams(std::chrono::steady_clock::time_point deadline) const;
    [[nodiscard]] Time time_of(std::string_view text);

    const Sources& sources_;
    std::unique_ptr<FrameReader> reader_;
    std::chrono::seconds margin_;
    std::chrono::milliseconds patience_;
    std::vector<Turn> turns_;
    FrameBlock some_frames_;
    bool was_stopped_ = false;
};

}  // namespace driver
