# Targets for people who work on sheaf itself: headers-alone, umbrella, format-check, format-fix, lint, coverage-forget,
# coverage-report. Those with a tool run one version of its tool and, where that is absent, says loudly that it was skipped.

set(sheaf_clang_format_version 19)  # the first ones take requires-clauses apart
set(sheaf_llvm_version 14)  # clang-tidy, llvm-cov

# Sets <variable> to the path of <tool> in <version>, or to a false value.
function(sheaf_find_clang_tool variable tool version)
    set(sheaf_wanted_version ${version})
    find_program(${variable} NAMES ${tool}-${version} ${tool} VALIDATOR sheaf_is_wanted_version)
    mark_as_advanced(${variable})
endfunction()

function(sheaf_is_wanted_version result path)
    execute_process(COMMAND ${path} --version OUTPUT_VARIABLE text ERROR_QUIET)
    if(NOT text MATCHES "version ${sheaf_wanted_version}\\.")
        set(${result} FALSE PARENT_SCOPE)
    endif()
endfunction()

function(sheaf_add_skipped_target name tool)
    set(text "${name}: SKIPPED, nothing was checked: ${tool} was not found")
    message(STATUS "sheaf: *** ${text}")
    add_custom_target(${name} COMMAND ${CMAKE_COMMAND} -E echo "*** ${text}" VERBATIM)
endfunction()

function(sheaf_add_format_target name mode)
    add_custom_target(
        ${name}
        COMMAND
            ${CMAKE_COMMAND} -D CLANG_FORMAT=${SHEAF_CLANG_FORMAT} -D MODE=${mode}
            -P ${PROJECT_SOURCE_DIR}/cmake/checks/format.cmake
        VERBATIM
    )
endfunction()

sheaf_find_clang_tool(SHEAF_CLANG_FORMAT clang-format ${sheaf_clang_format_version})
sheaf_find_clang_tool(SHEAF_CLANG_TIDY clang-tidy ${sheaf_llvm_version})
find_program(SHEAF_RUN_CLANG_TIDY NAMES run-clang-tidy-${sheaf_llvm_version} run-clang-tidy)
mark_as_advanced(SHEAF_RUN_CLANG_TIDY)

if(SHEAF_CLANG_FORMAT)
    sheaf_add_format_target(format-check check)
    sheaf_add_format_target(format-fix fix)
else()
    sheaf_add_skipped_target(format-check "clang-format ${sheaf_clang_format_version}")
    sheaf_add_skipped_target(format-fix "clang-format ${sheaf_clang_format_version}")
endif()

# A source for each header that users include: it compiles on its own. Those that only these include (core, shell,
# detail) come in through them. Being in the compilation database, all are linted, whether a program includes them or
# not.
add_library(headers-alone OBJECT EXCLUDE_FROM_ALL)
target_link_libraries(headers-alone PRIVATE sheaf)
set_target_properties(headers-alone PROPERTIES UNITY_BUILD OFF)
foreach(component IN LISTS sheaf_components)
    target_link_libraries(headers-alone PRIVATE sheaf_connect_${component})
    list(APPEND sheaf_component_headers ${sheaf_${component}_headers})
endforeach()
sheaf_keep_user_headers(sheaf_user_headers ${sheaf_headers} ${sheaf_component_headers})
foreach(header IN LISTS sheaf_user_headers)
    string(REGEX REPLACE "^include/" "" header ${header})
    set(source ${PROJECT_BINARY_DIR}/headers-alone/${header}.cpp)
    file(CONFIGURE OUTPUT ${source} CONTENT "#include <${header}>\n")
    target_sources(headers-alone PRIVATE ${source})
endforeach()

# Rewrites sheaf.hpp from the list of headers.
add_custom_target(
    umbrella COMMAND ${CMAKE_COMMAND} -D MODE=fix -P ${PROJECT_SOURCE_DIR}/cmake/checks/umbrella.cmake VERBATIM
)

if(SHEAF_CLANG_TIDY AND SHEAF_RUN_CLANG_TIDY)
    add_custom_target(
        lint
        COMMAND
            ${SHEAF_RUN_CLANG_TIDY} -quiet -clang-tidy-binary ${SHEAF_CLANG_TIDY} -p ${PROJECT_BINARY_DIR}
        VERBATIM
    )
else()
    sheaf_add_skipped_target(lint "clang-tidy ${sheaf_llvm_version}")
endif()

# Before the tests of the preset `coverage` run: they add to what they find.
add_custom_target(coverage-forget COMMAND ${CMAKE_COMMAND} -E rm -rf ${PROJECT_BINARY_DIR}/profiles VERBATIM)

# After they have run.
find_package(Python3 QUIET COMPONENTS Interpreter)
if(Python3_FOUND)
    add_custom_target(
        coverage-report
        COMMAND
            Python3::Interpreter ${PROJECT_SOURCE_DIR}/cmake/checks/coverage.py ${PROJECT_SOURCE_DIR}
            ${PROJECT_BINARY_DIR} ${sheaf_llvm_version}
        VERBATIM
    )
else()
    sheaf_add_skipped_target(coverage-report "python3")
endif()
