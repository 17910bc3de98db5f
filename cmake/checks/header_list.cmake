# cmake -P header_list.cmake
# Fails unless cmake/headers.cmake lists exactly the headers of include/. A header that is
# missing there would neither be installed nor be compiled on its own.

cmake_minimum_required(VERSION 3.24)

include(${CMAKE_CURRENT_LIST_DIR}/../headers.cmake)
cmake_path(SET root NORMALIZE ${CMAKE_CURRENT_LIST_DIR}/../..)

get_cmake_property(lists VARIABLES)
list(FILTER lists INCLUDE REGEX "^sheaf_([a-z_]+_)?headers$")
set(listed "")
foreach(list IN LISTS lists)
    list(APPEND listed ${${list}})
endforeach()
file(GLOB_RECURSE present RELATIVE ${root} ${root}/include/*.hpp)
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

foreach(list IN LISTS lists)
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
