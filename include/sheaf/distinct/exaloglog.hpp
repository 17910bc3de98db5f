#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/throw.hpp>
#include <sheaf/distinct/detail/hurwitz_zeta.hpp>
#include <sheaf/distinct/detail/likelihood.hpp>
#include <sheaf/distinct/detail/merge_registers.hpp>
#include <sheaf/distinct/detail/register_value.hpp>
#include <sheaf/distinct/detail/snapshot_bytes.hpp>
#include <sheaf/distinct/distinct_count.hpp>
#include <sheaf/distinct/martingale_estimator.hpp>
#include <sheaf/distinct/snapshot_status.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

SHEAF_NAMESPACE_BEGIN

/// The ExaLogLog sketch: counts the distinct elements of a stream in constant memory, with a known error, and can be merged
/// (Ertl, "ExaLogLog: Space-Efficient and Practical Approximate Distinct Counting up to the Exa-Scale", 2024).
///
/// Elements are given as 64-bit hashes, which must be as good as random: `KeyedHash`, or any hash that passes the usual
/// tests. Elements that come again, their order, and how a stream was split before its parts were merged change nothing, to
/// the bit. What the error is, relative to the count, at 2^precision registers:
///
/// | type               | also known as    | bytes a register | error of many elements | at precision 12 |
/// |--------------------|------------------|------------------|------------------------|-----------------|
/// | `ExaLogLog<0, 0>`  | HyperLogLog      | 1                | 1.04 / sqrt(registers) | 1.62 %          |
/// | `ExaLogLog<0, 2>`  | UltraLogLog      | 1                | 0.761                  | 1.19 %          |
/// | `ExaLogLog<1, 9>`  |                  | 2                | 0.494                  | 0.77 %          |
/// | `ExaLogLog<2, 20>` |                  | 4 (3.5 in bytes) | 0.362                  | 0.57 %          |
/// | `ExaLogLog<2, 24>` | the default      | 4                | 0.344                  | 0.54 %          |
///
/// Of fewer elements than registers the error is far smaller; `count` says which it is.
///
/// `T`: the 2^T update values in a row that are equally probable. `D`: how many values below the greatest a register
/// recalls. A register has 6 + T + D bits.
///
/// Thread safety: as any plain value. One that was moved from may only be destroyed or assigned to.
template <unsigned T = 2, unsigned D = 24>
class ExaLogLog {
    using Value = detail::RegisterValue<T, D>;
    static_assert(T <= 3 && Value::bits <= 32,
                  "sheaf: an ExaLogLog has T of at most 3 and registers of at most 32 bits");

    template <unsigned, unsigned>
    friend class ExaLogLog;

public:
    /// Fewer registers than 2^2 have no theory.
    static constexpr unsigned min_precision = 2;
    /// 2^26 registers.
    static constexpr unsigned max_precision = 26;

    /// What a register is stored in.
    using register_type =
        std::conditional_t<Value::bits <= 8,
                           std::uint8_t,
                           std::conditional_t<Value::bits <= 16, std::uint16_t, std::uint32_t>>;

    /// An empty sketch of 2^precision registers.
    ///
    /// Throws: `std::invalid_argument` where the precision is not `min_precision` to `max_precision`; `std::bad_alloc`.
    explicit ExaLogLog(unsigned precision = 12)
        : precision_{checked(precision)}
        , registers_(std::size_t{1} << precision) {}

    /// Counts an element, by its hash. Returns whether that changed the sketch. Complexity: constant.
    bool insert(std::uint64_t hash) noexcept {
        const auto [place, value] = Value::update_of(hash, precision_);
        return update(static_cast<std::size_t>(place), value);
    }

    /// Counts an element, and lets an estimator that has seen all others count along.
    bool insert(std::uint64_t hash, MartingaleEstimator& estimator) noexcept {
        const auto [place, value] = Value::update_of(hash, precision_);
        const auto at = static_cast<std::size_t>(place);
        const register_type state = registers_[at];
        if (!update(at, value)) { return false; }
        const std::uint64_t before = Value::change_probability(state, precision());
        const std::uint64_t after = Value::change_probability(registers_[at], precision());
        estimator.count_change(std::ldexp(static_cast<double>(before - after), -64));
        return true;
    }

