#pragma once

#include "../support/diagnostics.hpp"
#include "count_settings.hpp"

namespace driver {

/// Counts in the windows of the zone that the settings name. Returns an `ExitStatus`.
///
/// Throws: `UsageError` where there is no such zone, and what `CountRun` throws.
int run_count_in_zone(const CountSettings& settings, Diagnostics& diagnostics);

}  // namespace driver
