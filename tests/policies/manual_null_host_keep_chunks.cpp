#include "generic_suite.hpp"

TEST_POLICIES(Manual, Null, Host, KeepChunks);
