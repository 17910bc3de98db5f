# cmake -D COMPILER=<program> -D FLAGS=<flags> -D SOURCE=<file> -P bad_twin.cmake
# Compiles the bad twin of a source, without output. It must fail, and the first error must match the regular expression
# in the source's first line:
#
#   // error: <regular expression of CMake>
#   // note: <the same, for any line of the output; may be left out>

cmake_minimum_required(VERSION 3.24)

file(READ ${SOURCE} text)
if(NOT "${text}" MATCHES "^// error: ([^\n]+)\n(// note: ([^\n]+)\n)?")
    message(FATAL_ERROR "${SOURCE} does not begin with // error:")
endif()
set(expected_error "${CMAKE_MATCH_1}")
set(expected_note "${CMAKE_MATCH_3}")

separate_arguments(flags UNIX_COMMAND "${FLAGS}")
set(ENV{LC_ALL} C)  # messages in English
execute_process(
    COMMAND ${COMPILER} ${flags} -DBAD_TWIN -fsyntax-only ${SOURCE}
    RESULT_VARIABLE status
    ERROR_VARIABLE messages
    OUTPUT_VARIABLE messages
)
if(status EQUAL 0)
    message(FATAL_ERROR "the bad twin compiles")
endif()
if(NOT "${messages}" MATCHES "error: ([^\n]*)")
    message(FATAL_ERROR "no error is reported:\n${messages}")
endif()
if(NOT "${CMAKE_MATCH_1}" MATCHES "${expected_error}")
    message(FATAL_ERROR "the first error does not match\n  ${expected_error}\n${messages}")
endif()
if(NOT "${messages}" MATCHES "${expected_note}")
    message(FATAL_ERROR "no line matches\n  ${expected_note}\n${messages}")
endif()
