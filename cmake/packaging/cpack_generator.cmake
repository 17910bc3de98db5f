# CPack reads this once for each generator. An archive unpacks into one folder; a .deb into /usr.
cmake_policy(VERSION 3.24)

if(CPACK_GENERATOR MATCHES "TGZ")
    set(CPACK_COMPONENT_INCLUDE_TOPLEVEL_DIRECTORY ON)
endif()
if(NOT "driver" IN_LIST CPACK_COMPONENTS_ALL)
    message(WARNING "there is no package of the program, because it was not built")
endif()
if(CPACK_GENERATOR STREQUAL "DEB" AND "driver" IN_LIST CPACK_COMPONENTS_ALL
        AND NOT CPACK_DEBIAN_DRIVER_PACKAGE_SHLIBDEPS)
    message(FATAL_ERROR
        "the program's .deb would name no dependencies: dpkg-shlibdeps (package dpkg-dev) or file was not found")
endif()
