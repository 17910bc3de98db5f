# Stands in for vcpkg's toolchain file.
list(APPEND CMAKE_PREFIX_PATH ${CMAKE_CURRENT_LIST_DIR}/../../installed)