    /// Counts all that another sketch has counted. One of a greater precision is reduced to this one's first.
    ///
    /// Throws: `std::invalid_argument` where the other's precision is less; `std::bad_alloc` where it is greater.
    /// Complexity: linear in the number of registers.
    void merge(const ExaLogLog& other) {
        if (other.precision_ < precision_) {
            detail::throw_invalid_argument(
                "sheaf: a sketch cannot take in one of less precision: reduce it first");
        }
        if (other.precision_ > precision_) {
            merge(other.reduced(precision()));
        } else {
            detail::merge_registers<T, D>(std::span<register_type>{registers_},
                                          std::span<const register_type>{other.registers_});
        }
    }

    /// The sketch with fewer registers, or with fewer bits in them, that the same elements give.
    ///
    /// Throws: `std::invalid_argument` where the precision is greater than this one's, or too small; `std::bad_alloc`.
    template <unsigned Fewer = D>
    [[nodiscard]] ExaLogLog<T, Fewer> reduced(unsigned precision) const {
        static_assert(Fewer <= D, "sheaf: a sketch can be reduced to fewer bits, not to more");
        if (precision > precision_) {
            detail::throw_invalid_argument("sheaf: a sketch can be reduced to less precision, not to more");
        }
        ExaLogLog<T, Fewer> coarser{precision};
        const unsigned dropped = this->precision() - precision;
        for (std::size_t place = 0; place < registers_.size(); ++place) {
            Value::for_each_value(registers_[place], [&](std::uint64_t value) {
                coarser.update(place >> dropped,
                               Value::coarser_value(value, place, this->precision(), dropped));
            });
        }
        return coarser;
    }

    /// The number of distinct elements: the most likely one, without its bias. 0 of none; infinity where all registers are
    /// at their end, beyond 10^18.
    ///
    /// Complexity: linear in the number of registers.
    [[nodiscard]] double estimate() const noexcept { return without_bias(likelihood().argmax()); }

    /// That number with its standard error; of infinity there is none, 0. Complexity: linear in the number of registers.
    [[nodiscard]] DistinctCount count() const noexcept {
        const auto registers_say = likelihood();
        const double number = without_bias(registers_say.argmax());
        return {number, registers_say.relative_error(number)};
    }

    /// What that error tends to for many elements.
    ///
    /// Source: the ExaLogLog paper, theorem 1 with b = 2^(2^-T): the root of ln b / zeta(2, 1 + b^-D / (b - 1)).
    [[nodiscard]] static double asymptotic_error(unsigned precision) noexcept {
        return std::sqrt(ln_base / detail::hurwitz_zeta(2, 1 + recalled())) /
               std::sqrt(std::ldexp(1.0, static_cast<int>(precision)));
    }

    /// Nothing has been counted.
    [[nodiscard]] bool empty() const noexcept {
        return std::all_of(registers_.begin(), registers_.end(),
                           [](register_type state) { return state == 0; });
    }
    /// The sketch has 2^precision registers.
    [[nodiscard]] unsigned precision() const noexcept { return static_cast<unsigned>(precision_); }
    /// The memory that it has allocated.
    [[nodiscard]] std::size_t held_bytes() const noexcept {
        return registers_.capacity() * sizeof(register_type);
    }
    /// Forgets all elements.
    void clear() noexcept { std::fill(registers_.begin(), registers_.end(), register_type{0}); }

    /// The same registers.
    friend bool operator==(const ExaLogLog&, const ExaLogLog&) noexcept = default;

    /// How many bytes a snapshot of a sketch has.
    [[nodiscard]] static constexpr std::size_t snapshot_size(unsigned precision) noexcept {
        return header_size + ((std::size_t{Value::bits} << precision) + 7) / 8 +
               detail::snapshot_checksum_size;
    }

    /// Appends the sketch as bytes, the same on every platform: "SELL", the version of this form (1), T, D, the
    /// precision, the registers with 6 + T + D bits each, lowest bit first, and the CRC-32C of all that, little-endian.
    ///
    /// Throws: `std::bad_alloc`; `bytes` is unchanged then.
    void append_snapshot(std::vector<std::byte>& bytes) const;

    /// Becomes the sketch that the bytes are a snapshot of. After an error it is unchanged.
    ///
    /// Throws: `std::bad_alloc`; the sketch is unchanged then.
    SnapshotStatus restore(std::span<const std::byte> bytes);

private:
    static constexpr std::size_t header_size = 8;
    static constexpr std::string_view snapshot_letters = "SELL";
    static constexpr unsigned snapshot_version = 1;

