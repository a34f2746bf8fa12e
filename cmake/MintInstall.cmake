# Headers, libraries, the CMake package `mint`, and the pkg-config files mint.pc and mint-core.pc.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(targets ${MINT_LAYERS} core mint)
list(TRANSFORM targets PREPEND mint_)
foreach(target IN LISTS targets)
  get_target_property(type ${target} TYPE)
  if(NOT type STREQUAL "INTERFACE_LIBRARY")
    # Before 1.0 a minor version may break the ABI.
    set_target_properties(${target} PROPERTIES VERSION ${PROJECT_VERSION}
      SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  endif()
endforeach()

install(TARGETS ${targets} EXPORT mint-targets
  LIBRARY COMPONENT libraries NAMELINK_COMPONENT development
  ARCHIVE COMPONENT development
  RUNTIME COMPONENT libraries
  INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/mint" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  COMPONENT development FILES_MATCHING PATTERN "*.hpp")

# mint-config.cmake looks for what this build found: whoever links our static libraries links these as well.
set(MINT_FIND_DEPENDENCIES "")
foreach(library IN LISTS MINT_LIBRARIES)
  set(package ${MINT_LIBRARY_${library}_PACKAGE})
  string(TOUPPER "MINT_HAS_${package}" has)
  if(NOT MINT_LIBRARY_${library}_BUILD_ONLY AND (NOT MINT_LIBRARY_${library}_OPTIONAL OR ${has}))
    string(STRIP "${package} ${MINT_LIBRARY_${library}_VERSION}" wanted)
    list(APPEND MINT_FIND_DEPENDENCIES "find_dependency(${wanted})")
  endif()
endforeach()
list(REMOVE_DUPLICATES MINT_FIND_DEPENDENCIES)
list(JOIN MINT_FIND_DEPENDENCIES "\n" MINT_FIND_DEPENDENCIES)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/mint")
install(EXPORT mint-targets NAMESPACE mint:: DESTINATION "${package_dir}" COMPONENT development)
list(JOIN MINT_LAYERS " " MINT_COMPONENTS)
string(APPEND MINT_COMPONENTS " core mint")
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/mint-config.cmake.in"
  "${PROJECT_BINARY_DIR}/mint-config.cmake" INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/mint-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/mint-config.cmake" "${PROJECT_BINARY_DIR}/mint-config-version.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/Findcares.cmake" "${PROJECT_SOURCE_DIR}/cmake/Findnghttp2.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/Findisal.cmake" "${PROJECT_SOURCE_DIR}/cmake/Findzlib_ng.cmake"
  DESTINATION "${package_dir}" COMPONENT development)

# mint_pkg_config(NAME DESCRIPTION PACKAGES layer…): one .pc file, relocatable through ${pcfiledir}.
function(mint_pkg_config name description packages)
  set(MINT_PC_NAME ${name})
  set(MINT_PC_DESCRIPTION "${description}")
  set(MINT_PC_PACKAGES "${packages}")
  set(pc_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
  file(RELATIVE_PATH MINT_PC_UP "/${pc_dir}" "/")
  string(REGEX REPLACE "/$" "" MINT_PC_UP "${MINT_PC_UP}")
  # A static library's own libraries are linked by whoever links it; a shared one brings its own.
  set(MINT_PC_REQUIRES "Requires")
  if(BUILD_SHARED_LIBS)
    set(MINT_PC_REQUIRES "Requires.private")
  endif()
  set(libs "")
  foreach(layer IN LISTS ARGN)
    get_target_property(type mint_${layer} TYPE)
    if(NOT type STREQUAL "INTERFACE_LIBRARY")
      list(PREPEND libs -lmint_${layer})  # users before the used: archives are searched once
    endif()
  endforeach()
  list(JOIN libs " " MINT_PC_LIBS)
  configure_file("${PROJECT_SOURCE_DIR}/cmake/mint.pc.in" "${PROJECT_BINARY_DIR}/${name}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${name}.pc" DESTINATION "${pc_dir}" COMPONENT development)
endfunction()

# mint_packages(VARIABLE layer…): what pkg-config calls the libraries of these layers, with the versions they need.
function(mint_packages variable)
  set(packages "")
  foreach(layer IN LISTS ARGN)
    foreach(library IN LISTS MINT_LAYER_${layer}_LIBRARIES)
      string(TOUPPER "MINT_HAS_${MINT_LIBRARY_${library}_PACKAGE}" has)
      set(package "${MINT_LIBRARY_${library}_PKG_CONFIG}")
      if(NOT package OR (MINT_LIBRARY_${library}_OPTIONAL AND NOT ${has}))
        continue()
      endif()
      if(package STREQUAL "libnghttp2")
        string(APPEND package " ${MINT_NGHTTP2_WANTED}")
      elseif(MINT_LIBRARY_${library}_VERSION)
        string(APPEND package " >= ${MINT_LIBRARY_${library}_VERSION}")
      endif()
      list(APPEND packages "${package}")
    endforeach()
  endforeach()
  list(REMOVE_DUPLICATES packages)
  list(JOIN packages ", " packages)
  set(${variable} "${packages}" PARENT_SCOPE)
endfunction()

# Below 1.61 it is a distribution's nghttp2 with later functions added, which another 1.52 or 1.60 may lack.
set(MINT_NGHTTP2_WANTED ">= ${MINT_NGHTTP2_VERSION}")
if(MINT_NGHTTP2_VERSION VERSION_LESS 1.61)
  set(MINT_NGHTTP2_WANTED "= ${MINT_NGHTTP2_VERSION}")
endif()
mint_packages(core_packages ${MINT_CORE_LAYERS})
mint_packages(all_packages ${MINT_LAYERS})
mint_pkg_config(mint "${PROJECT_DESCRIPTION}" "${all_packages}" ${MINT_LAYERS})
mint_pkg_config(mint-core "WebSocket codec and HTTP client machines without system I/O" "${core_packages}"
  ${MINT_CORE_LAYERS})
