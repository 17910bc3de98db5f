#pragma once

#include "count_settings.hpp"
#include "frame_block.hpp"

#include <cstddef>
#include <memory>

namespace driver {

/// Finds the frames of a block and reads from each who was seen when.
///
/// Thread safety: one object, one thread.
class FrameReader {
public:
    FrameReader() = default;
    FrameReader(const FrameReader&) = delete;
    FrameReader& operator=(const FrameReader&) = delete;
    virtual ~FrameReader() = default;

    /// Fills in what has been read of `block.text`, of no more than so many frames.
    ///
    /// Throws: `std::bad_alloc`.
    virtual void read(FrameBlock& block, std::size_t most_frames) = 0;
};

/// The reader that the settings ask for. `settings` must outlive it.
[[nodiscard]] std::unique_ptr<FrameReader> make_frame_reader(const CountSettings& settings);

}  // namespace driver
