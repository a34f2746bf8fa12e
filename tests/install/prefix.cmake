# Installs the build, then moves it: what is found there later must not remember where it was installed.
include("${CMAKE_CURRENT_LIST_DIR}/run.cmake")

file(REMOVE_RECURSE "${scratch}/prefix" "${scratch}/moved")
run(${CMAKE_COMMAND} --install "${mint_build}" --prefix "${scratch}/prefix")
file(RENAME "${scratch}/prefix" "${scratch}/moved")

# Nothing that was installed for developers names our own folders.
file(GLOB_RECURSE described "${scratch}/moved/*.cmake" "${scratch}/moved/*.pc")
if(NOT described)
  message(FATAL_ERROR "no package files were installed")
endif()
foreach(file IN LISTS described)
  file(READ "${file}" text)
  foreach(folder IN ITEMS "${mint_source}" "${scratch}")
    string(FIND "${text}" "${folder}" at)
    if(NOT at EQUAL -1)
      message(FATAL_ERROR "${file} names ${folder}")
    endif()
  endforeach()
endforeach()
