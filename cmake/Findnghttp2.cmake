# Finds nghttp2: the target nghttp2::nghttp2. Debian's package has no CMake package of its own, newer ones have.
# Installed beside mint-config.cmake as well, for whoever links our static libraries.
include(FindPackageHandleStandardArgs)

# nghttp2_check_calls(): fails unless the newest function that we call is there. It bounds CONTINUATION frames
# (CVE-2024-28182). nghttp2 has it since 1.61, and distributions added it to older ones: no version number tells.
function(nghttp2_check_calls)
  include(CheckCXXSymbolExists)
  set(CMAKE_REQUIRED_LIBRARIES nghttp2::nghttp2)
  set(CMAKE_REQUIRED_QUIET ON)
  check_cxx_symbol_exists(nghttp2_option_set_max_continuations nghttp2/nghttp2.h nghttp2_BOUNDS_CONTINUATIONS)
  if(NOT nghttp2_BOUNDS_CONTINUATIONS)
    unset(nghttp2_BOUNDS_CONTINUATIONS CACHE)  # looked for again once another nghttp2 is installed
    message(FATAL_ERROR "nghttp2 ${nghttp2_VERSION} is too old: mint calls nghttp2_option_set_max_continuations, which "
      "nghttp2 has since 1.61, and Debian 12's 1.52.0 since 1.52.0-1+deb12u2. Update libnghttp2-dev.")
  endif()
endfunction()

find_package(nghttp2 CONFIG QUIET)
if(TARGET nghttp2::nghttp2)
  find_package_handle_standard_args(nghttp2 REQUIRED_VARS nghttp2_DIR VERSION_VAR nghttp2_VERSION)
  nghttp2_check_calls()
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
if(nghttp2_FOUND)
  nghttp2_check_calls()
endif()
