#pragma once

#include "../errors.hpp"
#include "../support/file_descriptor.hpp"

#include <sheaf/merge/streaming_merge.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

namespace driver {

/// A file without a name that holds sorted runs one behind the other, as they are in memory. It is gone with the
/// process, whatever becomes of that.
///
/// `Key`: an integer. Thread safety: none.
template <class Key>
class SpilledRuns {
public:
    struct Run {
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
    };

    /// In a folder. Throws: `RuntimeFailure` that names it.
    explicit SpilledRuns(const std::string& folder)
        : folder_{folder} {
        std::string path = folder + "/.sheaf-merge-XXXXXX";
        file_ = FileDescriptor{::mkstemp(path.data())};
        if (!file_.is_open()) { fail(); }
        static_cast<void>(::unlink(path.c_str()));
    }

    /// Writes values that follow those written before, of the run that is being written. Throws: `RuntimeFailure`.
    void append(std::span<const Key> values) {
        std::size_t written = 0;
        const std::string_view bytes{reinterpret_cast<const char*>(values.data()), values.size_bytes()};
        if (const int error = write_all(file_.get(), bytes, written); error != 0) {
            errno = error;
            fail();
        }
        size_ += values.size();
    }
    /// The run is complete. Throws: `std::bad_alloc`.
    void end_run() {
        const std::uint64_t begin = runs_.empty() ? 0 : runs_.back().end;
        if (size_ > begin) { runs_.push_back({begin, size_}); }
    }

    /// Merges some of the runs, with about so much memory; `take` is given the values, some at a time, in order.
    ///
    /// Throws: `RuntimeFailure`, `std::bad_alloc`, and what `take` throws.
    template <class Take>
    void merge(std::span<const Run> runs, std::size_t memory, Take&& take) const {
        std::vector<Run> rest{runs.begin(), runs.end()};
        sheaf::StreamingMerge<Key> merge{rest.size()};
        const std::size_t block = std::max(memory / (shares * rest.size() * sizeof(Key)), fewest);
        std::vector<Key> values;
        while (!merge.finished()) {
            for (std::size_t i = 0; i < rest.size(); ++i) {
                if (merge.held(i) > block / 2) { continue; }
                values.resize(
                    static_cast<std::size_t>(std::min<std::uint64_t>(block, rest[i].end - rest[i].begin)));
                read(rest[i].begin, values);
                rest[i].begin += values.size();
                // Sorted when it was written, so taken as a whole.
                static_cast<void>(merge.push(i, std::span<const Key>{values}));
                if (rest[i].begin == rest[i].end) { merge.close(i); }
            }
            values.clear();
            merge.drain_into(values);
            take(std::span<const Key>{values});
        }
    }

    [[nodiscard]] std::span<const Run> runs() const noexcept { return runs_; }
    /// How many runs can be merged at once with so much memory.
    [[nodiscard]] static std::size_t most_at_once(std::size_t memory) noexcept {
        return std::max(memory / (shares * fewest * sizeof(Key)), std::size_t{2});
    }

private:
    /// Into how many parts memory is divided, of which each run gets one: two for what is held of it, one for what
    /// comes out, and one for the room that these leave free.
    static constexpr std::size_t shares = 4;
    /// Values that are read at a time at least: eight pages.
    static constexpr std::size_t fewest = 4'096;

    void read(std::uint64_t begin, std::vector<Key>& values) const {
        auto* bytes = reinterpret_cast<char*>(values.data());
        std::size_t left = values.size() * sizeof(Key);
        auto offset = static_cast<off_t>(begin * sizeof(Key));
        while (left != 0) {
            const ssize_t count = ::pread(file_.get(), bytes, left, offset);
            if (count < 0 && errno == EINTR) { continue; }
            if (count <= 0) { fail(); }
            bytes += count;
            left -= static_cast<std::size_t>(count);
            offset += count;
        }
    }

    [[noreturn]] void fail() const {
        throw RuntimeFailure{"--spill " + folder_ + ": " + std::strerror(errno)};
    }

    std::string folder_;
    FileDescriptor file_;
    std::uint64_t size_ = 0;
    std::vector<Run> runs_;
};

}  // namespace driver
