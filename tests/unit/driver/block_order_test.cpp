// The order of the blocks of several sources, which has no header of its own to be linked from.
#include "../../../examples/driver/count/block_order.cpp"
#include "../../../examples/driver/support/stop_signal.cpp"

#include <doctest/doctest.h>

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

/// Frames of nothing but a time.
class TimeLines : public driver::FrameReader {
public:
    void read(driver::FrameBlock& block, std::size_t most_frames) override {
        block.forget_frames();
        std::string_view text = block.text;
        while (!text.empty() && block.frames.size() < most_frames) {
            const std::string_view line = text.substr(0, text.find('\n'));
            std::int64_t time = 0;
            if (std::from_chars(line.data(), line.data() + line.size(), time).ec == std::errc{}) {
                block.frames.push_back(
                    {.user = 0, .time = std::chrono::sys_seconds{std::chrono::seconds{time}}, .line = 0});
            }
            text.remove_prefix(std::min(line.size() + 1, text.size()));
        }
    }
};

using Times = std::vector<int>;

/// Blocks of these times.
class TimedSource : public driver::BlockSource {
public:
    explicit TimedSource(const std::vector<Times>& blocks)
        : BlockSource{"timed"} {
        for (const Times& times : blocks) {
            std::string text;
            for (const int time : times) { text += std::to_string(time) + '\n'; }
            texts_.push_back(std::move(text));
        }
    }
    bool next(driver::FrameBlock& block) override {
        block.text = texts_.at(next_++);
        block.is_last = next_ == texts_.size();
        return true;
    }

private:
    std::vector<std::string> texts_;
    std::size_t next_ = 0;
};

/// The numbers of the sources, block by block, each behind the sources that begin with it: `+0 0`.
std::string order_of(const std::vector<std::vector<Times>>& contents, int margin = 2) {
    driver::BlockOrder::Sources sources;
    for (const auto& blocks : contents) { sources.push_back(std::make_unique<TimedSource>(blocks)); }
    driver::BlockOrder order{sources, std::make_unique<TimeLines>(), std::chrono::seconds{margin},
                             std::chrono::milliseconds{0}};
    std::string text;
    for (driver::FrameBlock block; order.next(block);) {
        for (const std::size_t begins : block.begins) { text += '+' + std::to_string(begins) + ' '; }
        text += std::to_string(block.source) + ' ';
    }
    CHECK_FALSE(order.was_stopped());
    CHECK(order.cut_short().empty());
    return text;
}

}  // namespace

TEST_CASE("BlockOrder: one source is taken as it is") { CHECK(order_of({{{5}, {3}, {4}}}) == "+0 0 0 0 "); }

TEST_CASE("BlockOrder: the parts of a history come in the order of their times, each waited for only when it "
          "is near") {
    const std::vector<Times> january{{1, 2, 3}, {4, 5, 6}};
    const std::vector<Times> february{{10, 11}, {12, 13}};
    const std::vector<Times> march{{20, 21}, {22}};
    CHECK(order_of({january, february, march}) == "+0 0 0 +1 1 1 +2 2 2 ");
    CHECK(order_of({march, january, february}) == "+1 1 1 +2 2 2 +0 0 0 ");
    // The last of january are nearly as late as the first of february.
    CHECK(order_of({{{1, 2}, {5, 9, 10}}, february}) == "+0 0 +1 0 1 1 ");
    CHECK(order_of({january, february}, 4) == "+0 0 0 +1 1 1 ");
    CHECK(order_of({january, february}, 6) == "+0 0 +1 0 1 1 ");
}

TEST_CASE("BlockOrder: sources that have all of the time go on together") {
    CHECK(order_of({{{1, 2}, {5, 6}, {9}}, {{1, 3}, {4, 7}, {8}}}) == "+0 +1 0 1 0 1 1 0 ");
}

TEST_CASE("BlockOrder: a wrong time among the first or last frames misleads nobody") {
    CHECK(order_of({{{900, 1, 2, 3, 4}, {5, 6, 7}}, {{4, 5}, {8}}}) == "+0 +1 0 1 0 1 ");
    CHECK(order_of({{{1, 2, 3, 4, 900}, {5, 6, 7}}, {{10, 11}}}) == "+0 0 0 +1 1 ");
}

TEST_CASE("BlockOrder: blocks without frames come first, and those behind them are waited for") {
    CHECK(order_of({{{1, 2}, {3}}, {{}, {2}}}) == "+0 +1 1 0 1 0 ");
    CHECK(order_of({{{1, 2}}, {{}}}) == "+0 +1 1 0 ");
    // Nothing says when they are; who is later than the first of the others is not waited for because of that.
    CHECK(order_of({{{1, 2}}, {{}}, {{20, 21}}}) == "+0 +1 1 0 +2 2 ");
}
