# Install rules of the library. Everything but the headers goes below share/: nothing depends on the architecture. (Those
# of the program are in examples/driver.)

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

# What is installed finds its parts from its own place, so it may be moved; CMake cannot export such a package with a path
# that stays where it is.
foreach(folder IN ITEMS INCLUDEDIR DATADIR)
    if(IS_ABSOLUTE "${CMAKE_INSTALL_${folder}}")
        message(FATAL_ERROR
            "sheaf: CMAKE_INSTALL_${folder} must be relative to the prefix, and is ${CMAKE_INSTALL_${folder}}")
    endif()
endforeach()

set(SHEAF_INSTALL_CMAKEDIR ${CMAKE_INSTALL_DATADIR}/cmake/sheaf CACHE PATH "Where the CMake package files go")

# INCLUDES DESTINATION: without it consumers on CMake before 3.23 get no include directory.
install(
    TARGETS sheaf
    EXPORT sheafTargets
    FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
)
install(EXPORT sheafTargets NAMESPACE sheaf:: DESTINATION ${SHEAF_INSTALL_CMAKEDIR} COMPONENT development)

# A component has an export file of its own, so that the core package needs no other package.
foreach(component IN LISTS sheaf_components)
    install(
        TARGETS sheaf_connect_${component}
        EXPORT sheaf_${component}Targets
        FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    )
    install(
        EXPORT sheaf_${component}Targets
        NAMESPACE sheaf::
        DESTINATION ${SHEAF_INSTALL_CMAKEDIR}
        COMPONENT development
    )
endforeach()

configure_package_config_file(
    ${PROJECT_SOURCE_DIR}/cmake/sheafConfig.cmake.in
    ${PROJECT_BINARY_DIR}/sheafConfig.cmake
    INSTALL_DESTINATION ${SHEAF_INSTALL_CMAKEDIR}
)
write_basic_package_version_file(
    ${PROJECT_BINARY_DIR}/sheafConfigVersion.cmake
    COMPATIBILITY SameMinorVersion
    ARCH_INDEPENDENT
)
install(
    FILES ${PROJECT_BINARY_DIR}/sheafConfig.cmake ${PROJECT_BINARY_DIR}/sheafConfigVersion.cmake
    DESTINATION ${SHEAF_INSTALL_CMAKEDIR}
    COMPONENT development
)

# From the pkg-config file up to the prefix.
file(RELATIVE_PATH sheaf_pc_to_prefix /${CMAKE_INSTALL_DATADIR}/pkgconfig /)
configure_file(${PROJECT_SOURCE_DIR}/cmake/sheaf.pc.in ${PROJECT_BINARY_DIR}/sheaf.pc @ONLY)
install(
    FILES ${PROJECT_BINARY_DIR}/sheaf.pc
    DESTINATION ${CMAKE_INSTALL_DATADIR}/pkgconfig
    COMPONENT development
)

install(
    FILES ${PROJECT_SOURCE_DIR}/LICENSE
    DESTINATION ${CMAKE_INSTALL_DATADIR}/licenses/sheaf
    COMPONENT development
)
