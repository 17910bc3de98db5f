#include "generic_suite.hpp"

TEST_POLICIES(Inline, Null, Host, Fold);
