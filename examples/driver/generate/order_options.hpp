#pragma once

#include "../support/cli_options.hpp"
#include "packet_order.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>

namespace driver {

/// A stream that is kept in memory while it is put in order is not longer than this.
inline constexpr std::uint32_t most_in_memory = std::uint32_t{1} << 24U;

/// The options for the order in which packets are sent, and the seed. `Resources` and `packet` are what the texts of
/// the options call them.
inline void add_order_options(CLI::App& app,
                              StreamShape& shape,
                              const std::string& resources,
                              const std::string& packet) {
    add_number(app, "--open", shape.open, resources + " that take turns at a time", 1U, most_in_memory);
    add_number(app, "--jitter", shape.jitter, "Places that a " + packet + " may be off its turn", 0U,
               most_in_memory);
    add_fraction(app, "--duplicates", shape.duplicates, "Fraction of the " + packet + "s that come twice");
    add_fraction(app, "--drop", shape.drop, "Fraction of the " + packet + "s that never come");
    add_number(app, "--seed", shape.seed, "The same seed and options give the same bytes everywhere");
}

}  // namespace driver
