#pragma once

#include "../errors.hpp"
#include "../support/file_descriptor.hpp"
#include "block_source.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace driver {

/// What a pipe, a terminal or anything else gives that cannot be mapped: a block is what one `read` has brought, up to its last
/// line end.
class StreamSource : public BlockSource {
public:
    StreamSource(FileDescriptor file, std::string name, const Settings& settings)
        : BlockSource{std::move(name)}
        , file_{std::move(file)}
        , settings_{settings} {
#ifdef F_SETPIPE_SZ
        // A larger pipe spares both ends of it system calls. Of no consequence where it is refused.
        static_cast<void>(::fcntl(file_.get(), F_SETPIPE_SZ, 1 << 20));
#endif
    }

    bool next(FrameBlock& block) override {
        block.text = {};
        block.bytes = 0;
        block.is_last = false;
        if (block.buffer.size() < rest_.size() + block_size) {
            block.buffer.resize(rest_.size() + block_size);
        }
        std::copy(rest_.begin(), rest_.end(), block.buffer.begin());
        switch (wait()) {
        case Wait::stopped: return false;
        case Wait::nothing: break;
        case Wait::readable: fill(block); break;
        }
        block.next = offset_ - rest_.size();
        return true;
    }

private:
    enum class Wait : std::uint8_t { readable, nothing, stopped };

    [[nodiscard]] Wait wait() const noexcept {
        pollfd watched[2] = {{file_.get(), POLLIN, 0}, {settings_.stop_descriptor, POLLIN, 0}};
        const auto patience =
            settings_.patience.count() > 0 ? static_cast<int>(settings_.patience.count()) : -1;
        const int ready = ::poll(watched, 2, patience);
        if (watched[1].revents != 0 && ready > 0) { return Wait::stopped; }
        // `read` will say what is wrong where the waiting has failed.
        return ready == 0 || (ready < 0 && errno == EINTR) ? Wait::nothing : Wait::readable;
    }

    /// Reads once, behind what is left of the time before.
    void fill(FrameBlock& block) {
        char* const data = block.buffer.data();
        const ssize_t count = ::read(file_.get(), data + rest_.size(), block.buffer.size() - rest_.size());
        if (count < 0) {
            if (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK) { return; }
            throw RuntimeFailure{name() + ": " + std::strerror(errno)};
        }
        std::string_view text{data, rest_.size() + static_cast<std::size_t>(count)};
        block.bytes = static_cast<std::uint64_t>(count);
        block.is_last = count == 0;
        offset_ += block.bytes;
        const auto last = text.rfind('\n');
        const std::size_t whole = block.is_last ? text.size() : last == std::string_view::npos ? 0 : last + 1;
        keep(text.substr(whole));
        text = text.substr(0, whole);
        if (!text.empty() && !std::exchange(has_begun_, true) && text.starts_with(byte_order_mark)) {
            text.remove_prefix(byte_order_mark.size());
        }
        block.text = text;
    }

    /// The begin of a line whose end has not come yet. Of one that is longer than it may be only so much that this can be seen.
    void keep(std::string_view rest) {
        rest = rest.substr(0, settings_.max_line + 2);
        rest_.assign(rest.begin(), rest.end());
    }

    FileDescriptor file_;
    Settings settings_;
    std::vector<char> rest_;
    std::uint64_t offset_ = 0;
    bool has_begun_ = false;  // a line has been handed out
};

}  // namespace driver
