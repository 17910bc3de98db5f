#include "generic_suite.hpp"

TEST_POLICIES(Manual, Standard, Own, Concatenate);
