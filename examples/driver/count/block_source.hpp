#pragma once

#include "frame_block.hpp"

#include <chrono>
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
    /// What sources are told.
    struct Settings {
        std::size_t max_line = 0;
        /// After how much silence `next` returns without anything; zero: never.
        std::chrono::milliseconds patience{0};
        /// Readable when the program is to stop.
        int stop_descriptor = -1;
    };

    /// How many bytes a block has about: enough that handing it over costs nothing, and little enough for the cache.
    static constexpr std::size_t block_size = std::size_t{1} << 20U;
    /// Skipped at the beginning of a source.
    static constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

    BlockSource(const BlockSource&) = delete;
    BlockSource& operator=(const BlockSource&) = delete;
    virtual ~BlockSource() = default;

    /// Sets the text, where it ends and whether it is the last; not to be called after that. Without a text nothing came for a
    /// while. Returns false where the program is to stop.
    ///
    /// Throws: `RuntimeFailure` that names the source; `std::bad_alloc`.
    [[nodiscard]] virtual bool next(FrameBlock& block) = 0;
    /// Nobody needs the text up to there any more.
    virtual void release(std::uint64_t end) noexcept { static_cast<void>(end); }

    /// Goes on where a former run ended, before the first `next`. Of a pipe that is where it is.
    ///
    /// Throws: `RuntimeFailure` where the source has no such place.
    virtual void resume(std::uint64_t offset) { static_cast<void>(offset); }
    /// The same for the same bytes before that place, by which it is told from another source of the same name; 0 where they cannot be
    /// read again.
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

/// `stdin:` or a path.
///
/// Throws: `UsageError`, `RuntimeFailure`.
[[nodiscard]] std::unique_ptr<BlockSource> open_block_source(const std::string& from,
                                                             const BlockSource::Settings& settings);

}  // namespace driver
