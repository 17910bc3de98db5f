#pragma once

#include <sheaf/distinct/distinct_count.hpp>
#include <sheaf/distinct/exaloglog.hpp>
#include <sheaf/distinct/martingale_estimator.hpp>
#include <sheaf/keyed_hash.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sheaf_bench {

inline constexpr unsigned sheaf_precision = 12;

/// The element is a hash already.
struct GivenHash {
    std::uint64_t operator()(std::uint64_t element) const noexcept { return element; }
};

/// As the stream's own hash would be made.
struct SipHashed {
    sheaf::KeyedHash hash{{0x0706050403020100U, 0x0f0e0d0c0b0a0908U}};
    std::uint64_t operator()(std::uint64_t element) const noexcept { return hash(element); }
};

/// sheaf's sketch.
template <unsigned T, unsigned D, class Hash = GivenHash>
class SheafSketch {
public:
    void insert(std::uint64_t element) { sketch_.insert(hash_(element)); }
    [[nodiscard]] double estimate() const { return sketch_.estimate(); }
    /// The estimate with its error.
    [[nodiscard]] sheaf::DistinctCount count() const { return sketch_.count(); }
    [[nodiscard]] std::size_t serialized_bytes() const {
        std::vector<std::byte> bytes;
        sketch_.append_snapshot(bytes);
        return bytes.size();
    }

    /// What its error tends to, by theory: of one stream, and after a merge.
    static double error_of_one_stream() { return sheaf::ExaLogLog<T, D>::asymptotic_error(sheaf_precision); }
    static double error_of_merged() { return error_of_one_stream(); }

    /// A sketch takes in another one: no type of its own is needed.
    class Union {
    public:
        void take(const SheafSketch& other) { merged_.sketch_.merge(other.sketch_); }
        [[nodiscard]] double estimate() const { return merged_.estimate(); }
        [[nodiscard]] SheafSketch result() const { return merged_; }

    private:
        SheafSketch merged_;
    };

private:
    sheaf::ExaLogLog<T, D> sketch_{sheaf_precision};
    [[no_unique_address]] Hash hash_;
};

/// The same, with an estimator that counts along, as those of DataSketches do: for one stream only.
template <unsigned T, unsigned D, class Hash = GivenHash>
class SheafMartingale {
public:
    void insert(std::uint64_t element) { sketch_.insert(hash_(element), estimator_); }
    [[nodiscard]] double estimate() const { return estimator_.estimate(); }
    [[nodiscard]] std::size_t serialized_bytes() const {
        return sheaf::ExaLogLog<T, D>::snapshot_size(sheaf_precision) + sizeof estimator_;
    }

    /// The ExaLogLog paper, section 2.4: the root of ln b / 2 (1 + b^-D / (b - 1)) / registers, b = 2^(2^-T).
    static double error_of_one_stream() {
        const double b = std::exp2(std::exp2(-double{T}));
        return std::sqrt(std::log(b) / 2 * (1 + std::pow(b, -double{D}) / (b - 1)) /
                         std::exp2(sheaf_precision));
    }

private:
    sheaf::ExaLogLog<T, D> sketch_{sheaf_precision};
    sheaf::MartingaleEstimator estimator_;
    [[no_unique_address]] Hash hash_;
};

}  // namespace sheaf_bench
