# The target `reference`: the documentation of the headers that users include, at reference/html/index.html in the build
# directory. Each warning of Doxygen is an error. cmake/reference/groups.dox has the pages that are no header's.

# Doxygen would make up a group that nobody has described.
function(sheaf_require_reference_groups pages)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${pages})
    file(READ ${pages} text)
    foreach(header IN LISTS ARGN)
        string(REGEX MATCH "^include/sheaf/([^/]+)/" in_folder ${header})
        set(group ${CMAKE_MATCH_1})
        if(in_folder AND NOT text MATCHES "@defgroup ${group} ")
            message(FATAL_ERROR
                "sheaf: ${header} is in a folder that the reference has no group for: "
                "add `@defgroup ${group} <title>` and a paragraph about it to cmake/reference/groups.dox"
            )
        endif()
    endforeach()
endfunction()

function(sheaf_is_good_doxygen result path)
    execute_process(COMMAND ${path} --version OUTPUT_VARIABLE version ERROR_QUIET)
    if(version VERSION_LESS 1.9.4)  # the oldest that it was tried with
        set(${result} FALSE PARENT_SCOPE)
    endif()
endfunction()

function(sheaf_add_reference_target pages)
    set(reference_directory ${PROJECT_BINARY_DIR}/reference)
    set(files ${ARGN})
    list(TRANSFORM files PREPEND ${PROJECT_SOURCE_DIR}/)
    set(reference_input "\"${pages}\"")
    foreach(file IN LISTS files)
        string(APPEND reference_input " \\\n                         \"${file}\"")
    endforeach()
    configure_file(cmake/reference/Doxyfile.in ${reference_directory}/Doxyfile @ONLY)
    add_custom_target(
        reference
        COMMAND ${CMAKE_COMMAND} -E rm -rf ${reference_directory}/html
        COMMAND ${SHEAF_DOXYGEN} ${reference_directory}/Doxyfile
        VERBATIM
    )
endfunction()

set(sheaf_reference_pages ${PROJECT_SOURCE_DIR}/cmake/reference/groups.dox)
# Those of components that are not built here too: Doxygen needs no component's package.
sheaf_list_all_headers(sheaf_headers_of_reference)
sheaf_keep_user_headers(sheaf_headers_of_reference ${sheaf_headers_of_reference})
sheaf_require_reference_groups(${sheaf_reference_pages} ${sheaf_headers_of_reference})

find_program(SHEAF_DOXYGEN NAMES doxygen VALIDATOR sheaf_is_good_doxygen)
mark_as_advanced(SHEAF_DOXYGEN)
if(SHEAF_DOXYGEN)
    sheaf_add_reference_target(${sheaf_reference_pages} ${sheaf_headers_of_reference})
else()
    sheaf_add_skipped_target(reference "doxygen 1.9.4 or newer")
endif()
