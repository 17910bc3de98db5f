#pragma once

#include "../support/figures.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace driver {

/// What `sheaf merge` reads.
enum class MergeLayout : std::uint8_t {
    batches,     ///< Segments of batches, JSON lines, in any order: a result for each batch.
    partitions,  ///< Several sources of integers, each sorted: one sorted whole.
};

/// How the result of a batch is written.
enum class BatchForm : std::uint8_t { json, text };

/// Everything that `sheaf merge` can be told, with its defaults.
struct MergeSettings {
    MergeLayout layout = MergeLayout::partitions;
    std::vector<std::string> from{"stdin:"};
    std::string to = "stdout:";
    bool progress = true;
    SummaryForm summary = SummaryForm::text;

    // Of batches.
    /// How many segments each has; 0: the last one says so.
    std::uint64_t segments = 0;
    BatchForm form = BatchForm::json;
    std::string separator = ", ";
    std::chrono::nanoseconds gap_timeout = std::chrono::seconds{60};
    std::size_t max_bytes = std::size_t{256} << 20U;
    std::size_t max_line = std::size_t{16} << 20U;

    // Of partitions.
    /// The integers are 0 to 2^64 - 1 instead of -2^63 to 2^63 - 1.
    bool is_unsigned = false;
    /// Threads that read, merge and write. What is done by one at a time is half of the work, so more than two gain
    /// little, and each takes memory.
    std::size_t threads = std::min<std::size_t>(std::max(std::thread::hardware_concurrency(), 1U), 2);
    /// The sources are not sorted.
    bool sorts = false;
    /// Where what does not fit into memory is kept while it is sorted.
    std::string spill = "/tmp";
    /// How much memory that may take.
    std::size_t memory = std::size_t{256} << 20U;
};

}  // namespace driver
