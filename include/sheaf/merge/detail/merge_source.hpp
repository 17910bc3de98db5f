#pragma once

#include <sheaf/config.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace detail {

/// What a streaming merge holds of one source.
template <class Value>
struct MergeSource {
    bool is_closed = false;
    bool is_paused = false;
    /// How many of `held()` are certain, where that has been asked.
    std::size_t certain = 0;
    /// How many values the source has been given.
    std::uint64_t position = 0;
    /// When it was given something last.
    std::optional<std::chrono::nanoseconds> last_sent{};

    [[nodiscard]] std::span<const Value> held() const noexcept { return std::span{values_}.subspan(first_); }

    /// The last value that came, also if it has been given out; null before the first.
    [[nodiscard]] const Value* last() const noexcept { return last_ ? std::addressof(*last_) : nullptr; }

    /// How many of `values` are in order, behind the last one that came.
    template <class Order>
    [[nodiscard]] std::size_t sorted_prefix(std::span<const Value> values, const Order& before) const {
        const Value* const behind = last();
        if (behind != nullptr && before(values.front(), *behind)) { return 0; }
        return static_cast<std::size_t>(std::is_sorted_until(values.begin(), values.end(), before) -
                                        values.begin());
    }

    /// Throws: `std::bad_alloc`, and what copying throws; nothing has been added then.
    void append(std::span<const Value> values) {
        if (values.empty()) { return; }
        // What has been given out makes room, but is not moved away for every few values that come.
        if (first_ > values_.size() / 2) {
            values_.erase(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(first_));
            first_ = 0;
        }
        Value last = values.back();
        const auto held = static_cast<std::ptrdiff_t>(values_.size());
        SHEAF_TRY {
            values_.insert(values_.end(), values.begin(), values.end());
            last_ = std::move(last);
        }
        SHEAF_CATCH_ALL {
            values_.erase(values_.begin() + held, values_.end());
            SHEAF_RETHROW;
        }
    }

    /// How many of the held ones, from the first on, `belong`.
    template <class Belongs>
    [[nodiscard]] std::size_t count_while(const Belongs& belongs) const {
        const std::span<const Value> all = held();
        if (all.empty() || !belongs(all.front())) { return 0; }
        if (belongs(all.back())) { return all.size(); }
        return static_cast<std::size_t>(std::partition_point(all.begin(), all.end(), belongs) - all.begin());
    }

    /// The held ones, to be moved away.
    [[nodiscard]] Value* begin() noexcept { return values_.data() + first_; }

    /// The certain ones have been given out.
    void drop_certain() noexcept {
        first_ += certain;
        certain = 0;
        if (first_ == values_.size()) {
            values_.clear();
            first_ = 0;
        }
    }

private:
    std::vector<Value> values_{};
    std::size_t first_ = 0;
    std::optional<Value> last_{};
};

}  // namespace detail

SHEAF_NAMESPACE_END
