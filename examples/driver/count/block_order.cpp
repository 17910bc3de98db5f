#include "block_order.hpp"

#include "../support/stop_signal.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <poll.h>

namespace driver {
namespace {

/// So many frames say what time it is: the one in the middle, as that of a single frame may be wrong.
constexpr std::size_t some = 7;

/// The last `some` lines of whole lines.
std::string_view last_lines(std::string_view text) {
    std::size_t begin = text.size();
    for (std::size_t lines = 0; lines <= some && begin != 0; ++lines) {
        const auto found = text.rfind('\n', begin - 1);
        if (found == std::string_view::npos) { return text; }
        begin = found;
    }
    return text.substr(begin);
}

bool is_readable(int descriptor) {
    pollfd watched{descriptor, POLLIN, 0};
    return ::poll(&watched, 1, 0) > 0;
}

}  // namespace

BlockOrder::BlockOrder(const Sources& sources,
                       std::unique_ptr<FrameReader> reader,
                       std::chrono::seconds margin,
                       std::chrono::milliseconds patience)
    : sources_{sources}
    , reader_{std::move(reader)}
    , margin_{margin}
    , patience_{patience}
    , turns_(sources.size()) {}

bool BlockOrder::next(FrameBlock& block) {
    block.begins.clear();
    // Whatever comes meanwhile: the beginning of a line is nothing yet.
    const auto deadline = std::chrono::steady_clock::now() + patience_;
    for (;;) {
        const auto left =
            std::find_if(turns_.begin(), turns_.end(), [](const Turn& turn) { return !turn.has_ended; });
        if (left == turns_.end()) { return false; }
        if (StopSignal::is_requested()) { return next_of_stop(block); }
        if (Turn* const turn = oldest()) {
            hand_out(*turn, block);
            return true;
        }
        if (!wait_for_streams(deadline)) {
            block.source = static_cast<std::size_t>(left - turns_.begin());
            block.text = {};
            block.bytes = 0;
            block.next.reset();
            block.is_unfinished = block.is_last = false;
            return true;
        }
    }
}

/// The one that is next of those that are there; null if there is none.
BlockOrder::Turn* BlockOrder::oldest() {
    Turn* oldest = nullptr;
    for (std::size_t source = 0; source < turns_.size(); ++source) {
        Turn& turn = turns_[source];
        if (turn.has_ended || (!turn.is_ready && !fetch(source))) { continue; }
        // One without a time may have the oldest frames of all: nothing is less than any time.
        if (oldest == nullptr || turn.first < oldest->first) { oldest = &turn; }
    }
    return oldest;
}

bool BlockOrder::fetch(std::size_t source) {
    Turn& turn = turns_[source];
    BlockSource& from = *sources_[source];
    if (from.descriptor() >= 0 && !is_readable(from.descriptor())) { return false; }
    turn.is_ready = from.next(turn.block);
    if (turn.is_ready && turns_.size() > 1) { turn.first = time_of(turn.block.text); }
    return turn.is_ready;
}

void BlockOrder::hand_out(Turn& turn, FrameBlock& block) {
    std::swap(block, turn.block);
    block.source = static_cast<std::size_t>(&turn - turns_.data());
    block.begins.clear();
    turn.is_ready = false;
    turn.has_ended = block.is_last;
    const Time reached = turns_.size() > 1 ? reached_by(turn, block) : Time{};
    for (std::size_t source = 0; source < turns_.size(); ++source) {
        Turn& other = turns_[source];
        // Who is later than all of this block need not be waited for yet: if it were, no window could close before its turn comes.
        const bool is_later =
            &other != &turn && reached && other.is_ready && other.first > *reached + margin_;
        if (other.has_begun || (other.has_ended && &other != &turn) || is_later) { continue; }
        other.has_begun = true;
        block.begins.push_back(source);
    }
}

/// The time that a block goes up to; if it says none, that of the block that comes next.
BlockOrder::Time BlockOrder::reached_by(const Turn& turn, const FrameBlock& block) {
    if (const Time last = time_of(last_lines(block.text))) { return last; }
    if (turn.first) { return turn.first; }
    Time least;
    for (const Turn& other : turns_) {
        if (other.is_ready && other.first && (!least || *other.first < *least)) { least = other.first; }
    }
    return least;
}

bool BlockOrder::next_of_stop(FrameBlock& block) {
    was_stopped_ = true;
    for (std::size_t source = 0; source < turns_.size(); ++source) {
        Turn& turn = turns_[source];
        if (turn.has_ended || sources_[source]->descriptor() < 0) { continue; }
        if (turn.is_ready) {
            hand_out(turn, block);
            return true;
        }
        turn.is_ready = sources_[source]->take_rest(turn.block);
        if (turn.is_ready) {
            hand_out(turn, block);
            return true;
        }
        turn.has_ended = true;
    }
    return false;
}

std::vector<const BlockSource*> BlockOrder::cut_short() const {
    std::vector<const BlockSource*> cut;
    for (std::size_t source = 0; source < turns_.size(); ++source) {
        if (was_stopped_ && !turns_[source].has_ended) { cut.push_back(sources_[source].get()); }
    }
    return cut;
}

/// Returns false where nothing has come for so long.
bool BlockOrder::wait_for_streams(std::chrono::steady_clock::time_point deadline) const {
    std::vector<pollfd> watched{{StopSignal::descriptor(), POLLIN, 0}};
    for (std::size_t source = 0; source < turns_.size(); ++source) {
        if (!turns_[source].has_ended) { watched.push_back({sources_[source]->descriptor(), POLLIN, 0}); }
    }
    int patience = -1;
    if (patience_.count() > 0) {
        constexpr std::int64_t longest =
            3'600'000;  // `poll` takes an `int`; nobody minds a block more an hour
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        patience = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, longest));
    }
    // Where it fails `read` will say what is wrong.
    return ::poll(watched.data(), watched.size(), patience) != 0;
}

BlockOrder::Time BlockOrder::time_of(std::string_view text) {
    some_frames_.text = text;
    reader_->read(some_frames_, some);
    auto& frames = some_frames_.frames;
    if (frames.empty()) { return std::nullopt; }
    const auto middle = frames.begin() + static_cast<std::ptrdiff_t>(frames.size() / 2);
    std::nth_element(frames.begin(), middle, frames.end(),
                     [](const ReadFrame& one, const ReadFrame& other) { return one.time < other.time; });
    return middle->time;
}

}  // namespace driver
