# cmake -D PREFIX=<dir> -D BINARY_DIR=<dir> -D COMPONENTS=<name>... -P package_files.cmake
# Fails unless the package below PREFIX holds the public headers, all of them and nothing else, and
# names no path of the source or build tree.

cmake_minimum_required(VERSION 3.24)

file(REAL_PATH ${CMAKE_CURRENT_LIST_DIR}/../.. root)
include(${root}/cmake/headers.cmake)

set(wanted ${sheaf_headers})
foreach(component IN LISTS COMPONENTS)
    list(APPEND wanted ${sheaf_${component}_headers})
endforeach()
file(GLOB_RECURSE installed RELATIVE ${PREFIX} ${PREFIX}/include/*)
list(SORT wanted)
list(SORT installed)
if(NOT "${installed}" STREQUAL "${wanted}")
    message(FATAL_ERROR "installed headers:\n${installed}\nwanted:\n${wanted}")
endif()

# Consumers on CMake before 3.23 know no file sets; they need the include directory as a property.
file(GLOB exports ${PREFIX}/share/cmake/sheaf/*Targets.cmake)
if(NOT exports)
    message(FATAL_ERROR "${PREFIX} has no package files")
endif()
foreach(export IN LISTS exports)
    file(READ ${export} text)
    if(NOT text MATCHES "INTERFACE_INCLUDE_DIRECTORIES")
        message(FATAL_ERROR "${export} carries no include directory")
    endif()
endforeach()

file(GLOB_RECURSE files ${PREFIX}/share/*)
foreach(file IN LISTS files)
    file(READ ${file} text)
    foreach(path IN ITEMS ${root} ${BINARY_DIR})
        string(FIND "${text}" "${path}" position)
        if(NOT position EQUAL -1)
            message(FATAL_ERROR "${file} names ${path}")
        endif()
    endforeach()
endforeach()
