# cmake -D CLANG_FORMAT=<program> -D MODE=<check|fix> -P format.cmake
# Compares every C++ file of the project with .clang-format, or rewrites it.

cmake_minimum_required(VERSION 3.24)

set(root ${CMAKE_CURRENT_LIST_DIR}/../..)
set(files "")
foreach(folder IN ITEMS include examples tests benchmarks)
    file(GLOB_RECURSE found ${root}/${folder}/*.hpp ${root}/${folder}/*.cpp)
    list(APPEND files ${found})
endforeach()

if(MODE STREQUAL "fix")
    set(arguments -i)
else()
    set(arguments --dry-run --Werror)
endif()
execute_process(COMMAND ${CLANG_FORMAT} --style=file ${arguments} ${files} RESULT_VARIABLE status)
if(NOT status EQUAL 0)
    message(FATAL_ERROR "some files are not formatted; `cmake --build build/dev --target format-fix` rewrites them")
endif()
