#pragma once

#include "figures.hpp"

#include <cstdint>
#include <string>

namespace driver {

/// What to do where a bound is reached and all that is held waits for packets not yet read.
enum class OnStall : std::uint8_t {
    evict,  ///< End the resource whose gap is the oldest, as incomplete, and go on.
    fail,   ///< Stop.
};

/// What became of the packets that were read.
struct PacketCounts {
    std::uint64_t accepted = 0;
    std::uint64_t duplicate = 0;
    std::uint64_t conflict = 0;
    std::uint64_t late = 0;
    std::uint64_t rejected = 0;
    std::uint64_t malformed = 0;

    /// Those that are in no result. Duplicates are: the first of them is.
    [[nodiscard]] std::uint64_t refused() const noexcept { return conflict + late + rejected + malformed; }
    /// All of them.
    [[nodiscard]] std::uint64_t packets() const noexcept { return accepted + duplicate + refused(); }

    /// `5 accepted, 1 duplicate, ...`
    [[nodiscard]] std::string counts_text() const {
        return std::to_string(accepted) + " accepted, " + std::to_string(duplicate) + " duplicate, " +
               std::to_string(conflict) + " in conflict, " + std::to_string(late) + " late, " +
               std::to_string(rejected) + " rejected, " + std::to_string(malformed) + " malformed";
    }
    /// Each by its name.
    void add_counts_to(JsonFigures& figures) const {
        figures.add("accepted", accepted);
        figures.add("duplicate", duplicate);
        figures.add("conflict", conflict);
        figures.add("late", late);
        figures.add("rejected", rejected);
        figures.add("malformed", malformed);
    }
};

}  // namespace driver
