#include "generic_suite.hpp"

TEST_POLICIES(Inline, Standard, Host, Concatenate);
