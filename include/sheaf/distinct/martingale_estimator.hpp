#pragma once

#include <sheaf/config.hpp>

SHEAF_NAMESPACE_BEGIN

/// Counts along with a sketch: each change of the sketch counts for as many new elements as it takes, on average, to bring
/// one about (Cohen 2014; Ting 2014). While all elements go through one sketch, in one order, from the beginning, its
/// error is smaller than that of the sketch's own estimate, by about a tenth for `ExaLogLog<2, 24>`. It cannot be merged,
/// and elements in another order give another figure.
///
/// Thread safety: as any plain value.
class MartingaleEstimator {
public:
    /// The number of distinct elements so far.
    [[nodiscard]] double estimate() const noexcept { return estimate_; }

    /// The sketch has changed, and by so much less probable is it that the next new element changes it.
    void count_change(double decrease) noexcept {
        estimate_ += 1 / change_probability_;
        change_probability_ -= decrease;
    }

private:
    double estimate_ = 0;
    double change_probability_ = 1;
};

SHEAF_NAMESPACE_END
