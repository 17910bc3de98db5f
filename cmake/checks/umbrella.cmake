# cmake -D MODE=<check|fix> [-D ROOT=<source tree>] -P umbrella.cmake
# Compares include/sheaf/sheaf.hpp with the list of headers, or rewrites it: it includes all that users include but the
# connectors.

cmake_minimum_required(VERSION 3.24)

if(NOT DEFINED ROOT)
    file(REAL_PATH ${CMAKE_CURRENT_LIST_DIR}/../.. ROOT)
endif()
include(${ROOT}/cmake/headers.cmake)
sheaf_keep_user_headers(headers ${sheaf_headers})
list(REMOVE_ITEM headers include/sheaf/sheaf.hpp)

set(wanted "#pragma once\n\n// Everything but the connectors. Each header can also be included alone.\n\n")
foreach(header IN LISTS headers)
    string(REGEX REPLACE "^include/" "" header ${header})
    string(APPEND wanted "#include <${header}>\n")
endforeach()

set(umbrella ${ROOT}/include/sheaf/sheaf.hpp)
file(READ ${umbrella} present)
if("${present}" STREQUAL "${wanted}")
    return()
endif()
if(MODE STREQUAL "fix")
    file(WRITE ${umbrella} "${wanted}")
else()
    message(FATAL_ERROR
        "${umbrella} does not include the headers of cmake/headers.cmake; "
        "`cmake --build build/dev --target umbrella` rewrites it")
endif()
