# run(COMMAND…): a failing command ends the test.
cmake_minimum_required(VERSION 3.25)

function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE result COMMAND_ECHO STDOUT)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "failed: ${ARGV}")
  endif()
endfunction()

# consume(NAME OPTION…): configures, builds and runs the programs of consumer/.
function(consume name)
  set(build "${scratch}/${name}")
  file(REMOVE_RECURSE "${build}")
  run(${CMAKE_COMMAND} -S "${source}/consumer" -B "${build}" -G "${generator}" "-DCMAKE_CXX_COMPILER=${compiler}"
    "-DCMAKE_CXX_COMPILER_LAUNCHER=${launcher}" "-DMINT_EXAMPLES=${mint_source}/examples" ${ARGN})
  run(${CMAKE_COMMAND} --build "${build}")
  run("${build}/codec_program")
  run("${build}/client_program")
  run("${build}/extension_program")
endfunction()
