#pragma once

/// The version of the library. This is the only place where it is written: CMake, pkg-config and the
/// inline namespace all read it from here.
#define SHEAF_VERSION_MAJOR 0
#define SHEAF_VERSION_MINOR 1
#define SHEAF_VERSION_PATCH 0

/// "0.1.0"
#define SHEAF_VERSION_STRING "0.1.0"
