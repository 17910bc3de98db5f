#pragma once

#include "count_settings.hpp"
#include "frame_block.hpp"

#include <cstddef>
#include <limits>
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

    /// Fills `frames`, `malformed` and `lines` from `text`; of no more than so many frames.
    ///
    /// Throws: `std::bad_alloc`.
    virtual void read(FrameBlock& block,
                      std::size_t most_frames = (std::numeric_limits<std::size_t>::max)()) = 0;
};

/// The reader that the settings ask for. `settings` must outlive it.
[[nodiscard]] std::unique_ptr<FrameReader> make_frame_reader(const CountSettings& settings);

/// Names the hash of users, for snapshots: `sheaf::KeyedHash` under the key that is written in the program, so that counts of
/// the same frames are the same in every run and can be merged.
inline constexpr std::uint64_t user_hash_id = 1;

}  // namespace driver
