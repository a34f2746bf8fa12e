# By the compiler alone, as in a Makefile.
include("${CMAKE_CURRENT_LIST_DIR}/run.cmake")

file(GLOB_RECURSE pc_file "${scratch}/moved/*/mint.pc")
get_filename_component(pc_folder "${pc_file}" DIRECTORY)
set(ENV{PKG_CONFIG_PATH} "${pc_folder}")

function(compile program package)
  execute_process(COMMAND pkg-config --cflags --libs ${package} OUTPUT_VARIABLE flags
    OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  separate_arguments(flags UNIX_COMMAND "${flags}")
  run("${compiler}" -std=c++23 "${source}/consumer/${program}.cpp" -o "${scratch}/${program}_by_pkg_config" ${flags})
  run("${scratch}/${program}_by_pkg_config")
endfunction()

compile(codec_program mint-core)
compile(client_program mint)
