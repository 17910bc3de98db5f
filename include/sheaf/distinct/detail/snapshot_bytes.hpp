#pragma once

#include <sheaf/config.hpp>
#include <sheaf/detail/crc32c.hpp>
#include <sheaf/distinct/snapshot_status.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

SHEAF_NAMESPACE_BEGIN

namespace detail {

// All snapshots begin with four letters and the version of their form, and end with the CRC-32C of what is before it.
// Numbers are little-endian.

inline constexpr std::size_t snapshot_checksum_size = 4;

/// Appends a number of `size` bytes.
inline void append_number(std::vector<std::byte>& bytes, std::uint64_t number, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
        bytes.push_back(static_cast<std::byte>(number >> (8 * i) & 0xffU));
    }
}

/// Appends how a snapshot begins.
inline void begin_snapshot(std::vector<std::byte>& bytes, std::string_view letters, unsigned version) {
    for (const char letter : letters) { bytes.push_back(static_cast<std::byte>(letter)); }
    append_number(bytes, version, 1);
}

/// Appends how a snapshot ends that began at `begin`.
inline void end_snapshot(std::vector<std::byte>& bytes, std::size_t begin) {
    append_number(bytes, crc32c(std::span{bytes}.subspan(begin)), snapshot_checksum_size);
}

/// The number of `size` bytes at `at`. Precondition: they are there.
[[nodiscard]] inline std::uint64_t number_at(std::span<const std::byte> bytes,
                                             std::size_t at,
                                             std::size_t size) noexcept {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < size; ++i) {
        number |= std::to_integer<std::uint64_t>(bytes[at + i]) << (8 * i);
    }
    return number;
}

/// Whether a snapshot of this kind and version begins here, with a header of `header_size` bytes and a checksum.
[[nodiscard]] inline SnapshotStatus check_beginning(std::span<const std::byte> bytes,
                                                    std::string_view letters,
                                                    unsigned version,
                                                    std::size_t header_size) noexcept {
    for (std::size_t i = 0; i < letters.size(); ++i) {
        if (i == bytes.size() || number_at(bytes, i, 1) != static_cast<unsigned char>(letters[i])) {
            return {SnapshotError::not_a_snapshot, i};
        }
    }
    if (bytes.size() < header_size + snapshot_checksum_size) {
        return {SnapshotError::wrong_size, bytes.size()};
    }
    if (number_at(bytes, letters.size(), 1) != version) {
        return {SnapshotError::unknown_version, letters.size()};
    }
    return {};
}

/// Whether the checksum at the end fits.
[[nodiscard]] inline SnapshotStatus check_end(std::span<const std::byte> bytes) noexcept {
    const std::size_t end = bytes.size() - snapshot_checksum_size;
    if (number_at(bytes, end, snapshot_checksum_size) != crc32c(bytes.first(end))) {
        return {SnapshotError::wrong_checksum, end};
    }
    return {};
}

/// Reads the numbers of a snapshot one after the other, up to the checksum. After an error all are 0.
class SnapshotReader {
public:
    /// Precondition: the beginning and the end have been checked.
    SnapshotReader(std::span<const std::byte> bytes, std::size_t begin) noexcept
        : bytes_{bytes.first(bytes.size() - snapshot_checksum_size)}
        , at_{begin} {}

    [[nodiscard]] std::span<const std::byte> bytes(std::uint64_t size) noexcept {
        if (size > bytes_.size() - at_) { fail(SnapshotError::wrong_size, bytes_.size()); }
        if (!status_.ok()) { return {}; }
        const auto part = bytes_.subspan(at_, static_cast<std::size_t>(size));
        at_ += part.size();
        return part;
    }
    [[nodiscard]] std::uint64_t number(std::size_t size) noexcept {
        const auto part = bytes(size);
        return number_at(part, 0, part.size());
    }
    /// A number that is at most `greatest`.
    [[nodiscard]] std::uint64_t number_up_to(std::uint64_t greatest, std::size_t size) noexcept {
        const std::size_t begin = at_;
        const std::uint64_t number = this->number(size);
        return demand(number <= greatest, SnapshotError::out_of_range, begin) ? number : 0;
    }

    /// Where the next number is.
    [[nodiscard]] std::size_t at() const noexcept { return at_; }
    [[nodiscard]] bool at_end() const noexcept { return at_ == bytes_.size(); }
    /// The first error.
    [[nodiscard]] SnapshotStatus status() const noexcept { return status_; }
    [[nodiscard]] bool ok() const noexcept { return status_.ok(); }
    /// An error, if it is the first.
    void fail(SnapshotError error, std::size_t offset) noexcept {
        if (status_.ok()) { status_ = {error, offset}; }
    }
    /// An error unless the condition holds. Returns whether there is none.
    bool demand(bool condition, SnapshotError error, std::size_t offset) noexcept {
        if (!condition) { fail(error, offset); }
        return status_.ok();
    }

private:
    std::span<const std::byte> bytes_;
    std::size_t at_;
    SnapshotStatus status_;
};

}  // namespace detail

SHEAF_NAMESPACE_END
