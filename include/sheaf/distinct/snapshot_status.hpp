#pragma once

#include <sheaf/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

SHEAF_NAMESPACE_BEGIN

/// What is wrong with bytes that were to be the snapshot of something that counts.
enum class SnapshotError : std::uint8_t {
    none,             ///< Nothing.
    not_a_snapshot,   ///< They do not begin as a snapshot of this kind does.
    unknown_version,  ///< Written by a later version.
    other_parameters,  ///< Of something else: another T, D, precision, hash, zone, other periods or confirmations.
    out_of_range,        ///< A number that cannot be.
    wrong_size,          ///< Too few bytes, or too many.
    wrong_checksum,      ///< Changed since they were written.
    impossible_content,  ///< Intact, but nothing that was counted gives this.
};

/// The enumerator's own name, for logs and metrics.
[[nodiscard]] constexpr std::string_view to_string(SnapshotError error) noexcept {
    switch (error) {
    case SnapshotError::none: return "none";
    case SnapshotError::not_a_snapshot: return "not_a_snapshot";
    case SnapshotError::unknown_version: return "unknown_version";
    case SnapshotError::other_parameters: return "other_parameters";
    case SnapshotError::out_of_range: return "out_of_range";
    case SnapshotError::wrong_size: return "wrong_size";
    case SnapshotError::wrong_checksum: return "wrong_checksum";
    case SnapshotError::impossible_content: return "impossible_content";
    }
    return "unknown";
}

/// How a restoration ended: `none`, or an error and where it is.
///
/// Thread safety: a plain value.
struct [[nodiscard]] SnapshotStatus {
    /// What is wrong.
    SnapshotError error = SnapshotError::none;
    /// The byte at which that shows.
    std::size_t offset = 0;

    /// Nothing is wrong.
    [[nodiscard]] constexpr bool ok() const noexcept { return error == SnapshotError::none; }
    /// `byte 12: impossible_content`; empty where nothing is wrong. Throws: `std::bad_alloc`.
    [[nodiscard]] std::string message() const {
        return ok() ? std::string{} : "byte " + std::to_string(offset) + ": " + std::string{to_string(error)};
    }
    /// The same error at the same place.
    friend constexpr bool operator==(const SnapshotStatus&, const SnapshotStatus&) noexcept = default;
};

SHEAF_NAMESPACE_END
