# Headers, libraries, the CMake package `mint`, and the pkg-config files mint.pc and mint-core.pc.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

get_property(layers GLOBAL PROPERTY MINT_LAYERS)
set(targets ${layers} core mint)
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

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/mint")
install(EXPORT mint-targets NAMESPACE mint:: DESTINATION "${package_dir}" COMPONENT development)
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

set(core_packages "libcrypto >= 3, simdjson, zlib >= 1.2.13, libnghttp2 >= 1.52")
if(MINT_HAS_ISAL)
  string(APPEND core_packages ", libisal >= 2.30")
endif()
if(MINT_HAS_ZLIB_NG)
  string(APPEND core_packages ", zlib-ng >= 2.1")
endif()
mint_pkg_config(mint "${PROJECT_DESCRIPTION}" "libssl >= 3, ${core_packages}, libcares >= 1.18" ${layers})
set(core_layers ${layers})
list(FILTER core_layers INCLUDE REGEX "^(base|ws|http1|http2)$")
mint_pkg_config(mint-core "WebSocket codec and HTTP client machines without system I/O" "${core_packages}"
  ${core_layers})
