#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace simulation {

/// Faults and other remarkable things, to see that each of them happens often enough.
enum class Fault : std::uint8_t {
    transform_threw,
    transform_dropped,
    transform_hung,
    transform_timed_out,
    late_result,
    sink_failed,
    sink_answered_later,
    dead_letter,
    dead_letter_failed,
    sink_submitted,
    transform_submitted,
    release_submitted,
    dead_letter_submitted,
    sink_cancelled,
    transform_cancelled,
    release_cancelled,
    dead_letter_cancelled,
    sink_destroyed,
    transform_destroyed,
    release_destroyed,
    dead_letter_destroyed,
    callback_drained,
    executor_refused,
    executor_dropped,
    duplicate,
    duplicate_of_finished,
    conflict,
    conflict_of_content,
    late,
    rejected,
    wrong_index,
    stalled,
    evicted,
    forgotten_id,
    count_,
};

inline constexpr std::size_t fault_count = static_cast<std::size_t>(Fault::count_);
using FaultCounts = std::array<std::uint64_t, fault_count>;

inline constexpr std::array<std::string_view, fault_count> fault_names{
    "transform threw",
    "transform dropped",
    "transform hung",
    "transform timed out",
    "late result",
    "sink failed",
    "sink answered later",
    "dead letter",
    "dead letter failed",
    "sink submitted",
    "transform submitted",
    "release submitted",
    "dead letter submitted",
    "sink cancelled",
    "transform cancelled",
    "release cancelled",
    "dead letter cancelled",
    "sink destroyed",
    "transform destroyed",
    "release destroyed",
    "dead letter destroyed",
    "callback drained",
    "executor refused",
    "executor dropped",
    "duplicate",
    "duplicate of finished",
    "conflict",
    "conflict of content",
    "late",
    "rejected",
    "wrong index",
    "stalled",
    "evicted",
    "forgotten id",
};

}  // namespace simulation
