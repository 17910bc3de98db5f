#include "generic_suite.hpp"

TEST_POLICIES(HostThread, Standard, Own, Fold);
