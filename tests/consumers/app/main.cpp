#include <sheaf/sheaf.hpp>

int other();

int main() { return SHEAF_VERSION_MAJOR + SHEAF_VERSION_MINOR >= 0 ? other() : 1; }
