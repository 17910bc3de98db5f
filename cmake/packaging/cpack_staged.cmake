# CPack runs this when all is in place, before it packs.
cmake_policy(VERSION 3.24)

# Where Debian looks for the licence.
if(CPACK_GENERATOR STREQUAL "DEB")
    file(GLOB licenses ${CPACK_TEMPORARY_DIRECTORY}/*/usr/share/licenses/sheaf/LICENSE)
    foreach(license IN LISTS licenses)
        cmake_path(SET share NORMALIZE ${license}/../../..)
        file(MAKE_DIRECTORY ${share}/doc/libsheaf-dev)
        file(COPY_FILE ${license} ${share}/doc/libsheaf-dev/copyright)
    endforeach()
endif()

# Folders are for everybody, whatever the umask of whoever packs. (Files are, by CMake.)
file(CHMOD_RECURSE ${CPACK_TEMPORARY_DIRECTORY}
    DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE
)
