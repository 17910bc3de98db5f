# cmake -D OUTPUT=<file> [-D ROOT=<source tree>] -P single_header.cmake
# Writes all headers but the connectors' as one, each after those that it includes. The same headers give the same bytes.
#
# What a header includes of sheaf is put before it, at top level, even where it stands in an #if: a header that is not
# for every platform says so itself. Any other include stays where it is.

cmake_minimum_required(VERSION 3.24)

if(NOT DEFINED ROOT)
    file(REAL_PATH ${CMAKE_CURRENT_LIST_DIR}/../.. ROOT)
endif()
if(NOT OUTPUT)
    message(FATAL_ERROR "single_header.cmake: where to? -D OUTPUT=<file>")
endif()
include(${ROOT}/cmake/version.cmake)
include(${ROOT}/cmake/headers.cmake)

set(text "")
set(written "")

# Appends a header of the list, and before it those that it includes, unless that has been done.
function(append_header header)
    if(header IN_LIST written)
        return()
    endif()
    list(APPEND written ${header})
    file(READ ${ROOT}/${header} own)
    if(own MATCHES "\n#[ ]*include \"")
        message(FATAL_ERROR "single_header.cmake: ${header} includes by \"\"; sheaf's headers include by <>")
    endif()

    string(REGEX MATCHALL "#[ ]*include <sheaf/[^>\n]+>\n" lines "${own}")
    foreach(line IN LISTS lines)
        string(REGEX REPLACE ".*<(.*)>\n" "include/\\1" included "${line}")
        if(included IN_LIST sheaf_headers)
            append_header(${included})
            string(REPLACE "${line}" "" own "${own}")
        endif()
    endforeach()

    string(REPLACE "#pragma once\n" "" own "${own}")
    string(REGEX REPLACE "\n\n\n+" "\n\n" own "${own}")
    string(REGEX REPLACE "^\n+" "" own "${own}")
    string(REGEX REPLACE "^include/" "" name ${header})
    string(APPEND text "\n// ---- ${name}\n\n${own}")
    set(text "${text}" PARENT_SCOPE)
    set(written ${written} PARENT_SCOPE)
endfunction()

foreach(header IN LISTS sheaf_headers)
    if(NOT header STREQUAL "include/sheaf/sheaf.hpp")
        append_header(${header})
    endif()
endforeach()

file(READ ${ROOT}/LICENSE license)
string(STRIP "${license}" license)
string(REPLACE "\n" "\n// " license "// ${license}")
string(REGEX REPLACE "// \n" "//\n" license "${license}")
file(WRITE ${OUTPUT} "// sheaf ${sheaf_version}: collates interleaved packet streams. One header, written by CMake.\n//\n${license}\n\n#pragma once\n${text}")
