#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/prefetch.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>

SHEAF_NAMESPACE_BEGIN

/// Splits a text into lines.
///
///     sheaf::LineSplitter lines{text};
///     for (std::string_view line; lines.next(line);) { count(reader.read(line)); }
///
/// Meant for texts that are larger than the caches and lines that take some time each: with each line it asks for what comes some
/// lines later, which is then there when its turn comes. A processor does that by itself only while nothing but reading happens,
/// and not across the ends of pages.
///
/// Thread safety: as any plain value. The text must outlive it.
class LineSplitter {
public:
    /// Of this text.
    explicit LineSplitter(std::string_view text) noexcept
        : next_{text.data()}
        , end_{text.data() + text.size()} {}

    /// The next line, without its `\n`; a `\r` before that stays. The last line may lack its end. Blank lines are lines. Returns false
    /// where there is none. Complexity: linear in the line.
    [[nodiscard]] bool next(std::string_view& line) noexcept {
        if (next_ == end_) { return false; }
        const auto left = static_cast<std::size_t>(end_ - next_);
        const auto* const found = static_cast<const char*>(std::memchr(next_, '\n', left));
        const std::size_t size = found == nullptr ? left : static_cast<std::size_t>(found - next_);
        line = {next_, size};
        prefetch(size, left);
        next_ += size + (found == nullptr ? 0 : 1);
        return true;
    }

private:
    /// As much as the line has, from two kilobytes behind its end on: with less, or more, less was gained.
    void prefetch(std::size_t size, std::size_t left) const noexcept {
        constexpr std::size_t distance = 2'048;
        constexpr std::size_t cache_line = 64;
        constexpr std::size_t most = 4'096;  // of a very long line only this is asked for
        const std::size_t begin = size + distance;
        if (begin >= left) { return; }
        const std::size_t bytes = (std::min)((std::min)(size, most), left - begin);
        detail::prefetch(next_ + begin, bytes / cache_line + 1);
    }

    const char* next_;
    const char* end_;
};

SHEAF_NAMESPACE_END
