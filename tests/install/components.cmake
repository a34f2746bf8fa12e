# Targets may be named as components; what is none is said in the first line.
include("${CMAKE_CURRENT_LIST_DIR}/run.cmake")

function(configure components expected_result words)
  file(REMOVE_RECURSE "${scratch}/components")
  execute_process(COMMAND ${CMAKE_COMMAND} -S "${source}/consumer" -B "${scratch}/components" -G "${generator}"
    "-DCMAKE_CXX_COMPILER=${compiler}" "-DMINT_EXAMPLES=${mint_source}/examples" -DMINT_BY=find_package
    "-DCMAKE_PREFIX_PATH=${scratch}/moved" "-DMINT_COMPONENTS=${components}"
    RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if((expected_result AND NOT result EQUAL 0) OR (NOT expected_result AND result EQUAL 0))
    message(FATAL_ERROR "COMPONENTS ${components} gave ${result}:\n${output}")
  endif()
  string(REGEX REPLACE "[ \n]+" " " output "${output}")
  string(FIND "${output}" "${words}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "COMPONENTS ${components} doesn't say \"${words}\":\n${output}")
  endif()
endfunction()

configure("ws;mint" TRUE "done")
configure("core;wss" FALSE "mint has no component wss: leave COMPONENTS out, or name some of base, ws")
