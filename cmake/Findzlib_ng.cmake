# Finds zlib-ng by its own interface, which stands beside zlib's: the target zlib_ng::zlib_ng.
# Installed beside mint-config.cmake as well, for whoever links our static libraries.
include(FindPackageHandleStandardArgs)

find_path(zlib_ng_INCLUDE_DIR zlib-ng.h)
find_library(zlib_ng_LIBRARY z-ng)
mark_as_advanced(zlib_ng_INCLUDE_DIR zlib_ng_LIBRARY)
if(EXISTS "${zlib_ng_INCLUDE_DIR}/zlib-ng.h")
  file(STRINGS "${zlib_ng_INCLUDE_DIR}/zlib-ng.h" line REGEX "#define +ZLIBNG_VERSION +\"[0-9]")
  string(REGEX REPLACE ".*\"([0-9.]+).*" "\\1" zlib_ng_VERSION "${line}")
endif()
find_package_handle_standard_args(zlib_ng REQUIRED_VARS zlib_ng_LIBRARY zlib_ng_INCLUDE_DIR
  VERSION_VAR zlib_ng_VERSION)
if(zlib_ng_FOUND AND NOT TARGET zlib_ng::zlib_ng)
  add_library(zlib_ng::zlib_ng UNKNOWN IMPORTED)
  set_target_properties(zlib_ng::zlib_ng PROPERTIES IMPORTED_LOCATION "${zlib_ng_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${zlib_ng_INCLUDE_DIR}")
endif()
