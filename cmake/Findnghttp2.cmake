# Finds nghttp2: the target nghttp2::nghttp2. Debian's package has no CMake package of its own, newer ones have.
# Installed beside mint-config.cmake as well, for whoever links our static libraries.
include(FindPackageHandleStandardArgs)

find_package(nghttp2 CONFIG QUIET)
if(TARGET nghttp2::nghttp2)
  find_package_handle_standard_args(nghttp2 REQUIRED_VARS nghttp2_DIR VERSION_VAR nghttp2_VERSION)
  return()
endif()

find_path(nghttp2_INCLUDE_DIR nghttp2/nghttp2.h)
find_library(nghttp2_LIBRARY nghttp2)
mark_as_advanced(nghttp2_INCLUDE_DIR nghttp2_LIBRARY)
if(EXISTS "${nghttp2_INCLUDE_DIR}/nghttp2/nghttp2ver.h")
  file(STRINGS "${nghttp2_INCLUDE_DIR}/nghttp2/nghttp2ver.h" line REGEX "#define +NGHTTP2_VERSION +\"")
  string(REGEX REPLACE ".*\"([0-9.]+).*" "\\1" nghttp2_VERSION "${line}")
endif()
find_package_handle_standard_args(nghttp2 REQUIRED_VARS nghttp2_LIBRARY nghttp2_INCLUDE_DIR
  VERSION_VAR nghttp2_VERSION)
if(nghttp2_FOUND AND NOT TARGET nghttp2::nghttp2)
  add_library(nghttp2::nghttp2 UNKNOWN IMPORTED)
  set_target_properties(nghttp2::nghttp2 PROPERTIES IMPORTED_LOCATION "${nghttp2_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${nghttp2_INCLUDE_DIR}")
endif()
