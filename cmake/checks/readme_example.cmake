# cmake -D EXAMPLE=<name> -P readme_example.cmake
# Fails unless README.md shows examples/<name>.cpp, unchanged, in this form:
#
#   <!-- <name> -->
#   ```cpp
#   ...
#   ```
#   <!-- <name> -->

cmake_minimum_required(VERSION 3.24)

set(root ${CMAKE_CURRENT_LIST_DIR}/../..)
file(READ ${root}/README.md readme)
file(READ ${root}/examples/${EXAMPLE}.cpp program)

set(opening "<!-- ${EXAMPLE} -->\n```cpp\n")
set(closing "```\n<!-- ${EXAMPLE} -->\n")

string(FIND "${readme}" "${opening}" begin)
if(begin EQUAL -1)
    message(FATAL_ERROR "README.md has no C++ block that opens with <!-- ${EXAMPLE} -->")
endif()
string(LENGTH "${opening}" length)
math(EXPR begin "${begin} + ${length}")
string(SUBSTRING "${readme}" ${begin} -1 rest)

string(FIND "${rest}" "${closing}" end)
if(end EQUAL -1)
    message(FATAL_ERROR "the C++ block of README.md does not end with <!-- ${EXAMPLE} -->")
endif()
string(SUBSTRING "${rest}" 0 ${end} block)

if(NOT "${block}" STREQUAL "${program}")
    message(FATAL_ERROR "the block of README.md differs from examples/${EXAMPLE}.cpp")
endif()
