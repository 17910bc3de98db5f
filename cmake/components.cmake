# Components: opt-in parts of the library that need a client library of somebody else.

if(PROJECT_IS_TOP_LEVEL)
    set(sheaf_component_default AUTO)
else()
    set(sheaf_component_default OFF)
endif()
set(sheaf_components "")
set(sheaf_component_packages "")

# sheaf_add_component(<name> PACKAGE <package> TARGET <imported target> HEADERS <header>...)
#
# Defines sheaf::connect_<name> where find_package(<package>) succeeds. The option
# SHEAF_CONNECT_<NAME> is AUTO (build it where the package is found), ON (the package is
# required) or OFF. The name is appended to `sheaf_components` and the package to
# `sheaf_component_packages`, which cmake/install.cmake and the package's configuration read.
function(sheaf_add_component name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "PACKAGE;TARGET" "HEADERS")
    string(TOUPPER SHEAF_CONNECT_${name} option)
    set(${option} ${sheaf_component_default} CACHE STRING "Component ${name}: AUTO, ON or OFF; needs ${arg_PACKAGE}")
    set_property(CACHE ${option} PROPERTY STRINGS AUTO ON OFF)

    if(${option} STREQUAL "AUTO")
        find_package(${arg_PACKAGE} QUIET)
    elseif(${option})
        find_package(${arg_PACKAGE} REQUIRED)
    else()
        return()
    endif()
    if(NOT TARGET ${arg_TARGET})
        message(STATUS "sheaf: *** component ${name} is left out: ${arg_PACKAGE} was not found")
        return()
    endif()

    set(target sheaf_connect_${name})
    add_library(${target} INTERFACE)
    add_library(sheaf::connect_${name} ALIAS ${target})
    target_link_libraries(${target} INTERFACE sheaf ${arg_TARGET})
    target_sources(
        ${target}
        INTERFACE FILE_SET HEADERS
        BASE_DIRS ${PROJECT_SOURCE_DIR}/include
        FILES ${arg_HEADERS}
    )
    set_target_properties(${target} PROPERTIES EXPORT_NAME connect_${name})
    set(sheaf_components ${sheaf_components} ${name} PARENT_SCOPE)
    string(APPEND sheaf_component_packages "set(_sheaf_package_of_${name} ${arg_PACKAGE})\n")
    set(sheaf_component_packages ${sheaf_component_packages} PARENT_SCOPE)
endfunction()
