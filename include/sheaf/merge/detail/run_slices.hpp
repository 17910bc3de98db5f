#pragma once

#include <sheaf/config.hpp>
#include <sheaf/merge/detail/gallop.hpp>
#include <sheaf/merge/detail/heap_sort.hpp>
#include <sheaf/merge/detail/run.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// Cuts runs across into slices: of each run those values that come before a bound and are in no earlier slice.
/// Slices of a size that fits into a cache are merged one after the other; the memory for that is a slice's, and runs
/// that have nothing in a slice do not count there.
///
/// The bounds are values at equal distances in a sorted sample of the runs. A value that is as frequent as a whole
/// slice has a slice of its own, in which nothing needs to be compared.
template <class Value, class Order>
class RunSlices {
public:
    explicit RunSlices(const Order& before)
        : before_{before} {}

    /// Begins: `runs`, none of them empty, with `total` values in all, in slices of about `slice` values.
    ///
    /// Throws: `std::bad_alloc`, and what comparing throws.
    void begin(std::span<const Run<Value>> runs, std::size_t total, std::size_t slice) {
        rest_.assign(runs.begin(), runs.end());
        pieces_.clear();
        pieces_.reserve(runs.size());
        bounds_.clear();
        next_ = 0;
        is_ended_ = false;
        const std::size_t count = (total + slice - 1) / slice;
        if (count > 1) { choose_bounds(total, count); }
    }

    /// Goes on to the next slice that has anything; false behind the last.
    bool next() {
        while (next_ < bounds_.size()) {
            const Value& bound = bounds_[next_];
            const bool has_own_slice = next_ != 0 && is_equal(bounds_[next_ - 1], bound);
            ++next_;
            cut(bound, has_own_slice);
            all_equal_ = has_own_slice;
            if (!pieces_.empty()) { return true; }
        }
        if (is_ended_) { return false; }
        is_ended_ = true;
        all_equal_ = false;
        pieces_.swap(rest_);
        std::erase_if(pieces_, [](const Run<Value>& piece) { return piece.size() == 0; });
        return !pieces_.empty();
    }

    /// The parts of the runs that belong to the slice, in the order of the runs; none is empty.
    [[nodiscard]] std::span<const Run<Value>> pieces() const noexcept { return pieces_; }
    /// All values of the slice are equal.
    [[nodiscard]] bool all_equal() const noexcept { return all_equal_; }
    /// How many values the slice has.
    [[nodiscard]] std::size_t size() const noexcept {
        std::size_t sum = 0;
        for (const Run<Value>& piece : pieces_) { sum += piece.size(); }
        return sum;
    }

private:
    static constexpr std::size_t samples_a_slice = 16;

    [[nodiscard]] bool is_equal(const Value& a, const Value& b) const {
        return !before_(a, b) && !before_(b, a);
    }

    void choose_bounds(std::size_t total, std::size_t count) {
        const std::size_t distance = (std::max)(total / (count * samples_a_slice), std::size_t{1});
        std::vector<Value> sample;
        sample.reserve(total / distance + rest_.size());
        // Each run is sampled from another place on, in steps of the golden ratio: runs that are alike would else be
        // sampled at the same values, and what lies between two of these would be one slice.
        const std::size_t step = distance - distance * 382 / 1000;
        std::size_t begin = distance / 2;
        for (const Run<Value>& run : rest_) {
            for (std::size_t at = begin; at < run.size(); at += distance) { sample.push_back(run.first[at]); }
            begin = (begin + step) % distance;
        }
        if (sample.empty()) { return; }
        heap_sort(sample, before_);
        for (std::size_t i = 1; i < count; ++i) { add_bound(sample[sample.size() * i / count]); }
    }

    /// What is there three times is no use a third time.
    void add_bound(const Value& bound) {
        const std::size_t held = bounds_.size();
        if (held < 2 || !is_equal(bounds_[held - 2], bound)) { bounds_.push_back(bound); }
    }

    /// Takes from each run what comes before `bound`, or, `inclusive`, what does not come after it.
    void cut(const Value& bound, bool inclusive) {
        pieces_.clear();
        for (Run<Value>& run : rest_) {
            const Value* const end =
                inclusive
                    ? gallop(run.first, run.last, [&](const Value& value) { return !before_(bound, value); })
                    : gallop(run.first, run.last, [&](const Value& value) { return before_(value, bound); });
            if (end == run.first) { continue; }
            pieces_.push_back({run.first, end});
            run.first = end;
        }
    }

    [[no_unique_address]] Order before_;
    std::vector<Run<Value>> rest_{};
    std::vector<Run<Value>> pieces_{};
    std::vector<Value> bounds_{};
    std::size_t next_ = 0;
    bool all_equal_ = false;
    bool is_ended_ = true;
};

}  // namespace detail

SHEAF_NAMESPACE_END
