# cmake [-D ROOT=<source tree>] -P header_list.cmake
# Fails unless cmake/headers.cmake lists exactly the headers of include/. A header that is
# missing there would neither be installed nor be compiled on its own.

cmake_minimum_required(VERSION 3.24)

if(NOT DEFINED ROOT)
    file(REAL_PATH ${CMAKE_CURRENT_LIST_DIR}/../.. ROOT)
endif()
include(${ROOT}/cmake/headers.cmake)

sheaf_list_all_headers(listed)
file(GLOB_RECURSE present RELATIVE ${ROOT} ${ROOT}/include/*.hpp)
set(failed FALSE)

foreach(header IN LISTS present)
    if(NOT header IN_LIST listed)
        message("missing in cmake/headers.cmake: ${header}")
        set(failed TRUE)
    endif()
endforeach()
foreach(header IN LISTS listed)
    if(NOT header IN_LIST present)
        message("listed in cmake/headers.cmake, but not in the tree: ${header}")
        set(failed TRUE)
    endif()
endforeach()

foreach(list IN LISTS sheaf_header_lists)
    set(sorted ${${list}})
    list(SORT sorted)
    list(REMOVE_DUPLICATES sorted)
    if(NOT "${sorted}" STREQUAL "${${list}}")
        message("${list} is not sorted, or names a header twice")
        set(failed TRUE)
    endif()
endforeach()

if(failed)
    message(FATAL_ERROR "the list of headers differs from the tree")
endif()
