// The umbrella header in a second translation unit: a definition that is not inline fails to link.
#include <sheaf/sheaf.hpp>

int other() { return 0; }
