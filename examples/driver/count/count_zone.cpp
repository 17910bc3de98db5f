#include "count_zone.hpp"

#include "../errors.hpp"
#include "count_run.hpp"

#include <sheaf/distinct/zone.hpp>

#include <stdexcept>
#include <string>

#if defined(SHEAF_DRIVER_HAS_TIME_ZONES)
#    include <chrono>
#elif defined(SHEAF_DRIVER_HAS_DATE)
#    include <date/tz.h>
#endif

namespace driver {
namespace {

#if defined(SHEAF_DRIVER_HAS_TIME_ZONES) || defined(SHEAF_DRIVER_HAS_DATE)
auto locate_zone(const std::string& name) {
    try {
#    if defined(SHEAF_DRIVER_HAS_TIME_ZONES)
        return sheaf::NamedZone{*std::chrono::locate_zone(name)};
#    else
        return sheaf::NamedZone{*date::locate_zone(name)};
#    endif
    } catch (const std::runtime_error& error) {
        throw UsageError{"--zone " + name + ": no such zone (" + error.what() + ")"};
    }
}
#endif

}  // namespace

int run_count_in_zone(const CountSettings& settings, Diagnostics& diagnostics) {
    if (settings.zone == "UTC") { return CountRun{settings, sheaf::UtcZone{}, diagnostics}.run(); }
#if defined(SHEAF_DRIVER_HAS_TIME_ZONES) || defined(SHEAF_DRIVER_HAS_DATE)
    return CountRun{settings, locate_zone(settings.zone), diagnostics}.run();
#else
    throw UsageError{"--zone " + settings.zone +
                     ": this program was built without a time zone database; there is UTC"};
#endif
}

}  // namespace driver
