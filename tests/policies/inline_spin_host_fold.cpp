#include "generic_suite.hpp"

TEST_POLICIES(Inline, Spin, Host, Fold);
