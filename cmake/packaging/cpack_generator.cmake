# CPack reads this once for each generator. An archive unpacks into one folder; a .deb into /usr.
if(CPACK_GENERATOR MATCHES "TGZ")
    set(CPACK_COMPONENT_INCLUDE_TOPLEVEL_DIRECTORY ON)
endif()
