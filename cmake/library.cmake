# The library itself: headers, C++20 and threads; no flags of anybody's taste.

find_package(Threads REQUIRED)

add_library(sheaf INTERFACE)
add_library(sheaf::sheaf ALIAS sheaf)
target_compile_features(sheaf INTERFACE cxx_std_20)
target_link_libraries(sheaf INTERFACE Threads::Threads)
target_sources(
    sheaf
    INTERFACE FILE_SET HEADERS
    BASE_DIRS ${PROJECT_SOURCE_DIR}/include
    FILES ${sheaf_headers}
)

# The warning flags of a project that embeds sheaf are not applied to these headers.
if(NOT PROJECT_IS_TOP_LEVEL)
    target_include_directories(sheaf SYSTEM INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
endif()
