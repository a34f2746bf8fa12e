# Finds c-ares: the target c-ares::cares. Debian's package has no CMake package of its own, newer ones have.
# Installed beside mint-config.cmake as well, for whoever links our static libraries.
include(FindPackageHandleStandardArgs)

find_package(c-ares CONFIG QUIET)
if(TARGET c-ares::cares)
  set(cares_VERSION "${c-ares_VERSION}")
  find_package_handle_standard_args(cares REQUIRED_VARS c-ares_DIR VERSION_VAR cares_VERSION)
  return()
endif()

find_path(cares_INCLUDE_DIR ares.h)
find_library(cares_LIBRARY cares)
mark_as_advanced(cares_INCLUDE_DIR cares_LIBRARY)
if(EXISTS "${cares_INCLUDE_DIR}/ares_version.h")
  file(STRINGS "${cares_INCLUDE_DIR}/ares_version.h" line REGEX "#define +ARES_VERSION_STR ")
  string(REGEX REPLACE ".*\"([0-9.]+).*" "\\1" cares_VERSION "${line}")
endif()
find_package_handle_standard_args(cares REQUIRED_VARS cares_LIBRARY cares_INCLUDE_DIR VERSION_VAR cares_VERSION)
if(cares_FOUND)
  add_library(c-ares::cares UNKNOWN IMPORTED)
  set_target_properties(c-ares::cares PROPERTIES IMPORTED_LOCATION "${cares_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${cares_INCLUDE_DIR}")
endif()
