# What is handed on: the one header, and the packages of CPack. (Man page and completion: examples/driver.)

set(packaging ${PROJECT_SOURCE_DIR}/cmake/packaging)

set(single_header ${PROJECT_BINARY_DIR}/single_header/sheaf.hpp)
list(TRANSFORM sheaf_headers PREPEND ${PROJECT_SOURCE_DIR}/ OUTPUT_VARIABLE header_files)
add_custom_command(
    OUTPUT ${single_header}
    COMMAND ${CMAKE_COMMAND} -D OUTPUT=${single_header} -P ${packaging}/single_header.cmake
    DEPENDS
        ${header_files} ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/cmake/headers.cmake
        ${packaging}/single_header.cmake
    VERBATIM
)
add_custom_target(single_header DEPENDS ${single_header})

if(NOT SHEAF_INSTALL)
    return()
endif()

# `cmake --workflow --preset package`. The library and the program are packages of their own.
set(CPACK_PACKAGE_NAME sheaf)
set(CPACK_PACKAGE_FILE_NAME sheaf-${PROJECT_VERSION})
set(CPACK_PACKAGE_VENDOR "The authors of sheaf")
set(CPACK_PACKAGE_CONTACT "The authors of sheaf <authors@sheaf.invalid>")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_COMPONENTS_ALL development)
if(TARGET sheaf_driver)
    list(APPEND CPACK_COMPONENTS_ALL driver)
endif()

set(CPACK_ARCHIVE_COMPONENT_INSTALL ON)
set(CPACK_PROJECT_CONFIG_FILE ${packaging}/cpack_generator.cmake)
set(CPACK_PRE_BUILD_SCRIPTS ${packaging}/cpack_staged.cmake)
set(CPACK_ARCHIVE_DEVELOPMENT_FILE_NAME sheaf-dev-${PROJECT_VERSION})
set(CPACK_ARCHIVE_DRIVER_FILE_NAME sheaf-${PROJECT_VERSION}-${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR})

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libsheaf-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS libsimdjson-dev)
set(CPACK_DEBIAN_DRIVER_PACKAGE_NAME sheaf)
set(CPACK_DEBIAN_DRIVER_PACKAGE_SECTION utils)
find_program(SHEAF_SHLIBDEPS NAMES dpkg-shlibdeps)
find_program(SHEAF_FILE NAMES file)
mark_as_advanced(SHEAF_SHLIBDEPS SHEAF_FILE)
if(SHEAF_SHLIBDEPS AND SHEAF_FILE)
    set(CPACK_DEBIAN_DRIVER_PACKAGE_SHLIBDEPS ON)
endif()
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "${PROJECT_DESCRIPTION}: the headers, for CMake and pkg-config")
set(CPACK_COMPONENT_DRIVER_DESCRIPTION "${PROJECT_DESCRIPTION}: the program")
include(CPack)
