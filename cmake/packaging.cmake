# What is handed on: the one header, the man page, the shell completion, and the packages of CPack.

set(packaging ${PROJECT_SOURCE_DIR}/cmake/packaging)

set(single_header ${PROJECT_BINARY_DIR}/single_header/sheaf.hpp)
list(TRANSFORM sheaf_headers PREPEND ${PROJECT_SOURCE_DIR}/ OUTPUT_VARIABLE header_files)
add_custom_command(
    OUTPUT ${single_header}
    COMMAND ${CMAKE_COMMAND} -D OUTPUT=${single_header} -P ${packaging}/single_header.cmake
    DEPENDS
        ${header_files} ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/cmake/headers.cmake
        ${packaging}/single_header.cmake
    VERBATIM
)
add_custom_target(single_header DEPENDS ${single_header})
