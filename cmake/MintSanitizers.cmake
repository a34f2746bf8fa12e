# MINT_SANITIZE=address,undefined or thread: for the whole build.
set(MINT_SANITIZE "" CACHE STRING "Sanitizers for the whole build, comma-separated; empty for none")
if(MINT_SANITIZE)
  add_compile_options(-fsanitize=${MINT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MINT_SANITIZE})
endif()

# libFuzzer is steered by the coverage of the whole library, so all of it is instrumented; fuzz/ links the rest.
option(MINT_LIBFUZZER "Build for libFuzzer (clang only)" OFF)
if(MINT_LIBFUZZER)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