    static constexpr double ln_base = 0.693147180559945309417 / (1U << T);

    /// b^-D / (b - 1).
    static double recalled() noexcept { return std::exp(-ln_base * D) / (std::exp(ln_base) - 1); }

    /// The greatest likelihood is biased by the factor 1 + c / m (the paper's equation 15, in closed form).
    [[nodiscard]] double without_bias(double n) const noexcept {
        const double a = recalled();
        const double zeta2 = detail::hurwitz_zeta(2, 1 + a);
        const double c = ln_base * (1 + 2 * a) * detail::hurwitz_zeta(3, 1 + a) / (zeta2 * zeta2);
        return n / (1 + c / static_cast<double>(registers_.size()));
    }

    static unsigned checked(unsigned precision) {
        if (precision < min_precision || precision > max_precision) {
            detail::throw_invalid_argument("sheaf: the precision of an ExaLogLog is from 2 to 26");
        }
        return precision;
    }

    bool update(std::size_t place, std::uint64_t value) noexcept {
        register_type& state = registers_[place];
        const auto updated = static_cast<register_type>(Value::updated(state, value));
        if (updated == state) { return false; }
        state = updated;
        return true;
    }

    [[nodiscard]] detail::Likelihood<T, D> likelihood() const noexcept {
        return {std::span<const register_type>{registers_}, precision()};
    }

    // As wide as no register, so that the compiler knows that it stays what it is while a loop inserts.
    std::uint64_t precision_;
    std::vector<register_type> registers_;
};

template <unsigned T, unsigned D>
void ExaLogLog<T, D>::append_snapshot(std::vector<std::byte>& bytes) const {
    const std::size_t begin = bytes.size();
    bytes.reserve(begin + snapshot_size(precision()));  // nothing below throws
    detail::begin_snapshot(bytes, snapshot_letters, snapshot_version);
    for (const unsigned number : {T, D, precision()}) { detail::append_number(bytes, number, 1); }
    std::uint64_t waiting = 0;  // bits that do not fill a byte yet
    unsigned count = 0;
    for (const register_type state : registers_) {
        waiting |= std::uint64_t{state} << count;
        for (count += Value::bits; count >= 8; count -= 8, waiting >>= 8U) {
            bytes.push_back(static_cast<std::byte>(waiting & 0xffU));
        }
    }
    if (count != 0) { bytes.push_back(static_cast<std::byte>(waiting)); }
    detail::end_snapshot(bytes, begin);
}

template <unsigned T, unsigned D>
SnapshotStatus ExaLogLog<T, D>::restore(std::span<const std::byte> bytes) {
    const auto number_at = [&](std::size_t at) {
        return static_cast<unsigned>(detail::number_at(bytes, at, 1));
    };
    if (const auto status = detail::check_beginning(bytes, snapshot_letters, snapshot_version, header_size);
        !status.ok()) {
        return status;
    }
    if (number_at(5) != T) { return {SnapshotError::other_parameters, 5}; }
    if (number_at(6) != D) { return {SnapshotError::other_parameters, 6}; }
    const unsigned precision = number_at(7);
    if (precision < min_precision || precision > max_precision) { return {SnapshotError::out_of_range, 7}; }
    if (bytes.size() != snapshot_size(precision)) {
        return {SnapshotError::wrong_size, (std::min)(bytes.size(), snapshot_size(precision))};
    }
    if (const auto status = detail::check_end(bytes); !status.ok()) { return status; }

    ExaLogLog restored{precision};
    std::uint64_t waiting = 0;
    unsigned count = 0;
    std::size_t at = header_size;
    for (register_type& state : restored.registers_) {
        for (; count < Value::bits; count += 8) { waiting |= std::uint64_t{number_at(at++)} << count; }
        state = static_cast<register_type>(waiting & ((std::uint64_t{1} << Value::bits) - 1));
        waiting >>= Value::bits;
        count -= Value::bits;
        if (!Value::is_possible(state, precision)) { return {SnapshotError::impossible_content, at - 1}; }
    }
    // What is left of the last byte.
    if (waiting != 0) { return {SnapshotError::impossible_content, at - 1}; }
    *this = std::move(restored);
    return {};
}

SHEAF_NAMESPACE_END
