#pragma once

#include "../command.hpp"
#include "../support/diagnostics.hpp"
#include "merge_settings.hpp"

namespace driver {

// The two layouts of `sheaf merge`. Both return an `ExitStatus`. Throws: `UsageError`, `RuntimeFailure`,
// `std::system_error`, `std::bad_alloc`.

/// Merges sorted sources of integers, or sorts what is not sorted first.
int run_partition_merge(const MergeSettings& settings, Diagnostics& diagnostics);
/// Merges the segments of each batch.
int run_batch_merge(const MergeSettings& settings, Diagnostics& diagnostics);

}  // namespace driver
