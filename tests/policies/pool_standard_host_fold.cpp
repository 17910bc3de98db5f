#include "generic_suite.hpp"

TEST_POLICIES(Pool, Standard, Host, Fold);
