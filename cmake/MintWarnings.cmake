# Warnings for our own targets; errors only where we are the top-level project.
function(mint_warnings target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wcast-align -Wnon-virtual-dtor
    -Woverloaded-virtual -Wnull-dereference -Wundef -Wformat=2 -Wimplicit-fallthrough)
  if(PROJECT_IS_TOP_LEVEL AND MINT_WARNINGS_AS_ERRORS)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
    # GCC 12 reports paths through std::expected and std::variant that can't be taken, at -O2 and with the sanitizers.
    target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized -Wno-null-dereference -Wno-stringop-overflow
      -Wno-array-bounds -Wno-restrict)
  endif()
endfunction()
option(MINT_WARNINGS_AS_ERRORS "Treat warnings as errors in a top-level build" ON)
