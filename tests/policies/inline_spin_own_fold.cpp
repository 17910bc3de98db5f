#include "generic_suite.hpp"

TEST_POLICIES(Inline, Spin, Own, Fold);
