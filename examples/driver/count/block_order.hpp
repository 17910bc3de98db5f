#pragma once

#include "block_source.hpp"
#include "frame_block.hpp"
#include "frame_reader.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace driver {

/// In which order the blocks of several sources are counted: first that whose frames are the oldest. So all sources go on through
/// time together, whether they are parts of one history or each has all of it, and windows can close as if all had come
/// together. The order depends on nothing but the sources' contents.
///
/// Thread safety: none.
class BlockOrder {
public:
    /// `reader` looks at the first frames of a block.
    BlockOrder(const std::vector<std::unique_ptr<BlockSource>>& sources, std::unique_ptr<FrameReader> reader);

    /// The next block, perhaps without a text. Returns false after the last, or where the program is to stop.
    ///
    /// Throws: as `BlockSource::next`.
    [[nodiscard]] bool next(FrameBlock& block);
    /// The program is to stop: what has not been handed out stays.
    [[nodiscard]] bool was_stopped() const noexcept { return was_stopped_; }

private:
    struct Turn {
        FrameBlock block;
        std::optional<std::chrono::sys_seconds> time;  // of its first frames; none if there are none
        bool is_ready = false;
        bool has_ended = false;
    };

    [[nodiscard]] bool fetch(std::size_t source, FrameBlock& block);
    [[nodiscard]] std::optional<std::chrono::sys_seconds> time_of(const FrameBlock& block);

    const std::vector<std::unique_ptr<BlockSource>>& sources_;
    std::unique_ptr<FrameReader> reader_;
    std::vector<Turn> turns_;
    FrameBlock first_frames_;
    bool was_stopped_ = false;
};

}  // namespace driver
