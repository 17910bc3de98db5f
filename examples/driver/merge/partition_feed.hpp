#pragma once

#include "../support/input_file.hpp"
#include "integer_source.hpp"

#include <sheaf/merge/streaming_merge.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace driver {

/// The sources of a merge, each read in time: a file when little of it is held, a stream when nothing is certain
/// without it.
///
/// Thread safety: none.
template <class Key>
class PartitionFeed {
public:
    /// Memory that all sources together may take for text; for integers they take several times as much.
    static constexpr std::size_t text_memory = std::size_t{2} << 20U;

    /// Opens all. Throws: `UsageError`, `RuntimeFailure`.
    PartitionFeed(const std::vector<std::string>& from, int stop_descriptor)
        : merge_{from.size()}
        , usual_(from.size(), 0)
        , has_ended_(from.size(), false) {
        constexpr std::size_t most = std::size_t{64} << 10U;
        constexpr std::size_t least = std::size_t{2} << 10U;
        const std::size_t block = std::min(most, std::max(least, text_memory / from.size()));
        constexpr std::size_t other_files = 32;
        allow_open_files(from.size() + other_files);
        for (const std::string& name : from) {
            sources_.push_back(std::make_unique<IntegerSource<Key>>(name, stop_descriptor, block));
        }
    }

    /// Replaces `out` by what comes next, so far as that is certain: not more than `most` values, none where more has to
    /// be read. Returns false where nothing comes any more: all sources have ended, or `goes_on` is false and what was
    /// certain is out, or what comes next depends on a source with a fault.
    ///
    /// Throws: `RuntimeFailure` where reading fails, `std::bad_alloc`.
    [[nodiscard]] bool next(std::vector<Key>& out, std::size_t most, bool goes_on) {
        if (given_ == certain_.size()) {
            certain_.clear();
            given_ = 0;
            if (is_over_ || !goes_on) { return false; }
            read_some();
        }
        const std::size_t count = std::min(most, certain_.size() - given_);
        const auto begin = certain_.begin() + static_cast<std::ptrdiff_t>(given_);
        out.assign(begin, begin + static_cast<std::ptrdiff_t>(count));
        given_ += count;
        return true;
    }

    /// The places and reasons where sources are not as they should be.
    [[nodiscard]] const std::vector<std::string>& faults() const noexcept { return faults_; }
    /// All sources have ended, and all they had has come out.
    [[nodiscard]] bool is_finished() const noexcept { return merge_.finished(); }

    [[nodiscard]] std::uint64_t bytes_read() const noexcept {
        std::uint64_t sum = 0;
        for (const auto& source : sources_) { sum += source->bytes_read(); }
        return sum;
    }
    /// Of all sources, where they are known.
    [[nodiscard]] std::optional<std::uint64_t> bytes_total() const noexcept {
        std::uint64_t sum = 0;
        for (const auto& source : sources_) {
            if (!source->size()) { return std::nullopt; }
            sum += *source->size();
        }
        return sum;
    }

private:
    /// Reads where it is needed, and puts into `certain_` what is certain then.
    void read_some() {
        const std::optional<std::size_t> needed = merge_.waits_for();
        for (std::size_t i = 0; i < sources_.size() && !is_over_; ++i) {
            const bool is_low = sources_[i]->is_stream() ? needed == i : merge_.held(i) <= usual_[i] / 2;
            if (!has_ended_[i] && is_low) { read(i); }
        }
        merge_.drain_into(certain_);
        const std::optional<std::size_t> awaited = merge_.waits_for();
        is_over_ = is_over_ || merge_.finished() || (awaited && has_ended_[*awaited]);
    }

    void read(std::size_t index) {
        IntegerSource<Key>& source = *sources_[index];
        switch (source.read(values_)) {
        case IntegerSource<Key>::Fill::more: break;
        case IntegerSource<Key>::Fill::stopped: is_over_ = true; return;
        case IntegerSource<Key>::Fill::end:
            has_ended_[index] = true;
            merge_.close(index);
            return;
        }
        usual_[index] = values_.size();
        const sheaf::PushResult result = merge_.push(index, std::span<const Key>{values_});
        if (!result.ok()) {
            faults_.push_back(source.describe(result.accepted) + ": " +
                              std::to_string(values_[result.accepted]) +
                              " is less than the integer before it: the source is not sorted");
        } else if (source.fault()) {
            faults_.push_back(*source.fault());
        } else {
            return;
        }
        // It stays open, so that nothing comes out that one of its integers may belong before.
        has_ended_[index] = true;
    }

    sheaf::StreamingMerge<Key> merge_;
    std::vector<std::unique_ptr<IntegerSource<Key>>> sources_;
    /// How many values the last read of each gave.
    std::vector<std::size_t> usual_;
    /// There is nothing more to be read of it.
    std::vector<bool> has_ended_;
    std::vector<Key> values_;
    /// What is certain, of which the first `given_` are out.
    std::vector<Key> certain_;
    std::size_t given_ = 0;
    std::vector<std::string> faults_;
    bool is_over_ = false;
};

}  // namespace driver
