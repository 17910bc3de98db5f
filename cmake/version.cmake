# Sets sheaf_version from include/sheaf/version.hpp, the only place where the version is written.

set(version_header ${CMAKE_CURRENT_LIST_DIR}/../include/sheaf/version.hpp)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${version_header})

set(sheaf_version "")
foreach(part IN ITEMS MAJOR MINOR PATCH)
    file(STRINGS ${version_header} line REGEX "^# *define +SHEAF_VERSION_${part} +[0-9]+")
    if(NOT line MATCHES "SHEAF_VERSION_${part} +([0-9]+)")
        message(FATAL_ERROR "sheaf: ${version_header} does not define SHEAF_VERSION_${part}")
    endif()
    list(APPEND sheaf_version ${CMAKE_MATCH_1})
endforeach()
list(JOIN sheaf_version "." sheaf_version)

unset(version_header)
unset(line)
unset(part)
