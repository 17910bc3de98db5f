#include "generic_suite.hpp"

TEST_POLICIES(HostThread, Spin, Host, Fold);
