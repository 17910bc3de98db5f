# An overlay port: it packs the source tree that it is part of. (vcpkg does not look at files outside of the port, so a
# binary cache would hand out an old package; --binarysource=clear prevents that.)

set(VCPKG_BUILD_TYPE release)  # header-only
set(VCPKG_POLICY_SKIP_PKGCONFIG_CHECK enabled)  # the Libs of sheaf.pc are -pthread, so it may stand in share/
set(VCPKG_FIXUP_ELF_RPATH OFF)  # no binaries: to find that out, vcpkg would fetch patchelf

get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../../.." REALPATH)

vcpkg_cmake_configure(
    SOURCE_PATH "${SOURCE_PATH}"
    OPTIONS
        -DSHEAF_BUILD_TESTS=OFF
        -DSHEAF_BUILD_EXAMPLES=OFF
        -DSHEAF_BUILD_DRIVER=OFF
        -DSHEAF_BUILD_BENCHMARKS=OFF
        -DSHEAF_CONNECT_JSON=OFF
)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(PACKAGE_NAME sheaf CONFIG_PATH share/cmake/sheaf)
vcpkg_fixup_pkgconfig()

file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/share/licenses")  # installed as `copyright` below
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
