# cmake -P readme_quick_start.cmake
# Fails unless README.md shows examples/quick_start.cpp, unchanged, in this form:
#
#   <!-- quick_start -->
#   ```cpp
#   ...
#   ```
#   <!-- quick_start -->

cmake_minimum_required(VERSION 3.24)

set(root ${CMAKE_CURRENT_LIST_DIR}/../..)
file(READ ${root}/README.md readme)
file(READ ${root}/examples/quick_start.cpp program)

set(opening "<!-- quick_start -->\n```cpp\n")
set(closing "```\n<!-- quick_start -->\n")

string(FIND "${readme}" "${opening}" begin)
if(begin EQUAL -1)
    message(FATAL_ERROR "README.md has no C++ block that opens with <!-- quick_start -->")
endif()
string(LENGTH "${opening}" length)
math(EXPR begin "${begin} + ${length}")
string(SUBSTRING "${readme}" ${begin} -1 rest)

string(FIND "${rest}" "${closing}" end)
if(end EQUAL -1)
    message(FATAL_ERROR "the C++ block of README.md does not end with <!-- quick_start -->")
endif()
string(SUBSTRING "${rest}" 0 ${end} block)

if(NOT "${block}" STREQUAL "${program}")
    message(FATAL_ERROR "the quick start of README.md differs from examples/quick_start.cpp")
endif()
