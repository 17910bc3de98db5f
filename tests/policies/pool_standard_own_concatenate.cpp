#include "generic_suite.hpp"

TEST_POLICIES(Pool, Standard, Own, Concatenate);
