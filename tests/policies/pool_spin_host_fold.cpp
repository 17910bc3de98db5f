#include "generic_suite.hpp"

TEST_POLICIES(Pool, Spin, Host, Fold);
