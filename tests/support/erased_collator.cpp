// Compiles the collators that the tests share.
#define TEST_COLLATOR_LINKAGE
#include <erased_collator.hpp>
