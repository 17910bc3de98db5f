#pragma once

#include "frame_block.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace driver {

/// Lines of frames, in blocks: a file, mapped into memory where that can be, or what a pipe or terminal gives.
///
/// Thread safety: one thread at a time calls `next`; `release` may be called at the same time.
class BlockSource {
public:
    /// How many bytes a block has about: enough that handing it over costs nothing, and little enough for the cache.
    static constexpr std::size_t block_size = std::size_t{1} << 20U;
    /// Skipped at the beginning of a source.
    static constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

    BlockSource(const BlockSource&) = delete;
    BlockSource& operator=(const BlockSource&) = delete;
    virtual ~BlockSource() = default;

    /// Sets all of the block but its number and what is read from it. Returns false where no whole line has come yet; that is never
    /// so for files. Not to be called after the last block.
    ///
    /// Throws: `RuntimeFailure` that names the source; `std::bad_alloc`.
    [[nodiscard]] virtual bool next(FrameBlock& block) = 0;
    /// Readable when `next` does not wait; -1 where it never does.
    [[nodiscard]] virtual int descriptor() const noexcept { return -1; }
    /// The program is to stop: sets what has been read and cannot be read again, the beginning of a line. Returns false where there
    /// is none.
    [[nodiscard]] virtual bool take_rest(FrameBlock& block) {
        static_cast<void>(block);
        return false;
    }
    /// Nobody needs the text up to there any more.
    virtual void release(std::uint64_t end) noexcept { static_cast<void>(end); }

    /// Whether what was counted up to there, with that fingerprint, can be the beginning of this source. A pipe is where it is.
    [[nodiscard]] virtual bool continues(std::uint64_t offset, std::uint64_t fingerprint) const noexcept {
        static_cast<void>(offset);
        static_cast<void>(fingerprint);
        return true;
    }
    /// Goes on there, before the first `next`. Returns where that is: in a pipe at 0. Precondition: `continues`.
    [[nodiscard]] virtual std::uint64_t resume(std::uint64_t offset) {
        static_cast<void>(offset);
        return 0;
    }
    /// The same for the same bytes before that place, by which a file is known under any name; 0 where they cannot be read again,
    /// and where there are none.
    [[nodiscard]] virtual std::uint64_t fingerprint(std::uint64_t offset) const noexcept {
        static_cast<void>(offset);
        return 0;
    }
    /// Its size, if it is known.
    [[nodiscard]] virtual std::optional<std::uint64_t> size() const noexcept { return std::nullopt; }

    /// As messages call it.
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

protected:
    explicit BlockSource(std::string name)
        : name_{std::move(name)} {}

private:
    std::string name_;
};

/// `stdin:` or a path. No line is kept that is longer than `max_line`.
///
/// Throws: `UsageError`, `RuntimeFailure`.
[[nodiscard]] std::unique_ptr<BlockSource> open_block_source(const std::string& from, std::size_t max_line);

}  // namespace driver
