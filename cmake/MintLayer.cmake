# mint_layer(NAME DEPENDS layer… LINKS library…): the target mint_NAME (mint::NAME) of include/mint/NAME and src/NAME.
#
# DEPENDS are our own layers, public; LINKS are other people's libraries, which no public header shows.

function(mint_layer name)
  cmake_parse_arguments(arg "" "" "DEPENDS;LINKS" ${ARGN})
  file(GLOB headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/mint/${name}/*.hpp")
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/${name}/*.cpp")
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  set(target mint_${name})
  if(sources)
    add_library(${target} ${sources} ${headers})
    set(scope PUBLIC)
    target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/src")
    target_link_libraries(${target} PRIVATE ${arg_LINKS})
    mint_warnings(${target})
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_EXTENSIONS OFF)
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
    target_link_libraries(${target} INTERFACE ${arg_LINKS})
  endif()
  add_library(mint::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  target_compile_features(${target} ${scope} cxx_std_23)
  target_include_directories(${target} ${scope} "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
    "$<INSTALL_INTERFACE:include>")
  list(TRANSFORM arg_DEPENDS PREPEND mint_ OUTPUT_VARIABLE depends)
  target_link_libraries(${target} ${scope} ${depends})
endfunction()

# mint_test_code(TARGET): most of a build's time goes into tests; they aren't optimized.
function(mint_test_code target)
  target_compile_options(${target} PRIVATE -O0)
endfunction()

# mint_test_program(NAME SOURCES file… LINKS target…): one GoogleTest program, its tests known to ctest.
function(mint_test_program name)
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LINKS;ENVIRONMENT;LABELS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  find_package(GTest REQUIRED)
  add_executable(${name} ${arg_SOURCES})
  target_compile_features(${name} PRIVATE cxx_std_23)
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(${name} PRIVATE ${arg_LINKS} GTest::gtest_main GTest::gmock)
  mint_warnings(${name})
  set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF)
  mint_test_code(${name})
  if(MINT_UNITY_TESTS)
    # Most of a test's time goes into headers, which are read once then. A local variable may have the name of another
    # file's function.
    set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 0)
    target_compile_options(${name} PRIVATE -Wno-shadow)
  endif()
  include(GoogleTest)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}" ENVIRONMENT "${arg_ENVIRONMENT}")
endfunction()

# One test program a layer, of the *_test.cpp beside its sources.
function(mint_tests_for_all_layers)
  foreach(layer IN LISTS MINT_LAYERS)
    file(GLOB tests CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/${layer}/*_test.cpp")
    if(tests)
      mint_test_program(${layer}_tests SOURCES ${tests} LINKS mint::${layer} mint_test_support LABELS unit_${layer})
    endif()
  endforeach()
endfunction()

# mint_targets_below(VARIABLE FOLDER): every target that the folder and those below it define.
function(mint_targets_below variable folder)
  get_property(targets DIRECTORY "${folder}" PROPERTY BUILDSYSTEM_TARGETS)
  get_property(folders DIRECTORY "${folder}" PROPERTY SUBDIRECTORIES)
  foreach(below IN LISTS folders)
    mint_targets_below(more "${below}")
    list(APPEND targets ${more})
  endforeach()
  set(${variable} "${targets}" PARENT_SCOPE)
endfunction()
