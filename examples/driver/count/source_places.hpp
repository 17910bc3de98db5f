#pragma once

#include "block_source.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace driver {

/// How far a source has been counted.
struct SourcePlace {
    std::string name{};
    std::uint64_t next = 0;   ///< The byte at which a restart begins.
    std::uint64_t lines = 0;  ///< Those before it.
    std::uint64_t fingerprint = 0;
    bool is_given = true;  ///< By this run's arguments.
};

/// How far all sources have been counted: what a snapshot says of them, and where this run has gone on from there. Each has a
/// number of its own, its partition in the windows, which it keeps in all runs.
class SourcePlaces {
public:
    /// Those of a first run. `key` and `time` are the names of the members.
    SourcePlaces(const std::vector<std::unique_ptr<BlockSource>>& sources,
                 const std::string& key,
                 const std::string& time);

    /// Goes on from the places that were written by `bytes`; each source resumes there. A file is known by its name and content, or by
    /// its content alone, if it has been renamed. Sources that are not given any more keep their places.
    ///
    /// Throws: `RuntimeFailure` that says what does not fit.
    void restore(std::span<const std::byte> bytes);
    /// All places.
    [[nodiscard]] std::vector<std::byte> bytes();

    /// The partition of a source, by its number in the list.
    [[nodiscard]] std::uint64_t partition(std::size_t source) const noexcept { return which_[source]; }
    /// The place of a partition.
    [[nodiscard]] SourcePlace& of_partition(std::uint64_t partition) noexcept { return places_[partition]; }
    /// How many partitions there are.
    [[nodiscard]] std::size_t partitions() const noexcept { return places_.size(); }

private:
    void read(std::span<const std::byte> bytes);
    void claim(std::size_t source, std::size_t place);

    const std::vector<std::unique_ptr<BlockSource>>& sources_;
    std::string members_;
    std::vector<SourcePlace> places_;  // by partition
    std::vector<std::size_t> which_;   // the place of each source
};

}  // namespace driver
