#pragma once

#include "../errors.hpp"
#include "../support/file_descriptor.hpp"
#include "block_source.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace driver {

/// What a pipe, a terminal or anything else gives that cannot be mapped: a block is what one `read` has brought, up to its last
/// line end.
class StreamSource : public BlockSource {
public:
    StreamSource(FileDescriptor file, std::string name, std::size_t max_line)
        : BlockSource{std::move(name)}
        , file_{std::move(file)}
        , max_line_{max_line} {
#ifdef F_SETPIPE_SZ
        // A larger pipe spares both ends of it system calls. Of no consequence where it is refused.
        static_cast<void>(::fcntl(file_.get(), F_SETPIPE_SZ, 1 << 20));
#endif
    }

    bool next(FrameBlock& block) override {
        // Larger each time that a line does not fit, so that it is not copied more than twice.
        if (buffer_.size() < size_ + block_size) { buffer_.resize(2 * size_ + block_size); }
        const ssize_t count = ::read(file_.get(), buffer_.data() + size_, buffer_.size() - size_);
        if (count < 0) {
            if (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK) { return false; }
            throw RuntimeFailure{name() + ": " + std::strerror(errno)};
        }
        bytes_ += static_cast<std::uint64_t>(count);
        if (count == 0) {
            static_cast<void>(take_rest(block));
            block.is_last = true;
            return true;
        }
        const std::size_t whole = take_in(static_cast<std::size_t>(count));
        if (whole == 0) { return false; }
        hand_out(block, whole);
        return true;
    }

    int descriptor() const noexcept override { return file_.get(); }

    bool take_rest(FrameBlock& block) override {
        const bool is_unfinished = size_ != 0;
        hand_out(block, size_);
        block.is_unfinished = is_unfinished;
        return is_unfinished;
    }

private:
    /// Puts what has been read to what was left of the time before. Returns how much of it are whole lines.
    std::size_t take_in(std::size_t count) {
        std::size_t begin = size_;
        size_ += count;
        if (is_too_long_) {
            // The rest of a line of which enough is here.
            const std::string_view more{buffer_.data() + begin, count};
            const auto line_end = more.find('\n');
            size_ = begin;
            if (line_end == std::string_view::npos) { return 0; }
            const std::string_view kept = more.substr(line_end);
            std::memmove(buffer_.data() + begin, kept.data(), kept.size());
            size_ += kept.size();
            is_too_long_ = false;
        }
        if (!has_begun_ && size_ >= byte_order_mark.size()) {
            has_begun_ = true;
            if (std::string_view{buffer_.data(), size_}.starts_with(byte_order_mark)) {
                size_ -= byte_order_mark.size();
                std::memmove(buffer_.data(), buffer_.data() + byte_order_mark.size(), size_);
                begin = 0;
            }
        }
        const auto last = std::string_view{buffer_.data(), size_}.substr(begin).rfind('\n');
        if (last != std::string_view::npos) { return begin + last + 1; }
        // With a `\r`, and one more, by which it is seen to be too long.
        const std::size_t enough = max_line_ + 2;
        is_too_long_ = size_ > enough;
        size_ = std::min(size_, enough);
        return 0;
    }

    /// The first `whole` bytes of what is here; the others stay.
    void hand_out(FrameBlock& block, std::size_t whole) {
        const std::size_t rest = size_ - whole;
        if (block.buffer.size() < rest + block_size) { block.buffer.resize(rest + block_size); }
        std::copy_n(buffer_.data() + whole, rest, block.buffer.data());
        block.buffer.swap(buffer_);
        size_ = rest;
        has_begun_ = true;
        block.text = {block.buffer.data(), whole};
        block.bytes = std::exchange(bytes_, 0);
        block.next = 0;
        block.is_unfinished = false;
        block.is_last = false;
    }

    FileDescriptor file_;
    std::size_t max_line_;
    std::vector<char> buffer_;  // of which `size_` bytes are the begin of a line that has not been handed out
    std::size_t size_ = 0;
    std::uint64_t bytes_ = 0;   // read since the last block
    bool has_begun_ = false;    // there is no byte order mark any more
    bool is_too_long_ = false;  // the line that is here goes on, and nobody needs that
};

}  // namespace driver
