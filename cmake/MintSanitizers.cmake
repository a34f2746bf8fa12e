# MINT_SANITIZE=address,undefined or thread: for the whole build.
set(MINT_SANITIZE "" CACHE STRING "Sanitizers for the whole build, comma-separated; empty for none")
if(MINT_SANITIZE)
  add_compile_options(-fsanitize=${MINT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MINT_SANITIZE})
  if(MINT_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # As a shared library it leaves operator new to the tests that replace it.
    execute_process(
      COMMAND "${CMAKE_CXX_COMPILER}" -print-file-name=libclang_rt.tsan-${CMAKE_SYSTEM_PROCESSOR}.so
      OUTPUT_VARIABLE runtime OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
    get_filename_component(runtime_folder "${runtime}" DIRECTORY)
    add_link_options(-shared-libsan "-Wl,-rpath,${runtime_folder}")
  endif()
endif()

# libFuzzer is steered by the coverage of the whole library, so all of it is instrumented; fuzz/ links the rest.
option(MINT_LIBFUZZER "Build for libFuzzer (clang only)" OFF)
if(MINT_LIBFUZZER)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
