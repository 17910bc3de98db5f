# cmake -D PROGRAM=<program> -D EXPECTED=<file> -P expected_output.cmake
# Runs the program and compares what it prints on standard output with the file, byte for byte.

cmake_minimum_required(VERSION 3.24)

execute_process(COMMAND ${PROGRAM} OUTPUT_VARIABLE actual RESULT_VARIABLE status)
if(NOT status EQUAL 0)
    message(FATAL_ERROR "${PROGRAM} ended with ${status}")
endif()
file(READ ${EXPECTED} expected)
if(NOT "${actual}" STREQUAL "${expected}")
    message(FATAL_ERROR "output differs from ${EXPECTED}\n--- expected\n${expected}--- actual\n${actual}---")
endif()
