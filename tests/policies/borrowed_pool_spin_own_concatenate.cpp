#include "generic_suite.hpp"

TEST_POLICIES(BorrowedPool, Spin, Own, Concatenate);
