#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/throw.hpp>
#include <sheaf/distinct/detail/snapshot_bytes.hpp>
#include <sheaf/distinct/distinct_count.hpp>
#include <sheaf/distinct/exaloglog.hpp>
#include <sheaf/distinct/snapshot_status.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

SHEAF_NAMESPACE_BEGIN

/// Counts distinct elements: exactly while they are few, and by a sketch from then on.
///
/// Elements are given as 64-bit hashes, by `KeyedHash` under a secret where somebody could gain from a wrong count. While
/// the set of all hashes takes no more memory than the sketch would, it is kept (2,048 hashes at precision 12), and the
/// count is exact, but for hashes that collide: of a billion elements one in forty billion. Then the sketch takes over, in
/// the state that it would have, had it been there from the beginning.
///
/// Thread safety: as any plain value. One that was moved from may only be destroyed or assigned to.
class DistinctCounter {
public:
    /// What takes over.
    using sketch_type = ExaLogLog<2, 24>;

    /// Nothing counted. `precision` is the sketch's: 2^precision registers of four bytes. `hash_id` names the hash and its
    /// key: counts of elements that were hashed in different ways must not meet.
    ///
    /// Throws: `std::invalid_argument` where no sketch has that precision.
    explicit DistinctCounter(unsigned precision = 12, std::uint64_t hash_id = 0)
        : hash_id_{hash_id}
        , precision_{precision} {
        if (precision < sketch_type::min_precision || precision > sketch_type::max_precision) {
            detail::throw_invalid_argument("sheaf: the precision of a DistinctCounter is from 2 to 26");
        }
    }

    /// Counts an element, by its hash, which must be as good as random from the first element on: a sketch of numbers as they
    /// are is worth nothing. Returns false where it is certain that it had been counted before.
    ///
    /// Throws: `std::bad_alloc`; nothing has changed then. Complexity: constant once the sketch has taken over; before,
    /// logarithmic in the number of elements, and every 32nd new one costs linear time.
    bool insert(std::uint64_t hash) {
        if (sketch_) { return sketch_->insert(hash); }
        if (is_known(hash)) { return false; }
        if (hashes_.size() == exact_capacity()) {
            take_over();
            return sketch_->insert(hash);
        }
        hashes_.push_back(hash);
        if (hashes_.size() - sorted_ == tail_capacity) { sort(); }
        return true;
    }

    /// Counts all that the other one has counted.
    ///
    /// Throws: `std::invalid_argument` where the other's hash id is another, or it has a sketch of less precision;
    /// `std::bad_alloc`. After `std::bad_alloc` some of the other's elements may be counted: merge again.
    void merge(const DistinctCounter& other);

    /// The number of distinct elements. Complexity: linear in the registers once the sketch has taken over.
    [[nodiscard]] double estimate() const noexcept {
        return sketch_ ? sketch_->estimate() : static_cast<double>(hashes_.size());
    }
    /// That number with its standard error, which is 0 while it is exact. Complexity: as for `estimate`.
    [[nodiscard]] DistinctCount count() const noexcept {
        return sketch_ ? sketch_->count() : DistinctCount{static_cast<double>(hashes_.size()), 0};
    }
    /// The set is still kept.
    [[nodiscard]] bool is_exact() const noexcept { return !sketch_; }

    /// That of the sketch.
    [[nodiscard]] unsigned precision() const noexcept { return precision_; }
    /// What names the hash and its key.
    [[nodiscard]] std::uint64_t hash_id() const noexcept { return hash_id_; }
    /// How many elements are counted exactly at most.
    [[nodiscard]] std::size_t exact_capacity() const noexcept { return std::size_t{1} << (precision_ - 1); }
    /// The memory that it has allocated.
    [[nodiscard]] std::size_t held_bytes() const noexcept {
        return hashes_.capacity() * sizeof(std::uint64_t) + (sketch_ ? sketch_->held_bytes() : 0);
    }

    /// The same elements of the same hash, as far as the sketch can tell.
    friend bool operator==(const DistinctCounter& one, const DistinctCounter& other) {
        if (one.hash_id_ != other.hash_id_ || one.precision_ != other.precision_ ||
            one.sketch_ != other.sketch_) {
            return false;
        }
        return one.sorted_hashes() == other.sorted_hashes();
    }

    /// Appends the counter as bytes, the same on every platform: "SDCT", the version of this form (1), the precision, 1
    /// where a sketch follows and else 0, 0, and the hash id; then the hashes, ascending, or the sketch's own snapshot;
    /// and the CRC-32C of all that. Numbers are little-endian.
    ///
    /// Throws: `std::bad_alloc`; `bytes` is unchanged then.
    void append_snapshot(std::vector<std::byte>& bytes) const;

    /// Becomes the counter that the bytes are a snapshot of. It must be of the same hash. After an error it is unchanged.
    ///
    /// Throws: `std::bad_alloc`; the counter is unchanged then.
    SnapshotStatus restore(std::span<const std::byte> bytes);

private:
    static constexpr std::size_t header_size = 16;
    static constexpr std::string_view snapshot_letters = "SDCT";
    static constexpr unsigned snapshot_version = 1;
    /// New hashes wait unsorted: so many are searched one by one as fast as all others by halving.
    static constexpr std::size_t tail_capacity = 32;

