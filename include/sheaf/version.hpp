#pragma once

// This is the only place where the version is written: CMake, pkg-config and the inline namespace all read it
// from here.

/// The first part of the library's version.
#define SHEAF_VERSION_MAJOR 0
/// The second part: while the first is 0, interfaces may change with it.
#define SHEAF_VERSION_MINOR 1
/// The third part.
#define SHEAF_VERSION_PATCH 0

/// The three parts with dots between them, as a string literal.
#define SHEAF_VERSION_STRING "0.1.0"
