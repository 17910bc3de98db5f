#pragma once

#include "../errors.hpp"
#include "../support/quantity.hpp"
#include "spilled_runs.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace driver {

/// Sorts values that do not fit into memory: as many as do are sorted and spilled as a run, and the runs are merged.
///
/// `Key`: an integer. Thread safety: none.
template <class Key>
class ExternalSort {
public:
    /// With about so much memory; what does not fit goes to a file in the folder.
    ///
    /// Throws: `RuntimeFailure` where there is not so much.
    ExternalSort(std::string folder, std::size_t memory)
        : folder_{std::move(folder)}
        , memory_{memory} {
        try {
            held_.reserve(std::max(memory / sizeof(Key), std::size_t{1}));
        } catch (const std::bad_alloc&) {
            throw RuntimeFailure{"--memory " + format_size(memory) + ": there is not so much"};
        }
    }

    /// Throws: `RuntimeFailure`, `std::bad_alloc`.
    void add(std::span<const Key> values) {
        while (!values.empty()) {
            const auto some = values.first(std::min(values.size(), held_.capacity() - held_.size()));
            held_.insert(held_.end(), some.begin(), some.end());
            values = values.subspan(some.size());
            if (held_.size() == held_.capacity()) { spill(); }
        }
    }

    /// Nothing more comes: `take` is given all values in order, some at a time.
    ///
    /// Throws: as `add`, and what `take` throws.
    template <class Take>
    void finish(Take&& take) {
        if (!spilled_) {
            std::sort(held_.begin(), held_.end());
            take(std::span<const Key>{held_});
            return;
        }
        spill();
        std::vector<Key>{}.swap(held_);
        while (spilled_->runs().size() > SpilledRuns<Key>::most_at_once(memory_)) { merge_some(); }
        spilled_->merge(spilled_->runs(), memory_, take);
    }

    /// How many runs have been spilled; 0: all fitted into memory.
    [[nodiscard]] std::size_t runs() const noexcept { return runs_; }

private:
    void spill() {
        if (held_.empty()) { return; }
        if (!spilled_) { spilled_.emplace(folder_); }
        std::sort(held_.begin(), held_.end());
        spilled_->append(held_);
        spilled_->end_run();
        held_.clear();
        ++runs_;
    }

    /// More runs than can be read at once become fewer and longer ones, in another file.
    void merge_some() {
        SpilledRuns<Key> merged{folder_};
        const std::span<const typename SpilledRuns<Key>::Run> runs = spilled_->runs();
        const std::size_t most = SpilledRuns<Key>::most_at_once(memory_);
        for (std::size_t i = 0; i < runs.size(); i += most) {
            spilled_->merge(runs.subspan(i, std::min(most, runs.size() - i)), memory_,
                            [&](std::span<const Key> values) { merged.append(values); });
            merged.end_run();
        }
        spilled_.emplace(std::move(merged));
    }

    std::string folder_;
    std::size_t memory_;
    std::vector<Key> held_;
    std::optional<SpilledRuns<Key>> spilled_;
    std::size_t runs_ = 0;
};

}  // namespace driver
