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
    std::uint64_t partition = 0;  ///< Its number in the windows, which it keeps in all runs.
    std::uint64_t next = 0;       ///< The byte at which a restart begins.
    std::uint64_t lines = 0;      ///< Those before it.
    std::uint64_t fingerprint = 0;
    bool is_given = true;  ///< By this run's arguments.
};

/// How far all sources have been counted: what a snapshot says of them, and where this run has gone on from there.
class SourcePlaces {
public:
    /// Those of a first run. `key` and `time` are the names of the members.
    SourcePlaces(const std::vector<std::unique_ptr<BlockSource>>& sources,
                 const std::string& key,
                 const std::string& time);

    /// Goes on from the places that were written by `bytes`; each source resumes there. Sources that are not given any more keep
    /// theirs.
    ///
    /// Throws: `RuntimeFailure` that says what does not fit.
    void restore(std::span<const std::byte> bytes);
    /// All places.
    [[nodiscard]] std::vector<std::byte> bytes();

    /// That of a source, by its number in the list.
    [[nodiscard]] SourcePlace& of(std::size_t source) noexcept { return places_[which_[source]]; }
    /// That of a partition.
    [[nodiscard]] const SourcePlace& of_partition(std::uint64_t partition) const noexcept {
        return places_[partition];
    }
    [[nodiscard]] std::span<const SourcePlace> all() const noexcept { return places_; }

private:
    void resume(std::size_t source);

    const std::vector<std::unique_ptr<BlockSource>>& sources_;
    std::string members_;
    std::vector<SourcePlace> places_;  // by partition
    std::vector<std::size_t> which_;   // the place of each source
};

}  // namespace driver
