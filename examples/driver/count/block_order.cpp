#include "block_order.hpp"

#include "../support/stop_signal.hpp"

#include <algorithm>
#include <utility>

namespace driver {

BlockOrder::BlockOrder(const std::vector<std::unique_ptr<BlockSource>>& sources,
                       std::unique_ptr<FrameReader> reader)
    : sources_{sources}
    , reader_{std::move(reader)}
    , turns_(sources.size()) {}

bool BlockOrder::next(FrameBlock& block) {
    Turn* first = nullptr;
    for (std::size_t source = 0; source < turns_.size(); ++source) {
        Turn& turn = turns_[source];
        if (turn.has_ended) { continue; }
        if (turns_.size() == 1) {
            turn.has_ended = !fetch(source, block) || block.is_last;
            return !was_stopped_;
        }
        if (!turn.is_ready) {
            if (!fetch(source, turn.block)) { return false; }
            turn.is_ready = true;
            turn.time = time_of(turn.block);
        }
        // One without a time may bring the oldest of all: nothing is less than any time.
        if (first == nullptr || turn.time < first->time) { first = &turn; }
    }
    if (first == nullptr || StopSignal::is_requested()) {
        was_stopped_ = first != nullptr;
        return false;
    }
    std::swap(block, first->block);
    first->is_ready = false;
    first->has_ended = block.is_last;
    return true;
}

bool BlockOrder::fetch(std::size_t source, FrameBlock& block) {
    block.source = source;
    was_stopped_ = StopSignal::is_requested() || !sources_[source]->next(block);
    return !was_stopped_;
}

std::optional<std::chrono::sys_seconds> BlockOrder::time_of(const FrameBlock& block) {
    // The one in the middle of some: that of a single frame may be wrong.
    constexpr std::size_t some = 7;
    first_frames_.text = block.text;
    reader_->read(first_frames_, some);
    auto& frames = first_frames_.frames;
    if (frames.empty()) { return std::nullopt; }
    const auto middle = frames.begin() + static_cast<std::ptrdiff_t>(frames.size() / 2);
    std::nth_element(frames.begin(), middle, frames.end(),
                     [](const ReadFrame& one, const ReadFrame& other) { return one.time < other.time; });
    return middle->time;
}

}  // namespace driver
