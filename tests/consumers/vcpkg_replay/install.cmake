# cmake -D PORT=<name> -D PORT_DIR=<folder> -D ROOT=<folder> -P install.cmake
# Runs the port's portfile.cmake with stand-ins for vcpkg's functions, looks at what it leaves as vcpkg's checks after a
# build do, and puts that into ROOT/installed.

cmake_minimum_required(VERSION 3.24)

set(CURRENT_BUILDTREES_DIR ${ROOT}/buildtrees/${PORT})
set(CURRENT_PACKAGES_DIR ${ROOT}/packages/${PORT})
file(REMOVE_RECURSE ${CURRENT_BUILDTREES_DIR} ${CURRENT_PACKAGES_DIR})

function(run)
    execute_process(COMMAND ${ARGV} RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
        message(FATAL_ERROR "failed: ${ARGV}")
    endif()
endfunction()

function(vcpkg_cmake_configure)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "SOURCE_PATH" "OPTIONS")
    run(${CMAKE_COMMAND} -S ${arg_SOURCE_PATH} -B ${CURRENT_BUILDTREES_DIR} ${arg_OPTIONS}
        -DCMAKE_INSTALL_PREFIX=${CURRENT_PACKAGES_DIR} -DCMAKE_BUILD_TYPE=Release)
    # vcpkg warns of options that the project does not know.
    file(STRINGS ${CURRENT_BUILDTREES_DIR}/CMakeCache.txt unused REGEX "^SHEAF_[A-Z_]+:UNINITIALIZED=")
    if(unused)
        message(FATAL_ERROR "the project does not know these options: ${unused}")
    endif()
endfunction()

function(vcpkg_cmake_install)
    run(${CMAKE_COMMAND} --build ${CURRENT_BUILDTREES_DIR} --target install)
endfunction()

# Moves the package files to share/<name>, one level up, and tells them so.
function(vcpkg_cmake_config_fixup)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "PACKAGE_NAME;CONFIG_PATH" "")
    file(GLOB files ${CURRENT_PACKAGES_DIR}/${arg_CONFIG_PATH}/*)
    if(NOT files)
        message(FATAL_ERROR "there are no package files in ${arg_CONFIG_PATH}")
    endif()
    foreach(file IN LISTS files)
        file(READ ${file} text)
        string(REPLACE "/../../../" "/../../" text "${text}")
        # The prefix, found by going up from the file's folder.
        string(REPLACE
            "get_filename_component(_IMPORT_PREFIX \"\${_IMPORT_PREFIX}\" PATH)\nget_filename_component(_IMPORT_PREFIX \"\${_IMPORT_PREFIX}\" PATH)\n"
            "get_filename_component(_IMPORT_PREFIX \"\${_IMPORT_PREFIX}\" PATH)\n" text "${text}")
        cmake_path(GET file FILENAME name)
        file(WRITE ${CURRENT_PACKAGES_DIR}/share/${arg_PACKAGE_NAME}/${name} "${text}")
    endforeach()
    file(REMOVE_RECURSE ${CURRENT_PACKAGES_DIR}/share/cmake)
endfunction()

function(vcpkg_fixup_pkgconfig)
    file(GLOB found ${CURRENT_PACKAGES_DIR}/share/pkgconfig/*.pc)
    if(NOT found)
        message(FATAL_ERROR "there is no pkg-config file")
    endif()
endfunction()

function(vcpkg_install_copyright)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "FILE_LIST")
    file(COPY_FILE ${arg_FILE_LIST} ${CURRENT_PACKAGES_DIR}/share/${PORT}/copyright)
endfunction()

file(READ ${PORT_DIR}/vcpkg.json manifest)
string(JSON name GET "${manifest}" name)
if(NOT name STREQUAL PORT)
    message(FATAL_ERROR "vcpkg.json is of ${name}")
endif()
include(${PORT_DIR}/portfile.cmake)

file(GLOB left RELATIVE ${CURRENT_PACKAGES_DIR} ${CURRENT_PACKAGES_DIR}/*)
if(NOT "${left}" STREQUAL "include;share")
    message(FATAL_ERROR "a header-only port leaves include and share, not: ${left}")
endif()
foreach(file IN ITEMS copyright usage ${PORT}Config.cmake)
    if(NOT EXISTS ${CURRENT_PACKAGES_DIR}/share/${PORT}/${file})
        message(FATAL_ERROR "share/${PORT}/${file} is missing")
    endif()
endforeach()
file(COPY ${CURRENT_PACKAGES_DIR}/ DESTINATION ${ROOT}/installed)
