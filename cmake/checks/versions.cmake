# cmake -P versions.cmake
# Fails unless every place that repeats the version says what include/sheaf/version.hpp says.

cmake_minimum_required(VERSION 3.24)

file(REAL_PATH ${CMAKE_CURRENT_LIST_DIR}/../.. root)
include(${root}/cmake/version.cmake)
string(REGEX MATCH "^[0-9]+\\.[0-9]+" minor_version ${sheaf_version})
set(failed FALSE)

# expect(<file> <version> <regular expression with the version as its group>): at least once, and each time the version.
function(expect file version expression)
    file(READ ${root}/${file} text)
    string(REGEX MATCHALL "${expression}" places "${text}")
    if(NOT places)
        message("${file}: nothing fits ${expression}")
        set(failed TRUE PARENT_SCOPE)
    endif()
    foreach(place IN LISTS places)
        string(REGEX REPLACE "${expression}" "\\1" found "${place}")
        if(NOT found STREQUAL version)
            message("${file}: '${place}', but the version is ${sheaf_version}")
            set(failed TRUE PARENT_SCOPE)
        endif()
    endforeach()
endfunction()

expect(include/sheaf/version.hpp ${sheaf_version} "SHEAF_VERSION_STRING \"([^\"]*)\"")
expect(cmake/packaging/vcpkg/sheaf/vcpkg.json ${sheaf_version} "\"version-semver\": \"([^\"]*)\"")
expect(README.md ${sheaf_version} "sheaf/([0-9]+\\.[0-9.]+)")
expect(README.md ${minor_version} "find_package\\(sheaf ([0-9.]+)")

# Of the changelog the first section is the version's.
file(STRINGS ${root}/CHANGELOG.md sections REGEX "^## ")
list(GET sections 0 newest)
if(NOT newest MATCHES "^## ([0-9.]+)" OR NOT CMAKE_MATCH_1 STREQUAL sheaf_version)
    message("CHANGELOG.md: '${newest}', but the version is ${sheaf_version}")
    set(failed TRUE)
endif()

if(failed)
    message(FATAL_ERROR "the version is not the same everywhere")
endif()
