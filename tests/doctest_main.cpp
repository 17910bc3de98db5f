// The test runner's main function, compiled once for all test programs.
#define DOCTEST_CONFIG_IMPLEMENT  // by itself too: the precompiled header has included doctest already
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
