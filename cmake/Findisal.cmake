# Finds Intel's ISA-L: the target isal::isal. Debian's package has no CMake package of its own.
# Installed beside mint-config.cmake as well, for whoever links our static libraries.
include(FindPackageHandleStandardArgs)

find_path(isal_INCLUDE_DIR isa-l/igzip_lib.h)
find_library(isal_LIBRARY isal)
mark_as_advanced(isal_INCLUDE_DIR isal_LIBRARY)
if(EXISTS "${isal_INCLUDE_DIR}/isa-l.h")
  set(isal_VERSION "")
  foreach(part IN ITEMS MAJOR MINOR PATCH)
    file(STRINGS "${isal_INCLUDE_DIR}/isa-l.h" line REGEX "#define +ISAL_${part}_VERSION +[0-9]")
    string(REGEX REPLACE ".*VERSION +([0-9]+).*" "\\1" number "${line}")
    list(APPEND isal_VERSION "${number}")
  endforeach()
  list(JOIN isal_VERSION "." isal_VERSION)
endif()
find_package_handle_standard_args(isal REQUIRED_VARS isal_LIBRARY isal_INCLUDE_DIR VERSION_VAR isal_VERSION)
if(isal_FOUND AND NOT TARGET isal::isal)
  add_library(isal::isal UNKNOWN IMPORTED)
  set_target_properties(isal::isal PROPERTIES IMPORTED_LOCATION "${isal_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${isal_INCLUDE_DIR}")
endif()
