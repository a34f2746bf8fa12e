# What is built, and the defaults that hold for every target.
option(MINT_BUILD_TOOLS "Build the mintws program" ${PROJECT_IS_TOP_LEVEL})
option(MINT_BUILD_EXAMPLES "Build the examples" ${PROJECT_IS_TOP_LEVEL})
option(MINT_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(MINT_UNITY_TESTS "Compile the tests of a program as one file" ON)
option(MINT_BUILD_BENCHMARKS "Build the benchmarks" OFF)
option(MINT_BUILD_FUZZERS "Build the fuzz targets; with libFuzzer where the compiler has it, else as corpus replayers"
       ${PROJECT_IS_TOP_LEVEL})
set(MINT_DEFLATE auto CACHE STRING
  "What compresses: zlib; beside it isal (ISA-L), zlib-ng, or both by isal+zlib-ng; auto, whichever is found")
option(MINT_INSTALL "Generate the install rules" ${PROJECT_IS_TOP_LEVEL})

if(PROJECT_IS_TOP_LEVEL)
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
  endif()
  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
  find_program(MINT_CCACHE ccache)
  if(MINT_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${MINT_CCACHE}")
  endif()
endif()
