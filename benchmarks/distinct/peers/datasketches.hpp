#pragma once

#include <MurmurHash3.h>
#include <cpc_sketch.hpp>
#include <cpc_union.hpp>
#include <hll.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace sheaf_bench {

/// 64 of the 128 bits that Apache DataSketches makes of an element, by MurmurHash3 with its own seed, which is no secret.
[[nodiscard]] inline std::uint64_t murmur_hash(const void* bytes, std::size_t size) {
    HashState state;
    MurmurHash3_x64_128(bytes, size, datasketches::DEFAULT_SEED, state);
    return state.h1;
}

/// The hash by which DataSketches counts a number.
struct MurmurHashed {
    std::uint64_t operator()(std::uint64_t element) const { return murmur_hash(&element, sizeof element); }
};

/// Apache DataSketches' HyperLogLog, with registers of 8, 6 or 4 bits. It hashes by itself, by MurmurHash3.
///
/// A power of two away from it, 2^15 registers are the nearest to the error of `ExaLogLog<2, 24>` at precision 12.
template <datasketches::target_hll_type Type, std::uint8_t LgRegisters = 15>
class DataSketchesHll {
public:
    void insert(std::uint64_t element) { sketch_.update(element); }
    /// Counted along while there was one stream (HIP).
    [[nodiscard]] double estimate() const { return sketch_.get_estimate(); }
    /// By the registers, as after a merge.
    [[nodiscard]] double estimate_of_registers() const { return sketch_.get_composite_estimate(); }
    [[nodiscard]] std::size_t serialized_bytes() const { return sketch_.serialize_compact().size(); }

    /// By its own constants: 0.8326 and 1.039 over the root of the number of registers.
    static double error_of_one_stream() { return standard_error(false); }
    static double error_of_merged() { return standard_error(true); }

    class Union {
    public:
        void take(const DataSketchesHll& other) { union_.update(other.sketch_); }
        [[nodiscard]] double estimate() const { return union_.get_estimate(); }
        [[nodiscard]] DataSketchesHll result() const { return DataSketchesHll{union_.get_result(Type)}; }

    private:
        datasketches::hll_union union_{LgRegisters};
    };

    DataSketchesHll() = default;

private:
    explicit DataSketchesHll(datasketches::hll_sketch&& sketch)
        : sketch_{std::move(sketch)} {}

    static double standard_error(bool is_merged) {
        return std::abs(datasketches::hll_sketch::get_rel_err(false, is_merged, LgRegisters, 1));
    }

    datasketches::hll_sketch sketch_{LgRegisters, Type};
};

/// Apache DataSketches' CPC ("compressed probabilistic counting"; compressed when serialized). It hashes by MurmurHash3.
template <std::uint8_t LgRows = 14>
class DataSketchesCpc {
public:
    void insert(std::uint64_t element) { sketch_.update(element); }
    /// Counted along while there was one stream (HIP), else by the number of bits (ICON).
    [[nodiscard]] double estimate() const { return sketch_.get_estimate(); }
    [[nodiscard]] std::size_t serialized_bytes() const { return sketch_.serialize().size(); }

    /// By its own constants: 0.5887 and 0.6931 over the root of the number of rows.
    static double error_of_one_stream() { return datasketches::HIP_ERROR_CONSTANT / root_of_rows(); }
    static double error_of_merged() { return datasketches::ICON_ERROR_CONSTANT / root_of_rows(); }

    class Union {
    public:
        void take(const DataSketchesCpc& other) { union_.update(other.sketch_); }
        [[nodiscard]] double estimate() const { return union_.get_result().get_estimate(); }
        [[nodiscard]] DataSketchesCpc result() const { return DataSketchesCpc{union_.get_result()}; }

    private:
        datasketches::cpc_union union_{LgRows};
    };

    DataSketchesCpc() = default;

private:
    explicit DataSketchesCpc(datasketches::cpc_sketch&& sketch)
        : sketch_{std::move(sketch)} {}

    static double root_of_rows() { return std::exp2(LgRows / 2.0); }

    datasketches::cpc_sketch sketch_{LgRows};
};

}  // namespace sheaf_bench
