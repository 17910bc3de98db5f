#include "generic_suite.hpp"

TEST_POLICIES(Manual, Spin, Host, Concatenate);
