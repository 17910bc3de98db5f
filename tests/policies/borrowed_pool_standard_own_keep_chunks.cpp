#include "generic_suite.hpp"

TEST_POLICIES(BorrowedPool, Standard, Own, KeepChunks);