    [[nodiscard]] bool is_known(std::uint64_t hash) const noexcept {
        const auto tail = hashes_.begin() + static_cast<std::ptrdiff_t>(sorted_);
        return std::binary_search(hashes_.begin(), tail, hash) ||
               std::find(tail, hashes_.end(), hash) != hashes_.end();
    }

    void sort() noexcept {
        const auto tail = hashes_.begin() + static_cast<std::ptrdiff_t>(sorted_);
        std::sort(tail, hashes_.end());
        std::inplace_merge(hashes_.begin(), tail,
                           hashes_.end());  // does without a buffer where there is none
        sorted_ = hashes_.size();
    }

    [[nodiscard]] std::vector<std::uint64_t> sorted_hashes() const {
        std::vector<std::uint64_t> sorted = hashes_;
        std::sort(sorted.begin(), sorted.end());
        return sorted;
    }

    void take_over() {
        sketch_type sketch{precision_};
        for (const std::uint64_t hash : hashes_) { sketch.insert(hash); }
        sketch_ = std::move(sketch);
        hashes_ = std::vector<std::uint64_t>{};  // gives its memory back; `{}` alone would keep it
        sorted_ = 0;
    }

    // The hashes up to `sorted_` ascend, the others stand as they came; no two are the same. None once there is a sketch.
    std::vector<std::uint64_t> hashes_;
    std::size_t sorted_ = 0;
    std::optional<sketch_type> sketch_;
    std::uint64_t hash_id_;
    unsigned precision_;
};

inline void DistinctCounter::merge(const DistinctCounter& other) {
    if (other.hash_id_ != hash_id_) {
        detail::throw_invalid_argument(
            "sheaf: elements that were hashed in different ways cannot be counted together");
    }
    if (other.sketch_) {
        if (other.precision_ < precision_) {
            detail::throw_invalid_argument("sheaf: a counter cannot take in a sketch of less precision");
        }
        if (!sketch_) { take_over(); }
        sketch_->merge(*other.sketch_);
    } else if (&other != this) {
        for (const std::uint64_t hash : other.hashes_) { insert(hash); }
    }
}

inline void DistinctCounter::append_snapshot(std::vector<std::byte>& bytes) const {
    const std::size_t begin = bytes.size();
    const std::vector<std::uint64_t> sorted = sorted_hashes();
    const std::size_t body =
        sketch_ ? sketch_type::snapshot_size(precision_) : sorted.size() * sizeof(std::uint64_t);
    bytes.reserve(begin + header_size + body + detail::snapshot_checksum_size);  // nothing below throws
    detail::begin_snapshot(bytes, snapshot_letters, snapshot_version);
    for (const unsigned number : {precision_, sketch_ ? 1U : 0U, 0U}) {
        detail::append_number(bytes, number, 1);
    }
    detail::append_number(bytes, hash_id_, 8);
    for (const std::uint64_t hash : sorted) { detail::append_number(bytes, hash, 8); }
    if (sketch_) { sketch_->append_snapshot(bytes); }
    detail::end_snapshot(bytes, begin);
}

inline SnapshotStatus DistinctCounter::restore(std::span<const std::byte> bytes) {
    const auto number_at = [&](std::size_t at, std::size_t size) {
        return detail::number_at(bytes, at, size);
    };
    if (const auto status = detail::check_beginning(bytes, snapshot_letters, snapshot_version, header_size);
        !status.ok()) {
        return status;
    }
    if (const auto status = detail::check_end(bytes); !status.ok()) { return status; }
    const std::size_t end = bytes.size() - detail::snapshot_checksum_size;
    const auto precision = static_cast<unsigned>(number_at(5, 1));
    if (precision < sketch_type::min_precision || precision > sketch_type::max_precision) {
        return {SnapshotError::out_of_range, 5};
    }
    if (number_at(6, 1) > 1) { return {SnapshotError::out_of_range, 6}; }
    if (number_at(7, 1) != 0) { return {SnapshotError::out_of_range, 7}; }
    if (number_at(8, 8) != hash_id_) { return {SnapshotError::other_parameters, 8}; }

    DistinctCounter restored{precision, hash_id_};
    if (number_at(6, 1) == 1) {
        restored.sketch_.emplace(
            sketch_type::min_precision);  // it takes on that of its bytes, if they are so many
        const SnapshotStatus status =
            restored.sketch_->restore(bytes.subspan(header_size, end - header_size));
        if (!status.ok()) { return {status.error, header_size + status.offset}; }
        if (restored.sketch_->precision() != precision) { return {SnapshotError::impossible_content, 5}; }
    } else {
        const std::size_t count = (end - header_size) / sizeof(std::uint64_t);
        if ((end - header_size) % sizeof(std::uint64_t) != 0 || count > restored.exact_capacity()) {
            return {SnapshotError::wrong_size, end};
        }
        restored.hashes_.reserve((std::min)(std::bit_ceil(count), restored.exact_capacity()));
        for (std::size_t at = header_size; at < end; at += sizeof(std::uint64_t)) {
            const std::uint64_t hash = number_at(at, 8);
            if (!restored.hashes_.empty() && hash <= restored.hashes_.back()) {
                return {SnapshotError::impossible_content, at};  // they ascend
            }
            restored.hashes_.push_back(hash);
        }
        restored.sorted_ = count;
    }
    *this = std::move(restored);
    return {};
}

SHEAF_NAMESPACE_END
