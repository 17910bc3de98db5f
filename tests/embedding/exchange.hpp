#pragma once

#include <sheaf/fwd.hpp>

#include <cstdint>
#include <string>

/// What the units of the program `units` know of each other. Nothing here needs more of the library than declarations.

struct Transform;
struct Sink;
using Collator = sheaf::PacketCollator<Transform, Sink>;

/// A translation unit with settings of its own.
struct Unit {
    const char* name;
    bool has_ndebug;
    bool has_host_config;

    /// Sizes, alignments and offsets, a line each.
    std::string layout;

    Collator* (*create)();
    sheaf::Packet<>* (*make_packet)(std::uint64_t id, std::uint64_t index, const char* text, bool last);
    /// Whether it was accepted. The packet is destroyed.
    bool (*submit)(Collator& collator, sheaf::Packet<>* packet);
    /// Whether all has been delivered.
    bool (*drain)(Collator& collator);
    /// What the sink has received, as a text. The collator is destroyed.
    std::string (*finish)(Collator* collator);
};

[[nodiscard]] Unit quiet_unit();
[[nodiscard]] Unit strict_unit();

/// In the strict unit: whether an assertion notices that a batch has more packets than outcomes.
[[nodiscard]] bool strict_unit_notices_misuse();
